using System.Net;
using System.Text.Json.Nodes;
using DuckDB.NET.Data;
using Parquet;
using Parquet.Schema;

namespace Wanwu.Tests.Connect.Imports;

/// <summary>Parquet files as others write them: their types, times with and without a zone, dictionaries and nothing where there is nothing.</summary>
public sealed class ImportParquetTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-parquet-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private HttpClient Http => wanwu.Administrator;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A file that DuckDB writes of a query.</summary>
    private async Task<byte[]> WrittenAsync(string query)
    {
        var path = Path.Combine(_folder, $"{Guid.NewGuid():N}.parquet");
        await using var connection = new DuckDBConnection("DataSource=:memory:");
        await connection.OpenAsync(Stop);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // A query of the test's own.
        command.CommandText = $"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)";
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Stop);
        return await File.ReadAllBytesAsync(path, Stop);
    }

    private async Task<JsonNode> ImportAsync(byte[] file, string? mapping)
    {
        using var body = new ByteArrayContent(file);
        using var answer = await Http.PostAsync("/api/v1/imports?name=table.parquet", body, Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, text);
        var id = JsonNode.Parse(text)!.Text("id");
        await Http.CallAsync(HttpMethod.Post, $"/api/v1/imports/{id}/start", mapping, HttpStatusCode.Accepted);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (await timer.WaitForNextTickAsync(Stop))
        {
            var view = await Http.ReadAsync($"/api/v1/imports/{id}");
            if (view.Text("state") is not ("waiting" or "running")) return view;
        }
        throw new InvalidOperationException("The timer ended.");
    }

    private async Task<string> SeriesAsync(string thing, string property) => string.Join(' ',
        (await Http.ReadAsync($"/api/v1/things/{thing}/series/{property}"))["items"]!.AsArray().Select(item => $"{item!.Text("t")}={item!["value"]?.ToJsonString() ?? "null"}"));

    private async Task<string> ThingAsync() => (await Http.CreateAsync("/api/v1/things", """{"name":"Parquet"}""")).Text("id");

    [Theory]
    [InlineData("TIMESTAMP_S", "2026-01-01T00:00:00Z")]
    [InlineData("TIMESTAMP_MS", "2026-01-01T00:00:00.123Z")]
    [InlineData("TIMESTAMP", "2026-01-01T00:00:00.123456Z")]
    [InlineData("TIMESTAMP_NS", "2026-01-01T00:00:00.123456Z")]
    [InlineData("TIMESTAMPTZ", "2026-01-01T08:00:00.123456Z")]
    public async Task Every_type_of_a_column_comes_as_it_is(string type, string time)
    {
        var thing = await ThingAsync();
        // Without a zone a time is the mapping's, here that of China.
        var file = await WrittenAsync($"""
            SELECT '2026-01-01 08:00:00.123456'::{type} AS time, 9007199254740993::BIGINT AS big, 7::INTEGER AS small, 1.5::FLOAT AS single, 0.1::DOUBLE AS double, 12.345::DECIMAL(10,3) AS exact,
                true AS flag, 'on'::VARCHAR AS word, 'b'::ENUM('a', 'b') AS category, NULL::DOUBLE AS nothing
            """);
        var columns = string.Join(',', ((string[])["big", "small", "single", "double", "exact", "flag", "word", "category", "nothing"]).Select(name => $$"""{"column":"{{name}}","property":"{{name}}"}"""));
        var view = await ImportAsync(file, $$"""{"thing":"{{thing}}","time":["time"],"zone":"Asia/Shanghai","columns":[{{columns}}]}""");
        Assert.Equal(("done", 8, 0, 1), (view.Text("state"), (int)view["progress"]!["accepted"]!, (int)view["progress"]!["refused"]!, (int)view["progress"]!["empty"]!));
        foreach (var (property, value) in ((string, string)[])[("big", "9007199254740993"), ("small", "7"), ("single", "1.5"), ("double", "0.1"), ("exact", "12.345"), ("flag", "true"), ("word", "\"on\""), ("category", "\"b\"")])
            Assert.Equal($"{time}={value}", await SeriesAsync(thing, property));
    }

    [Fact]
    public async Task Instants_of_nanoseconds_and_names_in_a_dictionary_are_read()
    {
        var thing = await ThingAsync();
        var fields = new ParquetSchema(new DataField<string>("thing", true), new DateTimeDataField("time", DateTimeFormat.Timestamp, isAdjustedToUTC: true, unit: DateTimeTimeUnit.Nanos, isNullable: false), new DataField<double>("level", true));
        using var file = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(fields, file, cancellationToken: Stop))
        {
            using var group = writer.CreateRowGroup();
            var first = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddTicks(1_234_560);
            await group.WriteAsync(fields.DataFields[0], new[] { thing, thing, thing });
            await group.WriteAsync<DateTime>(fields.DataFields[1], new[] { first, first.AddHours(1), first.AddHours(2) }, cancellationToken: Stop);
            await group.WriteAsync<double>(fields.DataFields[2], (ReadOnlyMemory<double?>)new double?[] { 1, null, 3 }, cancellationToken: Stop);
        }
        var view = await ImportAsync(file.ToArray(), null);
        Assert.Equal(("done", 2, 1), (view.Text("state"), (int)view["progress"]!["accepted"]!, (int)view["progress"]!["empty"]!));
        Assert.Equal("2026-01-01T00:00:00.123456Z=1 2026-01-01T02:00:00.123456Z=3", await SeriesAsync(thing, "level"));
    }
}
