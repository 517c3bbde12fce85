using System.Net;
using System.Text.Json.Nodes;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Many;

/// <summary>Days of things in several zones.</summary>
public sealed class OwnZoneTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static string DayIn(Timestamp time, string zone)
    {
        var info = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var midnight = TimeZoneInfo.ConvertTime(time.ToDateTimeOffset(), info).Date;
        return Timestamp.From(new DateTimeOffset(midnight, info.GetUtcOffset(midnight))).ToString();
    }

    private async Task<JsonArray> ItemsAsync(string query) => (await wanwu.Administrator.ReadAsync($"/api/v1/observations/buckets?property=level&{query}"))["items"]!.AsArray();

    [Fact]
    public async Task Without_a_zone_days_are_those_of_each_thing_and_what_is_put_together_needs_one()
    {
        string[] zones = ["Asia/Shanghai", "Europe/Berlin"];
        var own = new List<(string Id, string Zone, List<(Timestamp Time, double Number, Quality Quality)> Rows)>();
        foreach (var zone in zones)
        {
            var thing = await wanwu.Administrator.CreateAsync("/api/v1/things", new JsonObject { ["name"] = zone, ["timeZone"] = zone, ["labels"] = new JsonObject { ["own"] = "zone" } }.ToJsonString());
            List<(Timestamp, double, Quality)> rows = [.. Enumerable.Range(0, 60).Select(i => (new Timestamp(Fleet.From.Microseconds + i * 3_600_000_000L), (double)i, Quality.Good))];
            await Fleet.ReportAsync(wanwu, thing.Text("id"), "level", rows);
            own.Add((thing.Text("id"), zone, rows));
        }
        var expected = own.SelectMany(one => one.Rows.GroupBy(row => DayIn(row.Time, one.Zone)).Select(day => $"{one.Id} {day.Key} {day.Count()} {day.Max(row => row.Number)}")).ToList();
        static string Text(JsonNode? row) => $"{row!["thing"]} {row["t"]} {row["count"]} {row["max"]}";
        Assert.Equal(expected, (await ItemsAsync("every=1d&aggregate=count,max")).Select(Text));
        var parts = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var part = await wanwu.Administrator.ReadAsync($"/api/v1/observations/buckets?property=level&every=1d&aggregate=count,max&limit=1{(cursor.Length > 0 ? "&cursor=" : "")}{Uri.EscapeDataString(cursor)}");
            parts.AddRange(part["items"]!.AsArray().Select(Text));
            cursor = (string?)part["next"];
        }
        Assert.Equal(expected, parts);
        foreach (var together in (string[])["group=property", "top=1"])
        {
            var problem = await wanwu.Administrator.ReadAsync($"/api/v1/observations/buckets?property=level&every=1d&{together}", HttpStatusCode.BadRequest);
            Assert.Contains("Asia/Shanghai, Europe/Berlin", problem["errors"]!["zone"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        }
        Assert.Equal([120d], (await ItemsAsync("group=property&aggregate=count")).Select(row => row!["count"]!.GetValue<double>()));
    }
}
