using System.Data.SqlTypes;
using System.Net;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using DuckDB.NET.Data;

namespace Wanwu.Tests.Telemetry.Sql;

/// <summary>Answers in Arrow and Parquet: columns of any type, what is null at any depth, many portions; read back by others' readers.</summary>
public sealed class SqlFormTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private const string Everything = """
        SELECT i AS whole, i::TINYINT AS tiny, i::UBIGINT AS large, sum(i) OVER (ORDER BY i) AS huge, CASE WHEN i <> 1 THEN (i / 4)::DECIMAL(10, 2) END AS price, -12345678901234567890.123456::DECIMAL(38, 6) AS wide,
            i % 2 = 0 AS even, CASE WHEN i <> 1 THEN i / 2 END AS half, 'nan'::DOUBLE AS nothing, CASE WHEN i <> 1 THEN 'é 萬 ' || i END AS text, DATE '1969-12-31' AS day, TIME '12:00:01.5' AS clock,
            TIMESTAMPTZ '2026-01-02 03:04:05.678901Z' AS instant, TIMESTAMP '2026-01-02 03:04:05.678901' AS local, CASE WHEN i <> 1 THEN INTERVAL '1 month 2 days 3.5 seconds' END AS gap, NULL AS none,
            CASE i WHEN 0 THEN [] WHEN 1 THEN NULL ELSE [i, NULL, 9] END AS list, [[1, NULL], NULL, []] AS lists, CASE WHEN i <> 1 THEN {'a': i, 'b': ['x', NULL], 'c': NULL} END AS struct,
            CASE i WHEN 0 THEN MAP {} ELSE MAP {'k': i, 'n': NULL} END AS map, [{'p': 1.5::DOUBLE}, NULL, {'p': NULL}] AS structs, 'twice' AS text
        FROM range(3) t(i) ORDER BY i
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<byte[]> AskAsync(string sql, string format, int limit = 100_000)
    {
        using var answer = await wanwu.Administrator.SendAsync(HttpMethod.Post, $"/api/v1/sql?format={format}", $$"""{"sql":{{JsonSerializer.Serialize(sql)}},"limit":{{limit}}}""");
        var bytes = await answer.Content.ReadAsByteArrayAsync(Stop);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, System.Text.Encoding.UTF8.GetString(bytes));
        return bytes;
    }

    /// <summary>What DuckDB reads of a Parquet file, as JSON text.</summary>
    private static async Task<List<string>> ParquetAsync(byte[] bytes, string select)
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.parquet");
        await File.WriteAllBytesAsync(path, bytes, Stop);
        try
        {
            using var connection = new DuckDBConnection("DataSource=:memory:");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"SET TimeZone = 'UTC'; {string.Format(System.Globalization.CultureInfo.InvariantCulture, select, $"read_parquet('{path}')")}";
            using var reader = command.ExecuteReader();
            var rows = new List<string>();
            while (reader.Read()) rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue)));
            return rows;
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Parquet_holds_every_type_and_what_is_null_in_it()
    {
        var bytes = await AskAsync(Everything, "parquet");
        Assert.Equal(
            ["whole BIGINT", "tiny TINYINT", "large UBIGINT", "huge DECIMAL(38,0)", "price DECIMAL(10,2)", "wide DECIMAL(38,6)", "even BOOLEAN", "half DOUBLE", "nothing DOUBLE", "text VARCHAR", "day DATE", "clock VARCHAR",
                "instant TIMESTAMP WITH TIME ZONE", "local TIMESTAMP", "gap VARCHAR", "none INTEGER", "list BIGINT[]", "lists INTEGER[][]", "struct STRUCT(a BIGINT, b VARCHAR[], c INTEGER)", "map MAP(VARCHAR, BIGINT)",
                "structs STRUCT(p DOUBLE)[]", "text_2 VARCHAR"],
            await ParquetAsync(bytes, "SELECT column_name || ' ' || column_type FROM (DESCRIBE FROM {0})"));
        const string same = "-12345678901234567890.123456";
        const string after = "\"lists\":[[1,null],null,[]]";
        var rows = await ParquetAsync(bytes, "SELECT to_json(t)::VARCHAR FROM {0} t");
        Assert.Equal(3, rows.Count);
        foreach (var row in rows) Assert.Contains(after, row, StringComparison.Ordinal);
        Assert.Contains("\"list\":[],", rows[0], StringComparison.Ordinal);
        Assert.Contains("\"struct\":{\"a\":0,\"b\":[\"x\",null],\"c\":null},\"map\":{},\"structs\":[{\"p\":1.5},null,{\"p\":null}],\"text_2\":\"twice\"", rows[0], StringComparison.Ordinal);
        Assert.Contains("\"list\":null,", rows[1], StringComparison.Ordinal);
        Assert.Contains("\"struct\":null,\"map\":{\"k\":1,\"n\":null}", rows[1], StringComparison.Ordinal);
        Assert.Contains("\"price\":null,", rows[1], StringComparison.Ordinal);
        Assert.Contains("\"list\":[2,null,9],", rows[2], StringComparison.Ordinal);
        Assert.Equal([$"2|2|2|3|0.50|{same}|True|1||é 萬 2|1969-12-31|12:00:01.500000|2026-01-02 03:04:05.678901+00|2026-01-02 03:04:05.678901|P1M2DT3.5S|"],
            await ParquetAsync(bytes, "SELECT whole, tiny, large, huge, price::VARCHAR, wide::VARCHAR, even, half, nothing, text, day::VARCHAR, clock, instant::VARCHAR, local::VARCHAR, gap, none FROM {0} WHERE whole = 2"));
    }

    [Fact]
    public async Task Arrow_holds_every_type_and_what_is_null_in_it()
    {
        using var reader = new ArrowStreamReader(new MemoryStream(await AskAsync(Everything, "arrow")));
        using var batch = (await reader.ReadNextRecordBatchAsync(Stop))!;
        Assert.Null(await reader.ReadNextRecordBatchAsync(Stop));
        Assert.Equal((3, 22), (batch.Length, batch.ColumnCount));
        T Column<T>(string name) where T : class, IArrowArray => Assert.IsType<T>(batch.Column(batch.Schema.GetFieldIndex(name)));
        Assert.Equal([0L, 1L, 2L], Column<Int64Array>("whole").Values.ToArray());
        Assert.Equal((sbyte)2, Column<Int8Array>("tiny").GetValue(2));
        Assert.Equal(2UL, Column<UInt64Array>("large").GetValue(2));
        Assert.Equal(3m, Column<Decimal128Array>("huge").GetValue(2));
        var price = Column<Decimal128Array>("price");
        Assert.Equal((0m, null, 0.5m), (price.GetValue(0), price.GetValue(1), price.GetValue(2)));
        Assert.Equal(SqlDecimal.Parse("-12345678901234567890.123456"), Column<Decimal128Array>("wide").GetSqlDecimal(1));
        Assert.Equal((true, false), (Column<BooleanArray>("even").GetValue(0), Column<BooleanArray>("even").GetValue(1)));
        Assert.Equal((0.0, null, 1.0), (Column<DoubleArray>("half").GetValue(0), Column<DoubleArray>("half").GetValue(1), Column<DoubleArray>("half").GetValue(2)));
        Assert.Equal(3, Column<DoubleArray>("nothing").NullCount);
        Assert.Equal(("é 萬 0", null, "twice"), (Column<StringArray>("text").GetString(0), Column<StringArray>("text").GetString(1), Column<StringArray>("text_2").GetString(0)));
        Assert.Equal(new DateOnly(1969, 12, 31), Column<Date32Array>("day").GetDateOnly(0));
        Assert.Equal(43_201_500_000, Column<Time64Array>("clock").GetValue(0));
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(6_789_010), Column<TimestampArray>("instant").GetTimestamp(0));
        Assert.Equal(("UTC", null), (((TimestampType)Column<TimestampArray>("instant").Data.DataType).Timezone, ((TimestampType)Column<TimestampArray>("local").Data.DataType).Timezone));
        var gap = Assert.IsType<MonthDayNanosecondIntervalArray>(batch.Column(batch.Schema.GetFieldIndex("gap")));
        Assert.True(gap.IsNull(1));
        Assert.Equal((1, 2, 3_500_000_000), (gap.GetValue(0)!.Value.Months, gap.GetValue(0)!.Value.Days, gap.GetValue(0)!.Value.Nanoseconds));
        var list = Column<ListArray>("list");
        Assert.Equal((0, true, 3), (list.GetSlicedValues(0).Length, list.IsNull(1), list.GetSlicedValues(2).Length));
        Assert.Equal([2L, null, 9L], ((Int64Array)list.GetSlicedValues(2)).AsEnumerable());
        var inner = (ListArray)Column<ListArray>("lists").GetSlicedValues(1);
        Assert.Equal((3, true), (inner.Length, inner.IsNull(1)));
        var structure = Column<StructArray>("struct");
        Assert.True(structure.IsNull(1));
        Assert.Equal(2L, ((Int64Array)structure.Fields[0]).GetValue(2));
        var map = Column<MapArray>("map");
        Assert.Equal((0, 2), (map.GetSlicedValues(0).Length, map.GetSlicedValues(1).Length));
        Assert.Equal((1, true), (((StructArray)Column<ListArray>("structs").GetSlicedValues(0)).NullCount, ((StructArray)Column<ListArray>("structs").GetSlicedValues(0)).IsNull(1)));
    }

    [Fact]
    public async Task Many_rows_come_in_portions_and_none_is_lost()
    {
        const string sql = "SELECT i, CASE WHEN i % 7 <> 0 THEN 'row ' || i END AS text, [i, i + 1] AS pair FROM range(80000) t(i) ORDER BY i";
        Assert.Equal(["80000|68571|6400000000"], await ParquetAsync(await AskAsync(sql, "parquet"), "SELECT count(*), count(text), sum(pair[2] + i) FROM {0}"));
        using var reader = new ArrowStreamReader(new MemoryStream(await AskAsync(sql, "arrow")));
        var (batches, next) = (0, 0L);
        while (await reader.ReadNextRecordBatchAsync(Stop) is { } batch)
        {
            using (batch)
                foreach (var value in (Int64Array)batch.Column(0)) Assert.Equal(next++, value);
            batches++;
        }
        Assert.Equal((80_000, 3), (next, batches));
    }

    [Theory]
    [InlineData("arrow", "application/vnd.apache.arrow.stream")]
    [InlineData("parquet", "application/vnd.apache.parquet")]
    public async Task The_form_is_chosen_as_everywhere_and_an_answer_without_rows_has_its_columns(string format, string type)
    {
        const string body = """{"sql":"SELECT 1 AS a, ['x'] AS b LIMIT 0"}""";
        foreach (var (path, accept) in new[] { ($"/api/v1/sql?format={format}", "*/*"), ("/api/v1/sql", $"text/html, {type};q=0.9") })
        {
            using var answer = await wanwu.Administrator.SendAsync(HttpMethod.Post, path, body, headers: ("Accept", accept));
            Assert.Equal((HttpStatusCode.OK, type), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
            var bytes = await answer.Content.ReadAsByteArrayAsync(Stop);
            if (format == "parquet") Assert.Equal(["a INTEGER", "b VARCHAR[]"], await ParquetAsync(bytes, "SELECT column_name || ' ' || column_type FROM (DESCRIBE FROM {0})"));
            else
            {
                using var reader = new ArrowStreamReader(new MemoryStream(bytes));
                Assert.Null(await reader.ReadNextRecordBatchAsync(Stop));
                Assert.Equal(["a", "b"], reader.Schema.FieldsList.Select(field => field.Name));
            }
        }
    }

    [Theory]
    [InlineData("arrow", "SELECT 170141183460469231731687303715884105727::HUGEINT AS x", "38 digits")]
    [InlineData("parquet", "SELECT 170141183460469231731687303715884105727::HUGEINT AS x", "38 digits")]
    [InlineData("arrow", "SELECT to_microseconds(9223372036854775807) AS x", "VARCHAR")]
    public async Task What_a_form_cannot_hold_is_said(string format, string sql, string said)
    {
        var fault = (await wanwu.Administrator.CallAsync(HttpMethod.Post, $"/api/v1/sql?format={format}", $$"""{"sql":{{JsonSerializer.Serialize(sql)}}}""", HttpStatusCode.UnprocessableEntity))!;
        Assert.Contains(said, fault.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_was_cut_says_so_in_every_form()
    {
        foreach (var format in new[] { "arrow", "parquet" })
        {
            using var answer = await wanwu.Administrator.SendAsync(HttpMethod.Post, $"/api/v1/sql?format={format}", """{"sql":"SELECT * FROM range(10)","limit":3}""");
            Assert.Equal("rows", Assert.Single(answer.Headers.GetValues("Wanwu-Cut")));
        }
    }
}
