using System.Net;
using Wanwu.Telemetry.Query;

namespace Wanwu.Tests.Telemetry.Many;

public sealed class TopQuestionTests(Fleet fleet) : IClassFixture<Fleet>
{
    private IEnumerable<Known> Rows => fleet.Rows.Where(row => BucketQuery.DefaultQualities.Contains(row.Quality));

    [Theory]
    [InlineData("top", "max")]
    [InlineData("bottom", "avg")]
    [InlineData("top", "p95")]
    public async Task The_first_series_of_each_day_come_in_order_of_their_rank(string end, string by)
    {
        static string Day(Known row) => row.Time.ToString()[..10];
        double Of(IEnumerable<Known> rows) => by switch
        {
            "max" => rows.Max(row => row.Number),
            "avg" => rows.Average(row => row.Number),
            _ => Percentile95([.. rows.Select(row => row.Number).Order()]),
        };
        var expected = Rows.GroupBy(Day).OrderBy(day => day.Key).SelectMany(day => day.GroupBy(row => (row.Thing, row.Property)).Select(line => (line.Key, Value: Of(line)))
            .OrderBy(line => end == "top" ? -line.Value : line.Value).Take(5).Select((line, i) => (Day: day.Key, Rank: i + 1, line.Key.Thing, line.Key.Property, line.Value)));
        var actual = await fleet.LinesAsync($"/buckets?every=1d&zone=UTC&aggregate=count,{by}&{end}=5&by={by}");
        Assert.Equal(expected.Select(row => (row.Day, row.Rank, row.Thing, row.Property, Math.Round(row.Value, 9))),
            actual.Select(row => (row.Text("t")[..10], (int)row["rank"]!.GetValue<double>(), row.Text("thing"), row.Text("property"), Math.Round(row[by]!.GetValue<double>(), 9))));
    }

    private static double Percentile95(double[] sorted)
    {
        var at = 0.95 * (sorted.Length - 1);
        return sorted[(int)at] + ((sorted[Math.Min((int)at + 1, sorted.Length - 1)] - sorted[(int)at]) * (at - (int)at));
    }

    [Fact]
    public async Task Groups_are_ranked_over_all_of_the_time()
    {
        var actual = await fleet.LinesAsync("/buckets?property=humidity&group=county&aggregate=sum&top=2");
        var regions = fleet.Things.ToDictionary(thing => thing.Id, thing => thing.Region);
        var expected = Rows.Where(row => row.Property == "humidity").GroupBy(row => regions[row.Thing]).Select(group => (group.Key, Sum: group.Sum(row => row.Number))).OrderByDescending(group => group.Sum).Take(2);
        Assert.Equal(expected.Select(group => group.Key), actual.Select(row => row.Text("county")));
        Assert.Equal(["rank", "county", "property", "sum"], actual[0].Select(cell => cell.Key));
    }

    [Theory]
    [InlineData("top=0", "top", "1 to 10000")]
    [InlineData("top=3&bottom=3", "bottom", "beside top=")]
    [InlineData("by=max", "by", "top= or bottom=")]
    [InlineData("top=3&by=sum", "by", "avg, min, max, count")]
    [InlineData("top=3&limit=5", "limit", "bound the answer themselves")]
    public async Task A_wrong_parameter_is_named_with_the_rule(string query, string parameter, string rule)
    {
        var problem = await fleet.Administrator.ReadAsync($"/api/v1/observations/buckets?{query}", HttpStatusCode.BadRequest);
        Assert.Contains(rule, problem["errors"]![parameter]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
