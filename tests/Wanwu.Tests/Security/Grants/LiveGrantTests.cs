using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Tests.Connect;
using Wanwu.Tests.Connect.Transport;

namespace Wanwu.Tests.Security.Grants;

/// <summary>A changed grant acts on connections that are open, within a second.</summary>
public sealed class LiveGrantTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private readonly HttpClient _administrator = wanwu.Administrator;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Task<Guid> GrantAsync(NewAccessToken token, string role, GrantScope scope) =>
        wanwu.Server.Get<GrantChanges>().GrantAsync(new GrantOrder(GrantSubject.Program(token.Id), role, scope, "test"), Stop);

    private IReadOnlyList<Grant> Of(NewAccessToken token) => wanwu.Server.Get<CurrentGrants>().Book.Of(CallerKind.Program, token.Id.ToString()).Grants;

    private Task<bool> EndAsync(Guid grant) => wanwu.Server.Get<GrantChanges>().EndAsync(grant, "test", Stop);

    private async Task ReportAsync(string thing, string property)
    {
        using var answer = await _administrator.SendAsync(HttpMethod.Post, $"/api/v1/things/{thing}/report", $$"""{"{{property}}":1}""");
        Assert.True(answer.IsSuccessStatusCode);
    }

    private static async Task<string> NextOfAsync(WireClient client, string property)
    {
        while (true)
            if ((await client.NextAsync()).Topic is var topic && topic.EndsWith($"/{property}", StringComparison.Ordinal)) return topic;
    }

    [Fact]
    public async Task A_subscription_is_sent_what_is_granted_now_without_being_made_again()
    {
        await Scoped.OrganisationsAsync(_administrator);
        var (inside, outside) = (await Scoped.ThingAsync(_administrator, Scoped.Inside), await Scoped.ThingAsync(_administrator, Scoped.Outside));
        var token = await Scoped.TokenAsync(wanwu.Server, Role.Viewer, Scoped.Branch);
        await using var client = await WireClient.ConnectAsync(wanwu.Server, "token", token.Token);
        Assert.Equal(0, await client.SubscribeAsync("v1/things/+/observations/+"));
        await ReportAsync(outside, "one");
        await ReportAsync(inside, "one");
        Assert.Contains(inside, await NextOfAsync(client, "one"), StringComparison.Ordinal);

        var more = await GrantAsync(token, Role.Viewer, new GrantScope(Scoped.Outside, null, null));
        using var prompt = new Promptness();
        await ReportAsync(outside, "two");
        Assert.Contains(outside, await NextOfAsync(client, "two"), StringComparison.Ordinal);
        await prompt.IsWithinASecondAsync();

        await EndAsync(more);
        await ReportAsync(outside, "three");
        await ReportAsync(inside, "three");
        Assert.Contains(inside, await NextOfAsync(client, "three"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_granted_nothing_any_more_is_closed_within_a_second()
    {
        var token = await Scoped.TokenAsync(wanwu.Server, Role.Viewer, GrantScope.Everything);
        await using var client = await WireClient.ConnectAsync(wanwu.Server, "token", token.Token);
        Assert.Equal(0, await client.SubscribeAsync("v1/things/+/observations/+"));
        await wanwu.Server.Get<AccessTokens>().RevokeAsync(token.Id, Stop);
        using var prompt = new Promptness();
        var (first, body) = await client.ReadAsync();
        Assert.Equal(((int)PacketType.Disconnect, (byte)ReasonCode.NotAuthorized), (first >> 4, body[0]));
        await prompt.IsWithinASecondAsync();
    }

    [Fact]
    public async Task A_role_that_is_ended_takes_its_topics_and_its_right_to_publish_with_it()
    {
        var token = await Scoped.TokenAsync(wanwu.Server, Role.Viewer, GrantScope.Everything);
        var more = await GrantAsync(token, Role.Integrator, GrantScope.Everything);
        await using var client = await WireClient.ConnectAsync(wanwu.Server, "token", token.Token);
        await using var administrator = await WireClient.ConnectAsAsync(wanwu.Server, Role.Administrator);
        var topic = $"live/{Guid.NewGuid():N}";
        Assert.Equal(0, await client.SubscribeAsync(topic));
        Assert.True(await client.PublishAsync(topic, "x") < ReasonCode.UnspecifiedError);
        await EndAsync(more);
        await Until.TrueAsync(() => wanwu.Server.Get<Wanwu.Connect.Mqtt.MqttSessions>().All.All(session => session.Caller.Name != token.Name || session.Subscriptions.Count == 0));
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await administrator.PublishAsync(topic, "y"));
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync(topic, "z"));
        Assert.Single(Of(token));
    }

    [Fact]
    public async Task A_stream_of_observations_ends_when_the_grant_does()
    {
        await Scoped.OrganisationsAsync(_administrator);
        var thing = await Scoped.ThingAsync(_administrator, Scoped.Inside);
        var token = await Scoped.TokenAsync(wanwu.Server, Role.Viewer, Scoped.Branch);
        using var http = wanwu.Server.Anonymous();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/things/{thing}/watch");
        request.Headers.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", token.Token);
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Stop));
        Assert.Equal("event: open", await lines.ReadLineAsync(Stop));
        await EndAsync(Assert.Single(Of(token)).Id);
        using var prompt = new Promptness();
        await lines.ReadToEndAsync(Stop);
        await prompt.IsWithinASecondAsync();
    }

    [Fact]
    public async Task Who_held_a_grant_for_a_time_is_closed_within_a_second_of_its_end()
    {
        var token = await wanwu.Server.Get<AccessTokens>().CreateAsync($"for a time {Guid.NewGuid():N}", Role.Viewer, null, Stop);
        var forEver = Assert.Single(Of(token)).Id;
        await using var client = await WireClient.ConnectAsync(wanwu.Server, "token", token.Token);
        Assert.Equal(0, client.Answer);
        using var prompt = new Promptness();
        var (wait, end) = (TimeSpan.FromMilliseconds(700), TimeProvider.System.GetUtcNow().AddMilliseconds(700));
        await wanwu.Server.Get<GrantChanges>().GrantAsync(new GrantOrder(GrantSubject.Program(token.Id), Role.Viewer, GrantScope.Everything, "test", Wanwu.Things.Timestamp.From(end)), Stop);
        await EndAsync(forEver);
        Assert.Equal(ReasonCode.NotAuthorized, await client.ClosedAsync());
        Assert.True(TimeProvider.System.GetUtcNow() >= end);
        Assert.True(await prompt.TookAsync() < wait + TimeSpan.FromSeconds(1));
    }
}
