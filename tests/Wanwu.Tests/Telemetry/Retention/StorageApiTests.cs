using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Retention;

/// <summary>What lies where, and what a change of policy is told to do before it does it.</summary>
public sealed class StorageApiTests : IAsyncLifetime
{
    private const string Policies = "/api/v1/retention/policies", Preview = "/api/v1/retention/preview";
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 26, 0, 0, 0, TimeSpan.Zero));
    private WanwuServer _server = null!;
    private HttpClient _api = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await WanwuServer.StartAsync(clock: _clock);
        _api = await _server.ClientAsync();
        await _api.OrganisationAsync("city");
        await _api.OrganisationAsync("city/water", "city");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>One observation an hour, over the twenty days before the last midnight.</summary>
    private async Task<ThingId> ThingAsync(string name, string? organisation)
    {
        var created = await _api.CreateAsync("/api/v1/things", new JsonObject { ["name"] = name, ["organisation"] = organisation }.ToJsonString());
        var thing = ThingId.Parse(created.Text("id"));
        var (log, series) = (_server.Get<ObservationLog>(), _server.Get<SeriesTable>().Of(thing).GetOrAdd(PropertyName.Parse("level")));
        var now = Timestamp.Now(_clock);
        Observation[] rows = [.. Enumerable.Range(1, 20 * 24).Select(hour => new Observation(series, new Timestamp(now.Microseconds - hour * 3_600_000_000L), Value.OfInteger(hour), Quality.Good))];
        var result = log.Append(new MessageRecord { Protocol = "test", Thing = thing, Received = now, Observations = rows }, null);
        Assert.Equal(CommitOutcome.Committed, await log.CommittedAsync(result.Batch, Stop));
        await _server.Get<StoreLoader>().LoadedAsync(Stop);
        return thing;
    }

    private static long Rows(JsonNode node, string tier) => node[tier]!["rows"]!.GetValue<long>();

    [Fact]
    public async Task Rows_and_bytes_are_told_by_tier_organisation_model_and_property()
    {
        await ThingAsync("gauge", "city/water");
        await ThingAsync("meter", null);
        await _api.CallAsync(HttpMethod.Post, "/api/v1/compact");
        var storage = await _api.ReadAsync("/api/v1/storage");
        Assert.Equal((48, 912, 19), (Rows(storage, "hot"), Rows(storage, "cold"), storage["coldFiles"]!.GetValue<int>()));
        var organisations = storage["organisations"]!.AsArray();
        Assert.Equal(["city/water", null], organisations.Select(line => line!["name"]?.GetValue<string>()).OrderByDescending(name => name));
        Assert.All(organisations, line => Assert.Equal((24, 456), (Rows(line!, "hot"), Rows(line!, "cold"))));
        Assert.InRange(organisations.Sum(line => line!["cold"]!["bytes"]!.GetValue<long>()) - storage["cold"]!["bytes"]!.GetValue<long>(), -50, 50);
        Assert.Equal("level", Assert.Single(storage["properties"]!.AsArray())!.Text("name"));
        await ThingAsync("another", "city");
        Assert.Equal(480, (await _api.ReadAsync("/api/v1/storage"))["organisations"]!.AsArray().Where(line => line!["name"]?.GetValue<string>() == "city").Sum(line => Rows(line!, "hot")));
        var branches = (await _api.ReadAsync("/api/v1/storage?branches=true"))["organisations"]!.AsArray().ToDictionary(line => line!["name"]?.GetValue<string>() ?? "", line => Rows(line!, "hot") + Rows(line!, "cold"));
        Assert.Equal((960, 480, 480), (branches["city"], branches["city/water"], branches[""]));
    }

    [Fact]
    public async Task What_the_preview_tells_is_what_expires()
    {
        var held = await ThingAsync("gauge", "city/water");
        var other = await ThingAsync("meter", "city");
        await _api.CallAsync(HttpMethod.Post, "/api/v1/compact");
        await _api.CreateAsync("/api/v1/retention/holds", $$"""{"reason":"case 7","things":["{{held}}"],"to":"2026-01-10T00:00:00Z"}""");
        var told = await _api.CreateAsync(Preview, """{"id":"default","policy":{"coldFor":"P10D"}}""", HttpStatusCode.OK);
        // Ten days of each are older; of the thing under hold, four of them are held.
        Assert.Equal((16 * 24, 4 * 24, 960), (Rows(told, "expires"), Rows(told, "held"), Rows(told, "now")));
        Assert.Equal(["city", "city/water"], told["organisations"]!.AsArray().Select(line => line!.Text("name")));
        Assert.Equal((48, 0), (told["before"]!["growingRowsPerDay"]!.GetValue<long>(), told["after"]!["growingRowsPerDay"]!.GetValue<long>()));
        Assert.Equal(480, Rows(new JsonObject { ["after"] = told["after"]!.DeepClone() }, "after"));
        Assert.Equal("2026-01-27T00:00:00Z", told.Text("effective"));
        Assert.Empty((await _api.ReadAsync(Policies))["items"]!.AsArray());

        await _api.CallAsync(HttpMethod.Put, $"{Policies}/default", """{"coldFor":"P11D"}""", HttpStatusCode.Created);
        _clock.Advance(TimeSpan.FromHours(23));
        await _api.CallAsync(HttpMethod.Post, "/api/v1/compact");
        Assert.Empty((await _api.ReadAsync("/api/v1/retention/expiries"))["items"]!.AsArray());
        _clock.Advance(TimeSpan.FromHours(1));
        await _api.CallAsync(HttpMethod.Post, "/api/v1/compact");
        var journal = (await _api.ReadAsync("/api/v1/retention/expiries?limit=1000"))["items"]!.AsArray();
        Assert.Equal(16 * 24, journal.Sum(entry => entry!["rows"]!.GetValue<long>()));
        Assert.Equal(16 * 24, (await _api.ReadAsync("/api/v1/account"))["expired"]!.GetValue<long>());
        Assert.Equal(10 * 24, (await _api.ReadAsync($"/api/v1/things/{other}/series/level?limit=1000"))["items"]!.AsArray().Count);
        Assert.Equal(14 * 24, (await _api.ReadAsync($"/api/v1/things/{held}/series/level?limit=1000"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Rollups_that_stay_are_told_before_and_after_and_answer_for_many_series_and_refuse_corrections()
    {
        var thing = await ThingAsync("gauge", "city/water");
        await ThingAsync("meter", "city");
        await _api.CallAsync(HttpMethod.Post, "/api/v1/compact");
        const string Question = "/api/v1/observations/buckets?from=2026-01-12T00:00:00Z&to=2026-01-17T00:00:00Z&every=1d&aggregate=avg,count,sum,min,max,first,last";
        var before = (await _api.ReadAsync(Question)).ToJsonString();
        var daily = await DailyAsync();
        Assert.Contains("24", daily, StringComparison.Ordinal);
        const string Body = """{"coldFor":"P10D","rollupsFor":"P15D"}""";
        var told = await _api.CreateAsync(Preview, $$"""{"id":"default","policy":{{Body}}}""", HttpStatusCode.OK);
        // Of ten days of each five stay, hour by hour and day by day.
        Assert.Equal((2 * 10 * 24, 2 * 5 * 25, 0), (Rows(told, "expires"), Rows(told, "rollupsStay"), Rows(told, "rollupsExpire")));
        Assert.True(told["after"]!["rollupBytes"]!.GetValue<long>() > 0);
        await _api.CallAsync(HttpMethod.Put, $"{Policies}/default", Body, HttpStatusCode.Created);
        _clock.Advance(TimeSpan.FromHours(24));
        await _api.CallAsync(HttpMethod.Post, "/api/v1/compact");
        Assert.Equal(before, (await _api.ReadAsync(Question)).ToJsonString());
        Assert.Equal(daily, await DailyAsync());
        var received = (await _api.ReadAsync("/api/v1/observations/completeness?from=2026-01-12T06:00:00Z&to=2026-01-17T00:00:00Z&interval=1h"))["items"]!.AsArray();
        Assert.Equal([114, 114], received.Select(line => line!["received"]!.GetValue<double>()));
        var storage = await _api.ReadAsync("/api/v1/storage");
        // A day of the things' zone lies in two of UTC.
        Assert.Equal(2 * 5 * 26, Rows(storage, "kept"));
        Assert.All(storage["organisations"]!.AsArray(), line => Assert.Equal(5 * 26, Rows(line!, "kept")));
        told = await _api.CreateAsync(Preview, """{"id":"default","policy":{"coldFor":"P10D"}}""", HttpStatusCode.OK);
        Assert.Equal((0, 2 * 5 * 26), (Rows(told, "expires"), Rows(told, "rollupsExpire")));
        var refused = await _api.CallAsync(HttpMethod.Post, $"/api/v1/things/{thing}/properties/level/corrections", """{"t":"2026-01-13T06:00:00Z","value":7,"reason":"a drift"}""", HttpStatusCode.UnprocessableEntity);
        Assert.Contains("have expired", refused!.ToJsonString(), StringComparison.Ordinal);
    }

    private async Task<string> DailyAsync() => (await _api.CreateAsync("/api/v1/sql", """
        {"sql":"SELECT thing, t, quality, count, n, sum, avg, min, max, first, last FROM rollup_1d WHERE t >= '2026-01-12' AND t < '2026-01-17' ORDER BY thing, t"}
        """, HttpStatusCode.OK))["rows"]!.ToJsonString();
}
