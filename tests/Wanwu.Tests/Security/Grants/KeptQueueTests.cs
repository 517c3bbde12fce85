using System.Text;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Tests.Connect;
using Wanwu.Tests.Security.Classes;

namespace Wanwu.Tests.Security.Grants;

/// <summary>What waits for a client that was away passes the rules of the moment it comes back.</summary>
public sealed class KeptQueueTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private const string All = "v1/things/+/observations/+", Client = "keeps";
    private const byte AtLeastOnce = 1;
    private readonly HttpClient _administrator = wanwu.Administrator;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Task<Guid> GrantAsync(NewAccessToken token, GrantScope scope, GrantSight sight) =>
        wanwu.Server.Get<GrantChanges>().GrantAsync(new GrantOrder(GrantSubject.Program(token.Id), Role.Viewer, scope, "test") { Sight = sight }, Stop);

    private Task<WireClient> ConnectAsync(string token) =>
        WireClient.ConnectAsync(wanwu.Server, "token", token, Client, clean: false, properties: new PropertyWriter().Add(PropertyId.SessionExpiryInterval, 600));

    private async Task ReportAsync(string thing, string property)
    {
        using var answer = await _administrator.SendAsync(HttpMethod.Post, $"/api/v1/things/{thing}/report", $$"""{"{{property}}":1}""");
        Assert.True(answer.IsSuccessStatusCode);
    }

    /// <summary>Waits until so many messages wait for the client that is away.</summary>
    private async Task QueuedAsync(string name, int count)
    {
        var session = wanwu.Server.Get<Wanwu.Connect.Mqtt.MqttSessions>().All.Single(session => session.Caller.Name == name);
        await Wanwu.Tests.Connect.Transport.Until.TrueAsync(() => session.State.Waiting >= count);
    }

    [Fact]
    public async Task What_a_grant_that_has_ended_let_see_is_not_delivered_and_the_rest_is()
    {
        await Scoped.OrganisationsAsync(_administrator);
        var (inside, outside) = (await Scoped.ThingAsync(_administrator, Scoped.Inside), await Scoped.ThingAsync(_administrator, Scoped.Outside));
        var token = await Scoped.TokenAsync(wanwu.Server, Role.Viewer, Scoped.Branch);
        var more = await GrantAsync(token, new GrantScope(Scoped.Outside, null, null), GrantSight.Usual);
        // Sent and not acknowledged: it would be sent again.
        await using (var client = await ConnectAsync(token.Token))
        {
            client.Acknowledges = false;
            Assert.Equal(AtLeastOnce, await client.SubscribeAsync(All, AtLeastOnce));
            await ReportAsync(outside, "sent");
            Assert.Contains(outside, (await client.NextAsync()).Topic, StringComparison.Ordinal);
            await client.BreakAsync(wanwu.Server);
        }
        await ReportAsync(outside, "waits");
        await ReportAsync(inside, "waits");
        await QueuedAsync(token.Name, 3);
        await wanwu.Server.Get<GrantChanges>().EndAsync(more, "test", Stop);

        await using var back = await ConnectAsync(token.Token);
        Assert.True(back.SessionPresent);
        Assert.Contains(inside, (await back.NextAsync()).Topic, StringComparison.Ordinal);
        Assert.Empty(await back.ArrivedAsync());
    }

    [Fact]
    public async Task What_a_thing_reported_is_not_delivered_once_the_thing_has_moved_out_of_reach()
    {
        await Scoped.OrganisationsAsync(_administrator);
        var (stays, goes) = (await Scoped.ThingAsync(_administrator, Scoped.Inside), await Scoped.ThingAsync(_administrator, Scoped.Below));
        var token = await Scoped.TokenAsync(wanwu.Server, Role.Viewer, Scoped.Branch);
        await using (var client = await ConnectAsync(token.Token))
        {
            await client.SubscribeAsync(All, AtLeastOnce);
            await client.BreakAsync(wanwu.Server);
        }
        await ReportAsync(goes, "waits");
        await ReportAsync(stays, "waits");
        await QueuedAsync(token.Name, 2);
        await _administrator.CallAsync(HttpMethod.Patch, $"/api/v1/things/{goes}", $$"""{"organisation":"{{Scoped.Outside}}"}""", type: "application/merge-patch+json");
        await using var back = await ConnectAsync(token.Token);
        Assert.Contains(stays, (await back.NextAsync()).Topic, StringComparison.Ordinal);
        Assert.Empty(await back.ArrivedAsync());
    }

    [Fact]
    public async Task Values_in_clear_are_not_delivered_to_who_sees_them_masked_now_and_masked_ones_are()
    {
        var thing = await Classified.MakeAsync(wanwu);
        var token = await Scoped.TokenAsync(wanwu.Server, Role.Viewer, GrantScope.Everything);
        var more = await GrantAsync(token, GrantScope.Everything, Classified.Everything);
        await using (var client = await ConnectAsync(token.Token))
        {
            await client.SubscribeAsync($"v1/things/{thing.Id}/observations/+", AtLeastOnce);
            await client.BreakAsync(wanwu.Server);
        }
        await thing.ReportAsync(_administrator);
        await QueuedAsync(token.Name, Classified.Properties.Length);
        await wanwu.Server.Get<GrantChanges>().EndAsync(more, "test", Stop);
        await using (var back = await ConnectAsync(token.Token))
        {
            Assert.EndsWith("/plain", (await back.NextAsync()).Topic, StringComparison.Ordinal);
            Assert.Empty(await back.ArrivedAsync());
            await back.BreakAsync(wanwu.Server);
        }
        await thing.ReportAsync(_administrator);
        await QueuedAsync(token.Name, 4);
        await using var again = await ConnectAsync(token.Token);
        var told = await again.ArrivedAsync();
        Assert.Equal(["card", "name", "place", "plain"], told.Select(message => message.Topic.Split('/')[^1]).Order(StringComparer.Ordinal));
        foreach (var hidden in thing.Hidden) Assert.DoesNotContain(told, message => message.Payload.Contains(hidden, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whether_a_message_is_masked_outlives_the_process(bool isMasked)
    {
        var message = new MqttMessage { Topic = "t"u8.ToArray(), Payload = Encoding.UTF8.GetBytes("p"), Retain = true, Expiry = 3, IsMasked = isMasked };
        var read = new PayloadReader(new PayloadWriter().Message(message).Written).Message();
        Assert.Equal((isMasked, true, (uint?)3), (read.IsMasked, read.Retain, read.Expiry));
    }
}
