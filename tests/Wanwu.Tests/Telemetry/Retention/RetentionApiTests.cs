using System.Net;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Telemetry.Retention;

/// <summary>Policies and holds through the API.</summary>
public sealed class RetentionApiTests : IAsyncLifetime
{
    private const string Policies = "/api/v1/retention/policies", Holds = "/api/v1/retention/holds";
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 26, 0, 0, 0, TimeSpan.Zero));
    private WanwuServer _server = null!;
    private HttpClient _api = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WanwuServer.StartAsync(clock: _clock);
        _api = await _server.ClientAsync();
        await _api.OrganisationAsync("city/water");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_change_waits_is_shown_takes_effect_and_can_be_cancelled_before()
    {
        var made = (await _api.CallAsync(HttpMethod.Put, $"{Policies}/default", """{"coldFor":"P2Y"}""", HttpStatusCode.Created))!;
        Assert.Null(made["policy"]);
        Assert.Equal(("P2Y", "2026-01-27T00:00:00Z"), (made["pending"]!["policy"]!.Text("coldFor"), made["pending"]!.Text("effective")));
        _clock.Advance(TimeSpan.FromHours(24));
        var holds = await _api.ReadAsync($"{Policies}/default");
        Assert.Equal("P2Y", holds["policy"]!.Text("coldFor"));
        Assert.Null(holds["pending"]);

        await _api.CallAsync(HttpMethod.Put, $"{Policies}/default", """{"coldFor":"P1Y"}""");
        await _api.CallAsync(HttpMethod.Delete, $"{Policies}/default/pending");
        _clock.Advance(TimeSpan.FromHours(48));
        Assert.Equal("P2Y", (await _api.ReadAsync($"{Policies}/default"))["policy"]!.Text("coldFor"));
        await _api.CallAsync(HttpMethod.Delete, $"{Policies}/default/pending", expect: HttpStatusCode.NotFound);

        await _api.CallAsync(HttpMethod.Delete, $"{Policies}/default");
        Assert.Equal("P2Y", (await _api.ReadAsync($"{Policies}/default"))["policy"]!.Text("coldFor"));
        _clock.Advance(TimeSpan.FromHours(24));
        await _api.CallAsync(HttpMethod.Get, $"{Policies}/default", expect: HttpStatusCode.NotFound);
        await _api.CallAsync(HttpMethod.Put, $"{Policies}/default", """{"coldFor":"P3Y"}""", HttpStatusCode.Created);
    }

    [Fact]
    public async Task Time_whose_observations_retention_lets_go_is_no_gap()
    {
        var thing = (await _api.CreateAsync("/api/v1/things", """{"name":"gauge","organisation":"city/water"}""")).Text("id");
        await _api.CallAsync(HttpMethod.Post, $"/api/v1/things/{thing}/report", """[{"t":"2026-01-05T00:00:00Z","values":{"level":1}},{"t":"2026-01-20T00:00:00Z","values":{"level":2}}]""", HttpStatusCode.Accepted);
        async Task<string> GapsAsync() => string.Join(' ', (await _api.ReadAsync($"/api/v1/observations/gaps?thing={thing}&from=2025-12-01T00:00:00Z&longer=1d"))["items"]!.AsArray()
            .Select(gap => $"{gap!.Text("from")[5..10]}/{gap!.Text("to")[5..10]}/{gap!["keptSince"]?.GetValue<string>()[5..10]}"));
        Assert.Equal("01-05/01-20/ 01-20/01-26/", await GapsAsync());
        await _api.CallAsync(HttpMethod.Put, $"{Policies}/water", """{"organisation":"city/water","coldFor":"P10D"}""", HttpStatusCode.Created);
        Assert.Equal("01-05/01-20/ 01-20/01-26/", await GapsAsync());
        _clock.Advance(TimeSpan.FromHours(24));
        Assert.Equal("01-17/01-20/01-17 01-20/01-27/01-17", await GapsAsync());
        await _api.CallAsync(HttpMethod.Post, Holds, $$"""{"reason":"case","things":["{{thing}}"],"from":"2026-01-10T00:00:00Z"}""", HttpStatusCode.Created);
        Assert.Equal("01-10/01-20/01-10 01-20/01-27/01-10", await GapsAsync());
    }

    [Fact]
    public async Task The_audit_trail_says_what_the_policy_said_before_and_after()
    {
        await _api.CallAsync(HttpMethod.Put, $"{Policies}/water", """{"organisation":"city/water","coldFor":"P1Y","note":"by law"}""", HttpStatusCode.Created);
        _clock.Advance(TimeSpan.FromHours(24));
        await _api.CallAsync(HttpMethod.Put, $"{Policies}/water", """{"organisation":"city/water","coldFor":"P2Y","rollupsFor":"forever","note":"by law"}""");
        await _api.CallAsync(HttpMethod.Delete, $"{Policies}/water/pending");
        await _api.CallAsync(HttpMethod.Delete, $"{Policies}/water");
        var told = (await _api.ReadAsync("/api/v1/audit?object=water"))["items"]!.AsArray().Select(record => record!["event"]!).Reverse()
            .Select(one => $"{one.Text("action")} {string.Join(' ', one["changes"]!.AsObject().Where(field => field.Key is not ("effective" or "revision")).Select(field => $"{field.Key}:{field.Value!["before"]}>{field.Value["after"]}"))}");
        Assert.Equal(
        [
            "retentionPolicy.create coldFor:>P1Y note:>by law organisation:>city/water", "retentionPolicy.change coldFor:P1Y>P2Y rollupsFor:>forever",
            "retentionPolicy.change coldFor:P2Y>P1Y rollupsFor:forever>", "retentionPolicy.change coldFor:P1Y> note:by law> organisation:city/water>",
        ], told);
    }

    [Theory]
    [InlineData("""{"coldFor":"P1Y","rollupsFor":"P364D"}""", "at least as long as observations")]
    [InlineData("""{"rollupsFor":"P1Y"}""", "kept for ever, and rollups with them")]
    [InlineData("""{"coldFor":"forever"}""", "where coldFor is null")]
    [InlineData("""{"coldFor":"P1Y","rollupsFor":"long"}""", "or forever; null is as long as observations")]
    public async Task Rollups_are_not_kept_shorter_than_observations(string policy, string told)
    {
        var refused = await _api.CallAsync(HttpMethod.Put, $"{Policies}/default", policy, HttpStatusCode.BadRequest);
        Assert.Contains(told, refused!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task How_long_rollups_are_kept_is_said_and_read()
    {
        foreach (var keep in new[] { "P1Y", "forever" })
        {
            var made = await _api.CallAsync(HttpMethod.Put, $"{Policies}/default", $$"""{"coldFor":"P12M","rollupsFor":"{{keep}}"}""", keep == "P1Y" ? HttpStatusCode.Created : HttpStatusCode.OK);
            Assert.Equal(keep, made!["pending"]!["policy"]!.Text("rollupsFor"));
        }
        _clock.Advance(TimeSpan.FromHours(24));
        Assert.Equal("forever", (await _api.ReadAsync($"{Policies}/default"))["policy"]!.Text("rollupsFor"));
    }

    [Fact]
    public async Task Only_the_version_that_was_read_is_changed()
    {
        using var made = await _api.SendAsync(HttpMethod.Put, $"{Policies}/water", """{"organisation":"city/water","coldFor":"P1Y"}""", headers: ("If-None-Match", "*"));
        Assert.Equal((HttpStatusCode.Created, "\"1\""), (made.StatusCode, made.Headers.ETag!.Tag));
        using var again = await _api.SendAsync(HttpMethod.Put, $"{Policies}/water", """{"organisation":"city/water","coldFor":"P2Y"}""", headers: ("If-None-Match", "*"));
        Assert.Equal(HttpStatusCode.PreconditionFailed, again.StatusCode);
        using var first = await _api.SendAsync(HttpMethod.Put, $"{Policies}/water", """{"organisation":"city/water","coldFor":"P2Y"}""", headers: ("If-Match", "\"1\""));
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        using var stale = await _api.SendAsync(HttpMethod.Put, $"{Policies}/water", """{"organisation":"city/water","coldFor":"P3Y"}""", headers: ("If-Match", "\"1\""));
        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.StatusCode);
        await _api.CallAsync(HttpMethod.Put, $"{Policies}/other", """{"organisation":"city/water","coldFor":"P9Y"}""", HttpStatusCode.Conflict);
    }

    [Theory]
    [InlineData("""{"coldFor":"P0D"}""", "coldFor")]
    [InlineData("""{"coldFor":"P1W"}""", "coldFor")]
    [InlineData("""{"coldFor":30}""", "coldFor")]
    [InlineData("""{"coldFor":"P1Y","property":"no name"}""", "property")]
    [InlineData("""{"days":3}""", "days")]
    public async Task A_policy_that_breaks_a_rule_is_refused_by_member(string body, string member)
    {
        var problem = (await _api.CallAsync(HttpMethod.Put, $"{Policies}/default", body, HttpStatusCode.BadRequest))!;
        Assert.NotNull(problem["errors"]![member]);
    }

    [Fact]
    public async Task A_hold_is_placed_and_lifted_by_a_named_person_and_both_stay_on_record()
    {
        await _api.CreateAsync(Holds, """{"things":[],"from":"2026-01-01T00:00:00Z"}""", HttpStatusCode.BadRequest);
        var hold = await _api.CreateAsync(Holds, """{"reason":"case 7","models":["pump"],"from":"2026-01-01T00:00:00Z"}""");
        Assert.Equal("test administrator", hold.Text("placedBy"));
        await _api.CallAsync(HttpMethod.Post, $"{Holds}/{hold.Text("id")}/lift", "{}", HttpStatusCode.BadRequest);
        var lifted = (await _api.CallAsync(HttpMethod.Post, $"{Holds}/{hold.Text("id")}/lift", """{"reason":"case closed"}"""))!;
        Assert.Equal(("test administrator", "case closed", "case 7"), (lifted.Text("liftedBy"), lifted.Text("liftReason"), lifted.Text("reason")));
        await _api.CallAsync(HttpMethod.Post, $"{Holds}/none/lift", """{"reason":"x"}""", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Those_who_may_look_may_not_change()
    {
        var looks = await _server.ClientAsync(Role.Operator);
        await looks.ReadAsync(Policies);
        await looks.ReadAsync(Holds);
        await looks.ReadAsync("/api/v1/retention/expiries");
        await looks.CallAsync(HttpMethod.Put, $"{Policies}/default", """{"coldFor":"P1Y"}""", HttpStatusCode.Forbidden);
        await looks.CreateAsync(Holds, """{"reason":"case 7"}""", HttpStatusCode.Forbidden);
        var viewer = await _server.ClientAsync(Role.Viewer);
        await viewer.ReadAsync(Policies, HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Policies_holds_and_what_waits_are_there_after_a_restart()
    {
        await _api.CallAsync(HttpMethod.Put, $"{Policies}/default", """{"coldFor":"P2Y","note":"law"}""", HttpStatusCode.Created);
        await _api.CreateAsync(Holds, """{"reason":"case 7"}""");
        _server = await _server.RestartAsync();
        _api = await _server.ClientAsync();
        var policy = (await _api.ReadAsync(Policies))["items"]![0]!;
        Assert.Equal("law", (policy["policy"] ?? policy["pending"]!["policy"])!.Text("note"));
        Assert.Equal("case 7", (await _api.ReadAsync(Holds))["items"]![0]!.Text("reason"));
    }
}
