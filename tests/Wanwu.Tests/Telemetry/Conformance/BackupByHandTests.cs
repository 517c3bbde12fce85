using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Conformance;

/// <summary>A backup's folder and any DuckDB are enough: what it answers over the Parquet files is what the server answers over HTTP.</summary>
public sealed class BackupByHandTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private const string Zone = "Europe/Berlin";
    private static readonly DateTimeOffset Base = new(2025, 2, 20, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] Properties = ["temperature", "濕度"];
    private readonly HttpClient _client = wanwu.Administrator;

    /// <summary>Three quarters of a year with both changes of clocks in it; then late ones, repeated ones, other qualities, a text, and a correction.</summary>
    private async Task<string[]> FillAsync()
    {
        var random = new Random(7);
        string[] things = [await CreateAsync("one"), await CreateAsync("two")];
        foreach (var round in Enumerable.Range(0, 3))
        {
            foreach (var thing in things)
            {
                var reports = Enumerable.Range(0, 700).Select(_ => Report(random, Base.AddMinutes(15 * random.Next(0, 4 * 24 * 270))));
                await _client.CallAsync(HttpMethod.Post, $"/api/v1/things/{thing}/report", $"[{string.Join(',', reports)}]", HttpStatusCode.Accepted);
            }
            if (round < 2) await CompactAsync();
        }
        await _client.CallAsync(HttpMethod.Post, $"/api/v1/things/{things[0]}/properties/temperature/corrections",
            """{"reason":"too low","from":"2025-06-01T00:00:00Z","to":"2025-07-01T00:00:00Z","only":["good"],"offset":100}""", HttpStatusCode.Created);
        await CompactAsync();
        return things;
    }

    private async Task CompactAsync()
    {
        await wanwu.Server.Get<StoreLoader>().LoadedAsync(TestContext.Current.CancellationToken);
        await _client.CallAsync(HttpMethod.Post, "/api/v1/compact");
    }

    private static string Report(Random random, DateTimeOffset time)
    {
        var value = random.Next(40) == 0 ? "\"none\"" : (random.Next(-2_000, 4_000) / 100.0).ToString(CultureInfo.InvariantCulture);
        var quality = QualityNames.NameOf((Quality)(random.Next(8) == 0 ? random.Next(7) : 0));
        return string.Create(CultureInfo.InvariantCulture, $$"""{"t":"{{time:yyyy-MM-dd'T'HH:mm:ss'Z'}}","values":{"{{Properties[random.Next(2)]}}":{{value}}},"quality":"{{quality}}"}""");
    }

    private async Task<string> CreateAsync(string name) => (await _client.CreateAsync("/api/v1/things", $$"""{"name":"{{name}}","timeZone":"{{Zone}}"}""")).Text("id");

    private async Task<string> BackUpAsync()
    {
        var backup = (await _client.CallAsync(HttpMethod.Post, "/api/v1/backups"))!;
        return Path.Combine(backup.Text("folder"), "cold");
    }

    private static List<object?[]> Ask(string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<object?[]>();
        while (reader.Read()) rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))]);
        return rows;
    }

    private async Task<List<JsonNode>> PagesAsync(string path)
    {
        var items = new List<JsonNode>();
        for (var cursor = ""; ;)
        {
            var page = await _client.ReadAsync(path + cursor);
            items.AddRange(page["items"]!.AsArray().Select(item => item!));
            if (page["next"]?.GetValue<string>() is not { } next) return items;
            cursor = $"&cursor={next}";
        }
    }

    [Fact]
    public async Task Rows_days_and_hours_of_a_backup_asked_by_hand_are_the_servers_answers()
    {
        var things = await FillAsync();
        var cold = await BackUpAsync();
        var rows = $"read_parquet('{cold}/2025/*.parquet')";
        var account = await _client.ReadAsync("/api/v1/account");
        Assert.Equal(account["stored"]!.GetValue<long>(), (long)Ask($"SELECT count(*) FROM {rows}")[0][0]!);
        foreach (var thing in things)
        {
            foreach (var property in Properties)
            {
                var of = $"{rows} WHERE thing = '{thing}' AND property = '{property}'";
                await AssertRowsAsync(thing, property, of);
                await AssertBucketsAsync(thing, property, of, $"epoch_us(timezone('{Zone}', date_trunc('day', timezone('{Zone}', t))))", "1d");
                // The zone's hours are those of UTC; cut by its clock, the hour that comes twice in autumn would be one.
                await AssertBucketsAsync(thing, property, of, "epoch_us(t) // 3600000000 * 3600000000", "1h");
            }
        }
    }

    private async Task AssertRowsAsync(string thing, string property, string of)
    {
        var told = (await PagesAsync($"/api/v1/things/{thing}/series/{property}?limit=500")).Select(item => (item.Text("t"), item["value"]!.ToString(), item.Text("quality")));
        var read = Ask($"SELECT strftime(make_timestamp(epoch_us(t)), '%Y-%m-%dT%H:%M:%SZ'), coalesce(text, number::VARCHAR), quality::INTEGER FROM {of} ORDER BY t");
        Assert.Equal(read.Select(row => ((string)row[0]!, Plain((string)row[1]!), QualityNames.NameOf((Quality)(int)row[2]!))), told.Select(row => (row.Item1, Plain(row.Item2), row.Item3)));
    }

    private static string Plain(string value) => double.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number.ToString("R", CultureInfo.InvariantCulture) : value;

    private async Task AssertBucketsAsync(string thing, string property, string of, string start, string every)
    {
        var good = string.Join(',', BucketQuery.DefaultQualities.Select(quality => (int)quality));
        var read = Ask($"""
            SELECT {start} AS start, count(number)::DOUBLE, avg(number), min(number), max(number), sum(number)
            FROM {of} AND quality IN ({good}) AND number IS NOT NULL GROUP BY 1 ORDER BY 1
            """);
        var told = (await PagesAsync($"/api/v1/things/{thing}/series/{property}?every={every}&zone={Zone}&aggregate=count,avg,min,max,sum&limit=400"))
            .Where(item => item["avg"] is not null).ToList();
        Assert.Equal(read.Select(row => (long)row[0]!), told.Select(item => Timestamp.Parse(item.Text("t")).Microseconds));
        foreach (var (row, item) in read.Zip(told))
            foreach (var (column, name) in new[] { (2, "avg"), (3, "min"), (4, "max"), (5, "sum") })
                Assert.Equal((double)row[column]!, item[name]!.GetValue<double>(), 1e-6);
    }
}
