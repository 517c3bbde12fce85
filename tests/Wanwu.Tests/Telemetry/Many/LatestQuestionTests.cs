using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Many;

public sealed class LatestQuestionTests(Fleet fleet) : IClassFixture<Fleet>
{
    private async Task IsAsync(string query, IEnumerable<Known> among)
    {
        var expected = among.GroupBy(row => (row.Thing, row.Property)).Select(line => line.MaxBy(row => row.Time)).Select(row => (row.Thing, row.Property, row.Time.ToString(), row.Number));
        var actual = await fleet.LinesAsync($"/latest{query}");
        Assert.Equal(expected, actual.Select(row => (row.Text("thing"), row.Text("property"), row.Text("t"), row["value"]!.GetValue<double>())));
    }

    [Fact]
    public Task Now_it_is_what_is_known_last() => IsAsync("", fleet.Rows);

    [Theory]
    [InlineData("2026-01-03T23:59:59Z")]
    [InlineData("2026-01-02T12:00:00Z")]
    [InlineData("2026-01-01T06:00:00Z")]
    [InlineData("2026-01-01T00:10:00Z")]
    [InlineData("2025-12-31T00:00:00Z")]
    public Task At_a_time_it_is_what_was_measured_last_by_then(string at) => IsAsync($"?at={at}", fleet.Rows.Where(row => row.Time <= Timestamp.Parse(at)));

    [Fact]
    public async Task The_time_itself_counts_and_nothing_older_than_from()
    {
        var row = fleet.Rows[40];
        await IsAsync($"?thing={row.Thing}&property={row.Property}&at={row.Time}", [row]);
        await IsAsync("?at=2026-01-02T12:00:00Z&from=2026-01-02T11:00:00Z", fleet.Rows.Where(known => known.Time >= Timestamp.Parse("2026-01-02T11:00:00Z") && known.Time <= Timestamp.Parse("2026-01-02T12:00:00Z")));
    }

    [Fact]
    public Task Of_a_quality_it_is_the_latest_of_that_quality() => IsAsync("?quality=fault", fleet.Rows.Where(row => row.Quality == Quality.Fault));

    [Fact]
    public async Task Parts_follow_one_another_by_cursor()
    {
        var all = (await fleet.LinesAsync("/latest?at=2026-01-02T12:00:00Z")).Select(row => row.ToJsonString()).ToList();
        var parts = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var part = await fleet.Administrator.ReadAsync($"/api/v1/observations/latest?at=2026-01-02T12:00:00Z&limit=5{(cursor.Length > 0 ? "&cursor=" : "")}{Uri.EscapeDataString(cursor)}");
            parts.AddRange(part["items"]!.AsArray().Select(row => row!.ToJsonString()));
            cursor = (string?)part["next"];
        }
        Assert.Equal(all, parts);
    }
}
