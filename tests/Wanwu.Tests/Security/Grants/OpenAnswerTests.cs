using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Wanwu.Security.Access;
using Wanwu.Security.Access.People;
using Wanwu.Tests.Connect.Transport;
using Wanwu.Tests.Security.Programs;

namespace Wanwu.Tests.Security.Grants;

/// <summary>An answer that is still being given ends with the right to it.</summary>
public sealed class OpenAnswerTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private const string Endless = """{"sql":"SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range < 0"}""";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Asks what takes for ever, and waits until the server is at it.</summary>
    /// <param name="beside">Answers of the same test that are being given already.</param>
    private async Task<Task<HttpResponseMessage>> AskAsync(HttpClient client, int beside = 0)
    {
        // Those of the test before end a moment after who asked for them has gone.
        await Until.TrueAsync(() => wanwu.Server.Get<OpenAnswers>().Count == beside);
        var answer = client.SendAsync(HttpMethod.Post, "/api/v1/sql", Endless);
        await Until.TrueAsync(() => wanwu.Server.Get<OpenAnswers>().Count == beside + 1);
        Assert.False(answer.IsCompleted);
        return answer;
    }

    private async Task<(HttpClient Client, NewAccessToken Token)> ProgramAsync()
    {
        var token = await wanwu.Server.Get<AccessTokens>().CreateAsync("asks long", Role.Viewer, null, Stop);
        var client = wanwu.Server.Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
        return (client, token);
    }

    [Fact]
    public async Task It_is_cut_when_the_grant_ends_and_not_when_another_is_made()
    {
        var (client, token) = await ProgramAsync();
        var answer = await AskAsync(client);
        var grants = wanwu.Server.Get<GrantChanges>();
        await grants.GrantAsync(new GrantOrder(GrantSubject.Program(token.Id), Role.Steward, GrantScope.Everything, "test"), Stop);
        await Task.WhenAny(answer, Task.Delay(TimeSpan.FromMilliseconds(1_200), TimeProvider.System, Stop));
        Assert.False(answer.IsCompleted);
        var held = wanwu.Server.Get<CurrentGrants>().Book.Of(CallerKind.Program, token.Id.ToString()).Grants.Single(grant => grant.Role == Role.Viewer);
        await grants.EndAsync(held.Id, "test", Stop);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer.WaitAsync(TimeSpan.FromSeconds(10), Stop));
    }

    [Fact]
    public async Task It_is_cut_when_the_token_is_revoked()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        var token = await wanwu.Server.Get<AccessTokens>().CreateOwnAsync(person.Id, "own", PermissionSet.Of([Permission.QuerySql]), Wanwu.Things.Timestamp.From(TimeProvider.System.GetUtcNow().AddHours(1)), Stop);
        var client = wanwu.Server.Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token!.Token);
        var answer = await AskAsync(client);
        await wanwu.Server.Get<AccessTokens>().RevokeAsync(token.Id, Stop);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer.WaitAsync(TimeSpan.FromSeconds(10), Stop));
    }

    [Fact]
    public async Task It_is_cut_when_the_session_ends()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        var answer = await AskAsync(person.Http);
        await wanwu.Server.Get<PersonSessions>().EndAllAsync(person.Id, null, Stop);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer.WaitAsync(TimeSpan.FromSeconds(10), Stop));
    }

    /// <summary>The web server gives the context of a request that is over to the next one: nothing of it may be asked then.</summary>
    [Fact]
    public async Task Answers_that_end_while_they_are_looked_at_are_left_alone()
    {
        var answers = wanwu.Server.Get<OpenAnswers>();
        var nobody = new Caller(CallerKind.Person, "long gone", null) { Id = Guid.NewGuid().ToString() }.ToPrincipal("test");
        var begun = 0;
        using var over = new CancellationTokenSource();
        var asking = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var count = 0L;
            while (!over.IsCancellationRequested)
            {
                var context = new DefaultHttpContext { User = nobody };
                await answers.WatchAsync(context, _ => { count++; return Task.CompletedTask; });
                if (count == 1) Interlocked.Increment(ref begun);
                context.Uninitialize();
            }
            return count;
        }, Stop)).ToList();
        // Until each of them has asked: on a busy machine they begin late.
        for (var look = 0; look < 2_000 || Volatile.Read(ref begun) < 4; look++)
        {
            await answers.LookAsync(Stop);
            if (look >= 2_000) await Task.Yield();
        }
        await over.CancelAsync();
        Assert.All(await Task.WhenAll(asking), count => Assert.True(count > 0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_is_cut_when_a_thing_or_its_organisation_moves_out_of_reach_and_of_nobody_else(bool isThing)
    {
        var administrator = wanwu.Administrator;
        var (top, below) = ($"answers-{isThing}", $"answers-below-{isThing}");
        await Scoped.OrganisationsAsync(administrator);
        await administrator.OrganisationAsync(top);
        await administrator.OrganisationAsync(below, top);
        var thing = await Scoped.ThingAsync(administrator, below);
        using var narrow = await Scoped.ClientAsync(wanwu.Server, Role.Viewer, new GrantScope(top, null, null));
        using var other = await Scoped.ClientAsync(wanwu.Server, Role.Viewer, Scoped.Branch);
        var (cut, kept) = (await AskAsync(narrow), await AskAsync(other, beside: 1));
        // Nothing is lost where a thing moves within, or comes.
        await administrator.CallAsync(HttpMethod.Patch, $"/api/v1/things/{thing}", $$"""{"organisation":"{{top}}"}""", type: "application/merge-patch+json");
        await administrator.CallAsync(HttpMethod.Patch, $"/api/v1/things/{thing}", $$"""{"organisation":"{{below}}"}""", type: "application/merge-patch+json");
        await Task.WhenAny(cut, Task.Delay(TimeSpan.FromMilliseconds(700), TimeProvider.System, Stop));
        Assert.False(cut.IsCompleted);
        if (isThing) await administrator.CallAsync(HttpMethod.Patch, $"/api/v1/things/{thing}", $$"""{"organisation":"{{Scoped.Inside}}"}""", type: "application/merge-patch+json");
        else await administrator.CallAsync(HttpMethod.Patch, $"/api/v1/organisations/{below}", $$"""{"parent":"{{Scoped.Inside}}"}""", type: "application/merge-patch+json");
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => cut.WaitAsync(TimeSpan.FromSeconds(10), Stop));
        Assert.False(kept.IsCompleted);
        other.CancelPendingRequests();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => kept);
    }
}
