using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Query.Many;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Many;

public sealed class ChartQuestionTests(Fleet fleet) : IClassFixture<Fleet>
{
    private List<(long, double)> Numbers(string thing) =>
        [.. fleet.Rows.Where(row => row.Thing == thing && row.Property == "humidity" && BucketQuery.DefaultQualities.Contains(row.Quality)).Select(row => (row.Time.Microseconds, row.Number))];

    [Theory]
    [InlineData("minmax", 20)]
    [InlineData("lttb", 20)]
    [InlineData("lttb", 1_000)]
    [InlineData("minmax", 2)]
    public async Task Every_point_is_an_observation_and_there_are_no_more_than_asked_for(string method, int points)
    {
        var actual = (await fleet.LinesAsync($"/chart?property=humidity&method={method}&points={points}")).GroupBy(row => row.Text("thing")).ToDictionary(line => line.Key,
            line => line.Select(row => (Timestamp.Parse(row.Text("t")).Microseconds, row["value"]!.GetValue<double>())).ToList());
        Assert.Equal(fleet.Things.Count, actual.Count);
        foreach (var thing in fleet.Things)
        {
            var (all, kept) = (Numbers(thing.Id), actual[thing.Id]);
            Assert.Equal(kept, all.Intersect(kept).Order());
            Assert.True(kept.Count <= points);
            if (method == "minmax")
            {
                Assert.Contains(all.MaxBy(point => point.Item2), kept);
                Assert.Contains(all.MinBy(point => point.Item2), kept);
            }
            else
            {
                Assert.Equal(Math.Min(points, all.Count), kept.Count);
                Assert.Equal(Naive(all, points), kept);
            }
        }
    }

    [Fact]
    public async Task Parts_of_a_chart_follow_one_another_by_cursor()
    {
        var all = (await fleet.LinesAsync("/chart?points=30&method=lttb")).Select(row => row.ToJsonString()).ToList();
        var parts = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var part = await fleet.Administrator.ReadAsync($"/api/v1/observations/chart?points=30&method=lttb&limit=101{(cursor.Length > 0 ? "&cursor=" : "")}{Uri.EscapeDataString(cursor)}");
            parts.AddRange(part["items"]!.AsArray().Select(row => row!.ToJsonString()));
            cursor = (string?)part["next"];
        }
        Assert.Equal(all, parts);
    }

    /// <summary>A triangle's corner each time: of (1,1) (2,5) behind (0,0), with (3,0) (4,0) to come, (2,5) makes 17.5 against 3.5; then, behind that and before the end (5,2), (3,0) makes 12 against 9.</summary>
    [Fact]
    public void A_small_series_is_cut_down_as_by_hand()
    {
        var kept = new List<(long, double)>();
        var triangles = new LargestTriangles(6, 4, (time, value) => kept.Add((time, value)));
        foreach (var (time, value) in (ReadOnlySpan<(long, double)>)[(0, 0), (1, 1), (2, 5), (3, 0), (4, 0), (5, 2)]) triangles.Add(time, value);
        Assert.Equal([(0, 0), (2, 5), (3, 0), (5, 2)], kept);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 5)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(5, 4)]
    [InlineData(1_000, 3)]
    [InlineData(1_000, 7)]
    [InlineData(1_000, 998)]
    [InlineData(1_000, 999)]
    [InlineData(12_345, 500)]
    public void Points_that_come_one_by_one_are_chosen_as_from_an_array(int count, int points)
    {
        var random = new Random(count + points);
        var all = Enumerable.Range(0, count).Select(i => (Time: (i * 1_000L) + random.Next(500), Value: Math.Sin(i / 20.0) + random.NextDouble())).ToList();
        var kept = new List<(long, double)>();
        var triangles = new LargestTriangles(count, points, (time, value) => kept.Add((time, value)));
        foreach (var (time, value) in all) triangles.Add(time, value);
        Assert.Equal(Naive(all, points), kept);
        Assert.Equal(Math.Min(count, points), kept.Count);
    }

    /// <summary>The algorithm as it was published, over an array.</summary>
    private static List<(long, double)> Naive(IReadOnlyList<(long Time, double Value)> all, int points)
    {
        if (all.Count <= points) return [.. all];
        if (points == 2) return [all[0], all[^1]];
        var every = (all.Count - 2.0) / (points - 2);
        var kept = new List<(long Time, double Value)> { all[0] };
        for (var i = 0; i < points - 2; i++)
        {
            var (start, end) = ((int)Math.Floor((i + 1) * every) + 1, Math.Min((int)Math.Floor((i + 2) * every) + 1, all.Count));
            var next = all.Skip(start).Take(end - start).ToList();
            var (x, y, a) = (next.Average(point => (double)(point.Time - kept[^1].Time)), next.Average(point => point.Value), kept[^1]);
            var from = (int)Math.Floor(i * every) + 1;
            kept.Add(all.Skip(from).Take(start - from).MaxBy(point => Math.Abs((-x * (point.Value - a.Value)) - ((a.Time - point.Time) * (y - a.Value)))));
        }
        kept.Add(all[^1]);
        return kept;
    }
}
