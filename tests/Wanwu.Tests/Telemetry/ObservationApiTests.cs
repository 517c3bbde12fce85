using System.Net;
using System.Text.Json.Nodes;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

/// <summary>The answers of the API as a program sees them.</summary>
public sealed class ObservationApiTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private readonly HttpClient _client = wanwu.Administrator;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<ThingId> ThingAsync()
    {
        var created = await _client.CreateAsync("/api/v1/things", """{"name":"station"}""");
        return ThingId.Parse(created.Text("id"));
    }

    private async Task ReportAsync(ThingId thing, string property, params (string Time, Value Value, Quality Quality)[] rows)
    {
        var series = wanwu.Server.Get<SeriesTable>().Of(thing).GetOrAdd(PropertyName.Parse(property));
        Observation[] observations = [.. rows.Select(row => new Observation(series, Timestamp.Parse(row.Time), row.Value, row.Quality))];
        await AppendAsync(thing, observations, []);
    }

    private async Task AppendAsync(ThingId thing, Observation[] observations, Refusal[] refusals)
    {
        var log = wanwu.Server.Get<ObservationLog>();
        var result = log.Append(new MessageRecord
        {
            Protocol = "test", Thing = thing, Received = Timestamp.Now(TimeProvider.System), Observations = observations, Refusals = refusals,
        }, null);
        Assert.Equal(CommitOutcome.Committed, await log.CommittedAsync(result.Batch, Stop));
    }

    [Fact]
    public async Task Latest_and_series_tell_what_was_reported()
    {
        var thing = await ThingAsync();
        await ReportAsync(thing, "temperature", ("2026-01-01T00:00:00Z", Value.OfNumber(21.5), Quality.Good), ("2026-01-01T00:10:00.5Z", Value.OfInteger(22), Quality.Suspect));
        await ReportAsync(thing, "站名", ("2026-01-01T00:00:00Z", Value.OfText("萬壽西宮"), Quality.Good));
        var latest = await _client.ReadAsync($"/api/v1/things/{thing}/latest");
        Assert.Equal("""{"value":22,"t":"2026-01-01T00:10:00.500Z","quality":"suspect"}""", latest["temperature"]!.ToJsonString());
        Assert.Equal("萬壽西宮", latest["站名"]!["value"]!.GetValue<string>());

        var series = await _client.ReadAsync($"/api/v1/things/{thing}/series/temperature?limit=1");
        Assert.Equal("""[{"t":"2026-01-01T00:00:00Z","value":21.5,"quality":"good"}]""", series["items"]!.ToJsonString());
        var second = await _client.ReadAsync($"/api/v1/things/{thing}/series/temperature?limit=1&cursor={series["next"]}");
        Assert.Equal("""{"items":[{"t":"2026-01-01T00:10:00.500Z","value":22,"quality":"suspect"}],"next":null}""", second.ToJsonString());
        Assert.Empty((await _client.ReadAsync($"/api/v1/things/{thing}/series/temperature?from=2026-01-01T08:11:00+08:00"))["items"]!.AsArray());
    }

    [Fact]
    public async Task Buckets_are_cut_in_the_thing_s_zone_unless_another_is_named()
    {
        var thing = await ThingAsync();
        await ReportAsync(thing, "p", ("2026-01-01T15:59:59Z", Value.OfNumber(1), Quality.Good), ("2026-01-01T16:00:00Z", Value.OfNumber(2), Quality.Good), ("2026-01-01T23:00:00Z", Value.OfNumber(4), Quality.Good));
        var days = await _client.ReadAsync($"/api/v1/things/{thing}/series/p?every=1d&aggregate=avg,count");
        Assert.Equal("""{"items":[{"t":"2025-12-31T16:00:00Z","avg":1,"count":1},{"t":"2026-01-01T16:00:00Z","avg":3,"count":2}],"next":null}""", days.ToJsonString());
        var utc = await _client.ReadAsync($"/api/v1/things/{thing}/series/p?every=1d&aggregate=sum,max&zone=UTC");
        Assert.Equal("""{"items":[{"t":"2026-01-01T00:00:00Z","sum":7,"max":4}],"next":null}""", utc.ToJsonString());
    }

    [Fact]
    public async Task Csv_is_given_by_accept_or_by_format()
    {
        var thing = await ThingAsync();
        await ReportAsync(thing, "p", ("2026-01-01T00:00:00Z", Value.OfText("a,\"b\""), Quality.Good), ("2026-01-01T00:00:01Z", Value.OfPoint(1.5, 2), Quality.Good), ("2026-01-01T00:00:02Z", Value.OfInteger(3), Quality.Missing));
        const string expected = "t,value,quality\r\n2026-01-01T00:00:00Z,\"a,\"\"b\"\"\",good\r\n2026-01-01T00:00:01Z,\"1.5,2\",good\r\n2026-01-01T00:00:02Z,3,missing\r\n";
        using var accepted = await _client.SendAsync(HttpMethod.Get, $"/api/v1/things/{thing}/series/p", headers: ("Accept", "text/csv"));
        Assert.Equal("text/csv", accepted.Content.Headers.ContentType!.MediaType);
        Assert.Equal(expected, await accepted.Content.ReadAsStringAsync(Stop));
        using var asked = await _client.SendAsync(HttpMethod.Get, $"/api/v1/things/{thing}/series/p?format=csv");
        Assert.Equal(expected, await asked.Content.ReadAsStringAsync(Stop));
    }

    [Theory]
    [InlineData("limit=0", "limit", "a whole number from 1 to 10000")]
    [InlineData("limit=10001", "limit", "a whole number from 1 to 10000")]
    [InlineData("from=yesterday", "from", "RFC 3339")]
    [InlineData("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "to", "at or after from")]
    [InlineData("every=2d", "every", "1s to 59s")]
    [InlineData("every=1h&aggregate=median", "aggregate", "avg, min, max, count, sum, first, last")]
    [InlineData("every=1h&zone=Mars/Olympus", "zone", "IANA")]
    [InlineData("aggregate=avg", "aggregate", "every=")]
    [InlineData("quality=fine", "quality", "good")]
    [InlineData("order=up", "order", "asc or desc")]
    [InlineData("cursor=x", "cursor", "next")]
    public async Task A_wrong_parameter_is_named_with_its_value_and_the_rule(string query, string parameter, string rule)
    {
        var thing = await ThingAsync();
        var problem = await _client.ReadAsync($"/api/v1/things/{thing}/series/p?{query}", HttpStatusCode.BadRequest);
        var fault = problem["errors"]![parameter]![0]!.GetValue<string>();
        Assert.Contains(rule, fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_things_are_not_found_and_nobody_reads_without_signing_in()
    {
        var thing = await ThingAsync();
        await _client.ReadAsync($"/api/v1/things/{ThingId.New(TimeProvider.System)}/latest", HttpStatusCode.NotFound);
        foreach (var path in (string[])[$"things/{thing}/latest", $"things/{thing}/series/p", $"things/{thing}/watch", $"things/{thing}/account", "account", "refused"])
        {
            using var answer = await wanwu.Server.Anonymous().SendAsync(HttpMethod.Get, $"/api/v1/{path}");
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }

    [Fact]
    public async Task The_account_balances_and_what_was_refused_is_shown_with_its_bytes()
    {
        var thing = await ThingAsync();
        var series = wanwu.Server.Get<SeriesTable>().Of(thing).GetOrAdd(PropertyName.Parse("p"));
        Observation[] twice = [.. Enumerable.Repeat(new Observation(series, Timestamp.Parse("2026-01-01T00:00:00Z"), Value.OfInteger(1), Quality.Good), 2)];
        await AppendAsync(thing, twice, [new Refusal(RefusalReason.BrokenJson, "Not JSON at byte 1.", thing, null, 1, "{溫"u8.ToArray(), "v1/report")]);
        foreach (var path in (string[])[$"things/{thing}/account", $"account?thing={thing}"])
            Assert.Equal("""{"received":3,"stored":1,"repeated":1,"refused":1}""", (await _client.ReadAsync($"/api/v1/{path}")).ToJsonString());
        var all = await _client.ReadAsync("/api/v1/account");
        static long Of(JsonNode node, string member) => node[member]!.GetValue<long>();
        Assert.Equal(Of(all, "received"), Of(all, "stored") + Of(all, "repeated") + Of(all, "refused"));
        Assert.True(Of(all["protocols"]!["test"]!, "received") >= 3);

        var refused = Assert.Single((await _client.ReadAsync($"/api/v1/refused?thing={thing}&reason=brokenJson&protocol=test"))["items"]!.AsArray())!;
        Assert.Equal(("brokenJson", "Not JSON at byte 1.", "v1/report", "{溫"), (refused.Text("reason"), refused.Text("detail"), refused.Text("source"), refused.Text("text")));
        Assert.Equal("{溫"u8.ToArray(), Convert.FromBase64String(refused.Text("bytes")));
        Assert.Empty((await _client.ReadAsync($"/api/v1/refused?thing={thing}&reason=wrongType"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_watch_tells_of_observations_as_they_are_committed()
    {
        var thing = await ThingAsync();
        using var answer = await _client.GetAsync($"/api/v1/things/{thing}/watch", HttpCompletionOption.ResponseHeadersRead, Stop);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Stop));
        Assert.Equal("event: open", await lines.ReadLineAsync(Stop));
        await ReportAsync(thing, "p", ("2026-01-01T00:00:00Z", Value.OfNumber(1.5), Quality.Good));
        string? line;
        while (!(line = await lines.ReadLineAsync(Stop))!.StartsWith("data: {\"p", StringComparison.Ordinal)) { }
        Assert.StartsWith("""data: {"property":"p","value":1.5,"t":"2026-01-01T00:00:00Z","quality":"good","received":""", line, StringComparison.Ordinal);
    }
}
