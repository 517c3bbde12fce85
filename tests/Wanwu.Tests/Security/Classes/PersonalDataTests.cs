using System.Net;
using System.Text.Json.Nodes;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Security.Classes;

/// <summary>What of somebody is there is found and taken out, by whoever has a purpose and a legal basis for it; times that are coarsened stay coarse.</summary>
public sealed class PersonalDataTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static IEnumerable<string> Properties(JsonNode answer) => answer["items"]!.AsArray().Select(row => row!.Text("property")).Order();

    [Fact]
    public async Task Personal_values_are_found_by_thing_and_by_what_they_say()
    {
        var (one, other) = (await Classified.MakeAsync(wanwu), await Classified.MakeAsync(wanwu));
        await one.ReportAsync(wanwu.Administrator);
        var (client, _) = await Classified.ProgramAsync(wanwu.Server, Role.Viewer, Classified.Everything);
        var (without, _) = await Classified.ProgramAsync(wanwu.Server, Role.Viewer, GrantSight.Usual);
        using (client) using (without)
        {
            var found = await client.ReadAsync($"/api/v1/observations/personal?thing={one.Id}");
            Assert.Equal(["card", "name", "place"], Properties(found));
            Assert.All(found["items"]!.AsArray(), row => Assert.Equal((2.0, row!.Text("property") == "place", "internal"), (row!["count"]!.GetValue<double>(), row["sensitive"]!.GetValue<bool>(), row.Text("dataClass"))));
            var byValue = await client.ReadAsync($"/api/v1/observations/personal?value={other.Card}");
            Assert.Equal((other.Id, "card"), (byValue["items"]![0]!.Text("thing"), byValue["items"]![0]!.Text("property")));
            Assert.Single(byValue["items"]!.AsArray());
            Assert.Empty((await client.ReadAsync($"/api/v1/observations/personal?value={other.Word}"))["items"]!.AsArray());
            Assert.Empty((await without.ReadAsync($"/api/v1/observations/personal?value={other.Card}"))["items"]!.AsArray());
            Assert.Empty((await without.ReadAsync($"/api/v1/observations/personal?thing={other.Id}"))["items"]!.AsArray());
        }
    }

    [Fact]
    public async Task Personal_values_alone_are_exported()
    {
        var thing = await Classified.MakeAsync(wanwu);
        var (client, _) = await Classified.ProgramAsync(wanwu.Server, Role.Viewer, Classified.Everything);
        using (client)
        {
            var csv = await client.GetStringAsync($"/api/v1/observations/export?thing={thing.Id}&personal=true", Stop);
            Assert.Equal(4, csv.Trim().Split('\n').Length);
            Assert.Contains(thing.Card, csv, StringComparison.Ordinal);
            Assert.DoesNotContain(thing.Word, csv, StringComparison.Ordinal);
            await client.ReadAsync($"/api/v1/observations?thing={thing.Id}&personal=no", HttpStatusCode.BadRequest);
        }
    }

    [Fact]
    public async Task A_history_whose_times_are_coarsened_tells_one_rounded_value_for_each_stretch_whatever_is_asked()
    {
        var thing = await Classified.MakeAsync(wanwu);
        foreach (var time in (string[])["2026-03-01T10:07:11Z", "2026-03-01T10:42:59Z", "2026-03-01T11:30:00Z", "2026-03-01T13:59:59Z"]) await thing.ReportAsync(wanwu.Administrator, time);
        var (client, _) = await Classified.ProgramAsync(wanwu.Server, Role.Viewer, GrantSight.Usual);
        using (client)
        {
            var address = $"/api/v1/things/{thing.Id}/series/slow";
            const string hours = "2026-03-01T10:00:00Z 2026-03-01T11:00:00Z 2026-03-01T13:00:00Z";
            Assert.Equal(hours, Times(await client.ReadAsync($"{address}?to=2026-03-02T00:00:00Z")));
            // Bounds within a stretch move to its beginning: they cannot be drawn in until they tell when.
            Assert.Equal("2026-03-01T10:00:00Z", Times(await client.ReadAsync($"{address}?from=2026-03-01T10:42:58Z&to=2026-03-01T11:29:59Z")));
            Assert.Equal("", Times(await client.ReadAsync($"{address}?from=2026-03-01T10:07:11Z&to=2026-03-01T10:42:00Z")));
            foreach (var order in (string[])["asc", "desc"])
            {
                var (seen, cursor) = (new List<string>(), "");
                do
                {
                    var page = await client.ReadAsync($"{address}?to=2026-03-02T00:00:00Z&limit=1&order={order}{cursor}");
                    seen.AddRange(Times(page).Split(' ', StringSplitOptions.RemoveEmptyEntries));
                    cursor = page["next"] is { } next ? $"&cursor={Uri.EscapeDataString(next.GetValue<string>())}" : "";
                }
                while (cursor.Length > 0);
                Assert.Equal(hours, string.Join(' ', seen.Order()));
            }
            // The report of just now is in a stretch that is not over.
            Assert.Equal(hours, Times(await client.ReadAsync(address)));
        }

        static string Times(JsonNode page) => string.Join(' ', page["items"]!.AsArray().Select(row => row!.Text("t")).Order());
    }

    [Fact]
    public async Task A_series_that_is_not_seen_at_all_says_why()
    {
        var thing = await Classified.MakeAsync(wanwu);
        var (client, _) = await Classified.ProgramAsync(wanwu.Server, Role.Viewer, GrantSight.Usual);
        using (client)
        {
            Assert.Contains("core", (await client.ReadAsync($"/api/v1/things/{thing.Id}/series/word", HttpStatusCode.Forbidden)).Text("detail"), StringComparison.Ordinal);
            Assert.Contains("personal", (await client.ReadAsync($"/api/v1/things/{thing.Id}/series/name?every=1h", HttpStatusCode.Forbidden)).Text("detail"), StringComparison.Ordinal);
            await client.ReadAsync($"/api/v1/things/{thing.Id}/series/name");
        }
    }
}
