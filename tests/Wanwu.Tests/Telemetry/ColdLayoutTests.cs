using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Cold;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

/// <summary>The file that shows what version 1 of the cold tier looks like, read as a stranger reads it: by a DuckDB that knows nothing of the platform.</summary>
public sealed class ColdLayoutTests
{
    private static readonly ThingId Thing = ThingId.Parse("01jge3xk0067a8yd7p9v5qn4h2");
    private static readonly Timestamp Noon = Timestamp.Parse("2025-12-24T12:00:00.000123Z");

    private static string Golden => Repository.File("tests", "Wanwu.Tests", "Telemetry", "Golden", "cold-v1.parquet");

    private const string Expected = """
        1 | p0 | 2025-12-24 12:00:00.000123 | 2026-01-01 00:00:00 | 0 | 0 | - | - | - | -
        2 | p1 | 2025-12-24 11:59:59.000123 | 2026-01-01 00:00:00 | 1 | 1 | 21.5 | - | - | -
        3 | p2 | 2025-12-24 11:59:58.000123 | 2026-01-01 00:00:00 | 2 | 2 | -42.0 | - | - | -
        4 | p3 | 2025-12-24 11:59:57.000123 | 2026-01-01 00:00:00 | 3 | 3 | 1.0 | - | - | -
        5 | p4 | 2025-12-24 11:59:56.000123 | 2026-01-01 00:00:00 | 4 | 4 | - | - | - | 萬物有序
        6 | p5 | 2025-12-24 11:59:55.000123 | 2026-01-01 00:00:00 | 5 | 5 | 39.9042 | 116.4074 | - | -
        7 | p6 | 2025-12-24 11:59:54.000123 | 2026-01-01 00:00:00 | 6 | 6 | - | - | - | {"a":[1,2]}
        8 | p7 | 2025-12-24 11:59:51.000123 | 2026-01-01 00:00:00 | 8 | 2 | -9.223372036854776e+18 | - | -9223372036854775807 | -
        8 | p7 | 2025-12-24 11:59:53.000123 | 2026-01-01 00:00:00 | 7 | 2 | 9007199254740992.0 | - | 9007199254740993 | -
        """;

    /// <summary>Every kind of value, most qualities; written out of order.</summary>
    private static async Task<byte[]> WriteAsync()
    {
        await using var rig = new TelemetryRig();
        Value[] values =
        [
            Value.None, Value.OfNumber(21.5), Value.OfInteger(-42), Value.OfBoolean(true), Value.OfText("萬物有序"), Value.OfPoint(39.9042, 116.4074), Value.OfObject("""{"a":[1,2]}"""),
            Value.OfInteger((1L << 53) + 1),
        ];
        var result = default(AppendResult);
        for (var i = 0; i < values.Length; i++)
            result = rig.Append(Thing, rig.Observe(Thing, $"p{i}", values[i], new Timestamp(Noon.Microseconds - i * 1_000_000), (Quality)i));
        await rig.CommitAsync(rig.Append(Thing, rig.Observe(Thing, "p7", Value.OfInteger(-long.MaxValue), new Timestamp(Noon.Microseconds - 9_000_000), Quality.Missing)));
        await rig.CompactAsync();
        return await File.ReadAllBytesAsync(Assert.Single(ColdFiles.List(rig.Cold.Folder)), TestContext.Current.CancellationToken);
    }

    private static List<string> Ask(string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(string.Join(" | ", Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "-" : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        return rows;
    }

    private static string Rows(string path) => string.Join('\n', Ask($"""
        SELECT series, property, make_timestamp(epoch_us(t))::VARCHAR, make_timestamp(epoch_us(t) + delay)::VARCHAR, quality, kind, number::VARCHAR, number2::VARCHAR, integer, text
        FROM read_parquet('{path}') WHERE thing = '{Thing}'
        """));

    private static List<string> Layout(string path) =>
    [
        .. Ask($"SELECT name, type, converted_type, logical_type FROM parquet_schema('{path}') WHERE type IS NOT NULL"),
        .. Ask($"SELECT DISTINCT compression FROM parquet_metadata('{path}')"),
        .. Ask($"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{path}') ORDER BY 1"),
        .. Ask($"SELECT path_in_schema, stats_min_value, stats_max_value FROM parquet_metadata('{path}') WHERE path_in_schema IN ('series', 't') ORDER BY 1"),
    ];

    [Fact]
    public async Task What_is_written_today_reads_as_what_was_written_then()
    {
        var written = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            await File.WriteAllBytesAsync(written, await WriteAsync(), TestContext.Current.CancellationToken);
            Assert.Equal(Expected, Rows(written));
            Assert.Equal(Expected, Rows(Golden));
            Assert.Equal(Layout(Golden), Layout(written));
        }
        finally
        {
            File.Delete(written);
        }
    }

    [Fact]
    public void The_layout_is_the_one_that_is_documented()
    {
        var document = File.ReadAllText(Repository.File("docs", "formats", "cold.md"));
        Assert.All(Ask($"SELECT column_name FROM (DESCRIBE FROM read_parquet('{Golden}'))"), column => Assert.Contains($"| `{column}` |", document, StringComparison.Ordinal));
        Assert.Equal("wanwu.cold | 1", Layout(Golden).Single(line => line.StartsWith("wanwu.cold", StringComparison.Ordinal)));
        foreach (var quality in Enum.GetValues<Quality>()) Assert.Contains($"{(int)quality} {QualityNames.NameOf(quality)}", document, StringComparison.Ordinal);
    }
}
