using System.Globalization;
using System.Text.Json.Nodes;
using Wanwu.Telemetry.Query;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Many;

/// <summary>Aggregates held against the same worked out in memory.</summary>
public sealed class BucketQuestionTests(Fleet fleet) : IClassFixture<Fleet>
{
    private static readonly HashSet<Quality> Counted = [.. BucketQuery.DefaultQualities];

    private static double? Of(string measure, IReadOnlyList<Known> rows) => measure switch
    {
        "count" => rows.Count,
        "avg" => rows.Average(row => row.Number),
        "min" => rows.Min(row => row.Number),
        "max" => rows.Max(row => row.Number),
        "sum" => rows.Sum(row => row.Number),
        "first" => rows.MinBy(row => row.Time).Number,
        "last" => rows.MaxBy(row => row.Time).Number,
        _ => Percentile([.. rows.Select(row => row.Number).Order()], double.Parse(measure[1..], CultureInfo.InvariantCulture) / 100),
    };

    private static double Percentile(double[] sorted, double share)
    {
        var at = share * (sorted.Length - 1);
        var (low, high) = (sorted[(int)Math.Floor(at)], sorted[(int)Math.Ceiling(at)]);
        return low + ((high - low) * (at - Math.Floor(at)));
    }

    private static void Same(IEnumerable<(string Line, IReadOnlyList<Known> Rows)> expected, string[] measures, List<JsonObject> actual)
    {
        var wanted = expected.ToList();
        Assert.Equal(wanted.Select(line => line.Line), actual.Select(Key));
        for (var i = 0; i < wanted.Count; i++)
            foreach (var measure in measures) Assert.Equal(Of(measure, wanted[i].Rows)!.Value, actual[i][measure]!.GetValue<double>(), 9);

        string Key(JsonObject row) => string.Join('|', row.Where(cell => !measures.Contains(cell.Key)).Select(cell => cell.Value?.ToString() ?? "null"));
    }

    private IEnumerable<Known> Rows => fleet.Rows.Where(row => Counted.Contains(row.Quality));

    private static string DayIn(Timestamp time, string zone)
    {
        var info = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var midnight = TimeZoneInfo.ConvertTime(time.ToDateTimeOffset(), info).Date;
        return Timestamp.From(new DateTimeOffset(midnight, info.GetUtcOffset(midnight))).ToString();
    }

    [Theory]
    [InlineData("Asia/Shanghai")]
    [InlineData("America/New_York")]
    public async Task Days_of_each_series_are_cut_in_the_zone(string zone)
    {
        string[] measures = ["avg", "min", "max", "count", "sum", "first", "last", "p50", "p95", "p99.9"];
        var expected = Rows.GroupBy(row => $"{row.Thing}|{row.Property}|{DayIn(row.Time, zone)}").Select(day => (day.Key, (IReadOnlyList<Known>)[.. day]));
        Same(expected, measures, await fleet.LinesAsync($"/buckets?every=1d&zone={zone}&aggregate={string.Join(',', measures)}"));
        var own = await fleet.LinesAsync("/buckets?every=1d&aggregate=count");
        if (zone == "Asia/Shanghai") Same(expected, ["count"], own);
    }

    [Fact]
    public async Task Without_buckets_there_is_one_row_a_series_and_no_time()
    {
        var from = Timestamp.Parse("2026-01-01T20:00:00Z");
        var expected = Rows.Where(row => row.Time >= from).GroupBy(row => $"{row.Thing}|{row.Property}").Select(line => (line.Key, (IReadOnlyList<Known>)[.. line]));
        Same(expected, ["avg", "min", "max", "count"], await fleet.LinesAsync($"/buckets?from={from}"));
    }

    [Theory]
    [InlineData("province")]
    [InlineData("city")]
    [InlineData("county")]
    [InlineData("organisation")]
    [InlineData("label:floor")]
    [InlineData("property")]
    [InlineData("province,organisation")]
    [InlineData("model")]
    public async Task Groups_put_the_observations_of_their_series_together(string by)
    {
        var things = fleet.Things.ToDictionary(thing => thing.Id);
        string Cell(string kind, Known row) => kind switch
        {
            "province" => things[row.Thing].Region[..2] + "0000",
            "city" => things[row.Thing].Region[..4] + "00",
            "county" => things[row.Thing].Region,
            "organisation" => things[row.Thing].Organisation,
            "label:floor" => things[row.Thing].Floor,
            _ => "null",
        };
        string Key(Known row) => string.Join('|', [.. by.Split(',').Where(kind => kind != "property").Select(kind => Cell(kind, row)), row.Property, DayIn(row.Time, "Asia/Shanghai")]);
        var expected = Rows.GroupBy(Key).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => (group.Key, (IReadOnlyList<Known>)[.. group])).ToList();
        Same(expected, ["avg", "count", "p95"], await fleet.LinesAsync($"/buckets?every=1d&group={by}&aggregate=avg,count,p95"));
    }

    [Fact]
    public async Task Parts_of_buckets_follow_one_another_by_cursor()
    {
        var all = (await fleet.LinesAsync("/buckets?every=6h&group=province,organisation&aggregate=max")).Select(row => row.ToJsonString()).ToList();
        var parts = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var part = await fleet.Administrator.ReadAsync($"/api/v1/observations/buckets?every=6h&group=province,organisation&aggregate=max&limit=7{(cursor.Length > 0 ? "&cursor=" : "")}{Uri.EscapeDataString(cursor)}");
            parts.AddRange(part["items"]!.AsArray().Select(row => row!.ToJsonString()));
            cursor = (string?)part["next"];
        }
        Assert.Equal(all, parts);
    }

    [Theory]
    [InlineData("every=2d", "every", "1s to 59s")]
    [InlineData("aggregate=median", "aggregate", "p99.9")]
    [InlineData("aggregate=p101", "aggregate", "percentile")]
    [InlineData("aggregate=p-1", "aggregate", "percentile")]
    [InlineData("aggregate=avg(n)", "aggregate", "percentile")]
    [InlineData("every=1h&zone=Mars/Olympus", "zone", "IANA")]
    [InlineData("group=planet", "group", "province")]
    [InlineData("group=label:", "group", "label:KEY")]
    public async Task A_wrong_parameter_is_named_with_the_rule(string query, string parameter, string rule)
    {
        var problem = await fleet.Administrator.ReadAsync($"/api/v1/observations/buckets?{query}", System.Net.HttpStatusCode.BadRequest);
        Assert.Contains(rule, problem["errors"]![parameter]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
