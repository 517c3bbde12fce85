using System.Net;
using System.Text.Json.Nodes;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Tests.Connect;

namespace Wanwu.Tests.Security.Grants;

/// <summary>What lies outside is neither shown, nor counted, nor changed, whichever door is tried.</summary>
public sealed class ScopedDoorsTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private readonly HttpClient _administrator = wanwu.Administrator;

    private static string NewName(string what) => $"{what}{Guid.NewGuid():N}";

    /// <summary>A thing within and one outside, each with an observation.</summary>
    private async Task<(string Inside, string Outside)> ThingsAsync(string name)
    {
        await Scoped.OrganisationsAsync(_administrator);
        var (inside, outside) = (await Scoped.ThingAsync(_administrator, Scoped.Below, name), await Scoped.ThingAsync(_administrator, Scoped.Outside, name));
        foreach (var id in new[] { inside, outside })
        {
            using var answer = await _administrator.SendAsync(HttpMethod.Post, $"/api/v1/things/{id}/report", """{"p":1}""");
            Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
        }
        return (inside, outside);
    }

    [Fact]
    public async Task Lists_counts_and_searches_hold_what_is_within()
    {
        var name = NewName("list");
        var (inside, _) = await ThingsAsync(name);
        using var viewer = await Scoped.ClientAsync(wanwu.Server, Role.Viewer);
        var list = await viewer.ReadAsync($"/api/v1/things?count=true&q={name}");
        Assert.Equal([inside], list["items"]!.AsArray().Select(thing => thing!.Text("id")));
        Assert.Equal(1, list["total"]!.GetValue<int>());
        Assert.Equal(2, (await _administrator.ReadAsync($"/api/v1/things?count=true&q={name}"))["total"]!.GetValue<int>());
        var csv = await viewer.GetStringAsync($"/things/export.csv?q={name}", TestContext.Current.CancellationToken);
        Assert.Equal(1, csv.Split(name).Length - 1);
    }

    [Fact]
    public async Task Questions_about_many_series_and_exports_hold_what_is_within()
    {
        var name = NewName("many");
        var (inside, outside) = await ThingsAsync(name);
        using var viewer = await Scoped.ClientAsync(wanwu.Server, Role.Viewer);
        foreach (var path in (string[])[$"/api/v1/observations?q={name}", $"/api/v1/observations/latest?q={name}", $"/api/v1/observations/export?q={name}&format=csv"])
        {
            var text = await viewer.GetStringAsync(path, TestContext.Current.CancellationToken);
            Assert.Contains(inside, text, StringComparison.Ordinal);
            Assert.DoesNotContain(outside, text, StringComparison.Ordinal);
        }
        await viewer.ReadAsync($"/api/v1/observations?thing={outside}", HttpStatusCode.NotFound);
        await viewer.ReadAsync("/api/v1/account", HttpStatusCode.Forbidden);
        await viewer.ReadAsync($"/api/v1/account?thing={inside}");
        await viewer.ReadAsync($"/api/v1/account?thing={outside}", HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("SELECT DISTINCT thing FROM observations WHERE thing IN ('{0}', '{1}')")]
    [InlineData("SELECT DISTINCT thing FROM series WHERE thing IN ('{0}', '{1}')")]
    [InlineData("SELECT id FROM things WHERE id IN ('{0}', '{1}')")]
    [InlineData("SELECT DISTINCT thing FROM rollup_1h WHERE thing IN ('{0}', '{1}')")]
    public async Task Views_of_SQL_hold_what_is_within(string sql)
    {
        var (inside, outside) = await ThingsAsync(NewName("sql"));
        using var viewer = await Scoped.ClientAsync(wanwu.Server, Role.Viewer);
        var body = new JsonObject { ["sql"] = string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, inside, outside) }.ToJsonString();
        var answer = (await viewer.CallAsync(HttpMethod.Post, "/api/v1/sql", body))!.ToJsonString();
        Assert.Contains(inside, answer, StringComparison.Ordinal);
        Assert.DoesNotContain(outside, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Things_are_made_and_moved_only_within()
    {
        var (inside, outside) = await ThingsAsync(NewName("move"));
        using var integrator = await Scoped.ClientAsync(wanwu.Server, Role.Integrator);
        foreach (var body in (string[])["""{"name":"x"}""", $$"""{"name":"x","organisation":"{{Scoped.Outside}}"}"""])
            Assert.NotNull((await integrator.CreateAsync("/api/v1/things", body, HttpStatusCode.BadRequest))["errors"]!["organisation"]);
        var made = (await integrator.CreateAsync("/api/v1/things", $$"""{"name":"x","organisation":"{{Scoped.Below}}"}""")).Text("id");
        var many = (await integrator.CallAsync(HttpMethod.Post, "/api/v1/things/batch", $$"""[{"name":"y","organisation":"{{Scoped.Inside}}"},{"name":"z","organisation":"{{Scoped.Outside}}"}]"""))!;
        Assert.Equal((1, 1), (many["created"]!.GetValue<int>(), many["refused"]!.GetValue<int>()));

        foreach (var change in (string[])[$$"""{"organisation":"{{Scoped.Outside}}"}""", """{"organisation":null}""", $$"""{"gateway":"{{outside}}"}"""])
            await integrator.CallAsync(HttpMethod.Patch, $"/api/v1/things/{made}", change, HttpStatusCode.BadRequest);
        await integrator.CallAsync(HttpMethod.Patch, $"/api/v1/things/{made}", $$"""{"organisation":"{{Scoped.Inside}}","gateway":"{{inside}}"}""");
        await integrator.CallAsync(HttpMethod.Patch, $"/api/v1/things/{outside}", $$"""{"organisation":"{{Scoped.Inside}}"}""", HttpStatusCode.NotFound);
        Assert.Equal(Scoped.Outside, (await _administrator.ReadAsync($"/api/v1/things/{outside}")).Text("organisation"));
    }

    [Fact]
    public async Task What_was_refused_is_shown_of_things_within_alone()
    {
        var (inside, outside) = await ThingsAsync(NewName("refused"));
        foreach (var id in new[] { inside, outside })
            using (await _administrator.SendAsync(HttpMethod.Post, $"/api/v1/things/{id}/report", "nonsense")) { }
        using var operators = await Scoped.ClientAsync(wanwu.Server, Role.Operator);
        var all = (await _administrator.ReadAsync("/api/v1/refused?limit=1000")).ToJsonString();
        var mine = (await operators.ReadAsync("/api/v1/refused?limit=1000")).ToJsonString();
        Assert.Contains(outside, all, StringComparison.Ordinal);
        Assert.Contains(inside, mine, StringComparison.Ordinal);
        Assert.DoesNotContain(outside, mine, StringComparison.Ordinal);
        Assert.Empty((await operators.ReadAsync($"/api/v1/refused?thing={outside}"))["items"]!.AsArray());
    }

    [Fact]
    public async Task Clients_of_things_within_are_listed_and_disconnected_and_no_others()
    {
        await Scoped.OrganisationsAsync(_administrator);
        var names = new[] { Scoped.Inside, Scoped.Outside };
        var things = new List<JsonNode>();
        foreach (var organisation in names) things.Add(await _administrator.CreateAsync("/api/v1/things", $$"""{"name":"c","organisation":"{{organisation}}"}"""));
        await using var inside = await WireClient.ConnectAsync(wanwu.Server, things[0].Text("id"), things[0]["credentials"]!.Text("password"), NewName("c"));
        await using var outside = await WireClient.ConnectAsync(wanwu.Server, things[1].Text("id"), things[1]["credentials"]!.Text("password"), NewName("c"));
        await using var program = await WireClient.ConnectAsAsync(wanwu.Server, Role.Viewer, NewName("program"));

        using var operators = await Scoped.ClientAsync(wanwu.Server, Role.Operator);
        var seen = (await operators.ReadAsync("/api/v1/mqtt/clients?limit=1000"))["items"]!.AsArray();
        Assert.Contains(seen, client => client!["thing"]?.GetValue<string>() == things[0].Text("id"));
        Assert.DoesNotContain(seen, client => client!["thing"]?.GetValue<string>() == things[1].Text("id") || client!.Text("callerKind") != "thing");
        var key = (await _administrator.ReadAsync($"/api/v1/mqtt/clients?thing={things[1].Text("id")}"))["items"]![0]!.Text("key");
        await operators.ReadAsync($"/api/v1/mqtt/clients/{key}", HttpStatusCode.NotFound);
        await operators.CallAsync(HttpMethod.Post, $"/api/v1/mqtt/clients/{key}/kick", expect: HttpStatusCode.NotFound);
        await operators.CallAsync(HttpMethod.Delete, $"/api/v1/mqtt/clients/{key}", expect: HttpStatusCode.NotFound);
        await operators.CallAsync(HttpMethod.Post, $"/api/v1/mqtt/clients/{seen.First(client => client!["thing"]?.GetValue<string>() == things[0].Text("id"))!.Text("key")}/kick", expect: HttpStatusCode.NoContent);
    }

    public static TheoryData<string> Roles => [.. Role.All];

    [Theory, MemberData(nameof(Roles))]
    public async Task Over_MQTT_a_role_reports_and_is_sent_what_is_within(string role)
    {
        await Scoped.OrganisationsAsync(_administrator);
        var (inside, outside) = (await Scoped.ThingAsync(_administrator, Scoped.Below), await Scoped.ThingAsync(_administrator, Scoped.Outside));
        var token = await Scoped.TokenAsync(wanwu.Server, role, role is Role.Auditor or Role.SecurityOfficer ? GrantScope.Everything : Scoped.Branch);
        await using var client = await WireClient.ConnectAsync(wanwu.Server, "token", token.Token);
        var mayRead = Role.Grants(role, Permission.ReadObservations);
        Assert.Equal(mayRead, await client.SubscribeAsync("v1/things/+/observations/+") < (byte)ReasonCode.UnspecifiedError);
        Assert.Equal(mayRead, await client.SubscribeAsync("$share/g/v1/things/+/observations/+") < (byte)ReasonCode.UnspecifiedError);
        // Not of things, and so of the whole.
        Assert.Equal(role is Role.Auditor or Role.SecurityOfficer, await client.SubscribeAsync("$SYS/#") < (byte)ReasonCode.UnspecifiedError);
        Assert.False(await client.SubscribeAsync("any/topic") < (byte)ReasonCode.UnspecifiedError);
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("any/topic", "x"));

        var mayReport = Role.Grants(role, Permission.Report);
        Assert.Equal(mayReport, await client.PublishAsync($"v1/things/{inside}/report", """{"own":1}""") < ReasonCode.UnspecifiedError);
        Assert.False(await client.PublishAsync($"v1/things/{outside}/report", """{"own":1}""") < ReasonCode.UnspecifiedError);
        if (!mayRead) return;
        foreach (var id in new[] { outside, inside })
            using (await _administrator.SendAsync(HttpMethod.Post, $"/api/v1/things/{id}/report", """{"last":2}""")) { }
        for (string topic = ""; !topic.EndsWith("/last", StringComparison.Ordinal);)
        {
            topic = (await client.NextAsync()).Topic;
            Assert.StartsWith($"v1/things/{inside}/", topic, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Pages_show_what_is_within()
    {
        var name = NewName("page");
        var (inside, outside) = await ThingsAsync(name);
        using var viewer = await Scoped.ClientAsync(wanwu.Server, Role.Viewer);
        Assert.Contains(name, await viewer.GetStringAsync($"/things/{inside}", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.DoesNotContain(name, await viewer.GetStringAsync($"/things/{outside}", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        foreach (var path in (string[])["/settings/storage", "/things/mappings", "/things/mappings/new", "/audit", $"/things/{inside}/make-model"])
        {
            using var administrator = await Scoped.ClientAsync(wanwu.Server, Role.Administrator);
            using var answer = await administrator.SendAsync(HttpMethod.Get, path);
            Assert.Equal((path, HttpStatusCode.Forbidden), (path, answer.StatusCode));
        }
    }
}
