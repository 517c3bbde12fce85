using Apache.Arrow;
using Apache.Arrow.Ipc;
using DuckDB.NET.Data;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Many;

/// <summary>Arrow and Parquet, read back by others.</summary>
public sealed class ColumnFormatTests(Fleet fleet) : IClassFixture<Fleet>
{
    private static readonly (string Property, Value Value)[] Kinds =
    [
        ("a_number", Value.OfNumber(1.5)), ("b_integer", Value.OfInteger((1L << 60) + 1)), ("c_boolean", Value.OfBoolean(true)), ("d_text", Value.OfText("萬壽西宮")),
        ("e_point", Value.OfPoint(31.2, 121.5)), ("f_object", Value.OfObject("""{"k":1}""")), ("g_none", Value.None),
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<byte[]> BytesAsync(string query, string media)
    {
        using var answer = await fleet.Administrator.SendAsync(HttpMethod.Get, $"/api/v1/observations{query}", headers: ("Accept", media));
        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal(media, answer.Content.Headers.ContentType!.MediaType);
        return await answer.Content.ReadAsByteArrayAsync(Stop);
    }

    private async Task<string> OfEachKindAsync()
    {
        var thing = (await fleet.Administrator.CreateAsync("/api/v1/things", """{"name":"of each kind"}""")).Text("id");
        var (id, table, log) = (ThingId.Parse(thing), fleet.Server.Get<SeriesTable>(), fleet.Server.Get<ObservationLog>());
        Observation[] observations = [.. Kinds.Select(kind => new Observation(table.Of(id).GetOrAdd(PropertyName.Parse(kind.Property)), Fleet.From, kind.Value, kind.Value.Kind == ValueKind.None ? Quality.Missing : Quality.Good))];
        var result = log.Append(new MessageRecord { Protocol = "test", Thing = id, Received = Timestamp.Now(TimeProvider.System), Observations = observations, Refusals = [] }, null);
        Assert.Equal(CommitOutcome.Committed, await log.CommittedAsync(result.Batch, Stop));
        return thing;
    }

    [Fact]
    public async Task Arrow_has_every_row_in_its_own_type()
    {
        using var reader = new ArrowStreamReader(new MemoryStream(await BytesAsync("?property=humidity&property=temperature", "application/vnd.apache.arrow.stream")));
        var rows = new List<Known>();
        while (await reader.ReadNextRecordBatchAsync(Stop) is { } batch)
        {
            Assert.Equal(["thing", "property", "t", "value", "integer", "text", "lat", "lon", "quality"], batch.Schema.FieldsList.Select(field => field.Name));
            var (thing, property, t, value, quality) = ((StringArray)batch.Column(0), (StringArray)batch.Column(1), (TimestampArray)batch.Column(2), (DoubleArray)batch.Column(3), (StringArray)batch.Column(8));
            for (var i = 0; i < batch.Length; i++)
            {
                Assert.True(QualityNames.TryParse(quality.GetString(i), out var of));
                rows.Add(new Known(thing.GetString(i), property.GetString(i), new Timestamp(t.GetValue(i)!.Value), value.GetValue(i)!.Value, of));
            }
        }
        Assert.Equal(fleet.Rows, rows);
    }

    [Fact]
    public async Task Parquet_read_by_another_engine_has_every_row_in_its_own_type()
    {
        var file = Path.Combine(fleet.Server.Folder, "answer.parquet");
        await File.WriteAllBytesAsync(file, await BytesAsync("?property=humidity&property=temperature", "application/vnd.apache.parquet"), Stop);
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT thing, property, epoch_us(t), value, quality, typeof(t) FROM '{file}'";
        using var reader = command.ExecuteReader();
        var rows = new List<Known>();
        while (reader.Read())
        {
            Assert.True(QualityNames.TryParse(reader.GetString(4), out var quality));
            Assert.Equal("TIMESTAMP WITH TIME ZONE", reader.GetString(5));
            rows.Add(new Known(reader.GetString(0), reader.GetString(1), new Timestamp(reader.GetInt64(2)), reader.GetDouble(3), quality));
        }
        Assert.Equal(fleet.Rows, rows);
    }

    [Fact]
    public async Task Each_kind_of_value_has_its_column()
    {
        var thing = await OfEachKindAsync();
        using var reader = new ArrowStreamReader(new MemoryStream(await BytesAsync($"?thing={thing}", "application/vnd.apache.arrow.stream")));
        var batch = (await reader.ReadNextRecordBatchAsync(Stop))!;
        Assert.Equal([1.5, (1L << 60) + 1, 1, null, null, null, null], (DoubleArray)batch.Column("value"));
        Assert.Equal([null, (1L << 60) + 1, null, null, null, null, null], (Int64Array)batch.Column("integer"));
        Assert.Equal([null, null, null, "萬壽西宮", null, """{"k":1}""", null], Enumerable.Range(0, batch.Length).Select(i => ((StringArray)batch.Column("text")).GetString(i)));
        Assert.Equal([null, null, null, null, 31.2, null, null], (DoubleArray)batch.Column("lat"));

        var file = Path.Combine(fleet.Server.Folder, "kinds.parquet");
        await File.WriteAllBytesAsync(file, await BytesAsync($"?thing={thing}", "application/vnd.apache.parquet"), Stop);
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT string_agg(concat_ws('|', property, value, integer, text, lat, lon, quality), ' ' ORDER BY property) FROM '{file}'";
        Assert.Equal("a_number|1.5|good b_integer|1.152921504606847e+18|1152921504606846977|good c_boolean|1.0|good d_text|萬壽西宮|good e_point|31.2|121.5|good f_object|{\"k\":1}|good g_none|missing", command.ExecuteScalar());
    }

    [Theory]
    [InlineData("application/vnd.apache.arrow.stream")]
    [InlineData("application/vnd.apache.parquet")]
    public async Task An_answer_without_rows_is_whole_all_the_same(string media)
    {
        var bytes = await BytesAsync("/buckets?property=none&aggregate=avg,p95", media);
        if (media.EndsWith("parquet", StringComparison.Ordinal))
        {
            var file = Path.Combine(fleet.Server.Folder, "none.parquet");
            await File.WriteAllBytesAsync(file, bytes, Stop);
            using var connection = new DuckDBConnection("DataSource=:memory:");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT count(*) FROM '{file}'";
            Assert.Equal(0L, command.ExecuteScalar());
            return;
        }
        using var reader = new ArrowStreamReader(new MemoryStream(bytes));
        Assert.Null(await reader.ReadNextRecordBatchAsync(Stop));
        Assert.Equal(["thing", "property", "avg", "p95"], reader.Schema.FieldsList.Select(field => field.Name));
    }

    [Fact]
    public async Task A_series_by_itself_comes_in_every_form()
    {
        var rows = fleet.Rows.Where(row => row.Thing == fleet.Things[0].Id && row.Property == "humidity").ToList();
        async Task<byte[]> OfSeriesAsync(string query, string? next = null)
        {
            using var answer = await fleet.Administrator.SendAsync(HttpMethod.Get, $"/api/v1/things/{fleet.Things[0].Id}/series/humidity?{query}");
            Assert.True(answer.IsSuccessStatusCode, query);
            Assert.Equal(next, answer.Headers.TryGetValues("Wanwu-Next", out var values) ? values.Single() : null);
            return await answer.Content.ReadAsByteArrayAsync(Stop);
        }
        using var reader = new ArrowStreamReader(new MemoryStream(await OfSeriesAsync("format=arrow&corrected=true")));
        using var batch = await reader.ReadNextRecordBatchAsync(Stop);
        Assert.Equal(["t", "value", "integer", "text", "lat", "lon", "quality", "corrected"], batch.Schema.FieldsList.Select(field => field.Name));
        Assert.Equal(rows.Select(row => (double?)row.Number), Enumerable.Range(0, batch.Length).Select(i => ((DoubleArray)batch.Column(1)).GetValue(i)));
        Assert.Equal(rows.Select(_ => (bool?)false), Enumerable.Range(0, batch.Length).Select(i => ((BooleanArray)batch.Column(7)).GetValue(i)));
        var file = Path.Combine(fleet.Server.Folder, "series.parquet");
        await File.WriteAllBytesAsync(file, await OfSeriesAsync("format=parquet&every=1d&zone=UTC&aggregate=count,max&quality=good,suspect,fault"), Stop);
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT sum(count), max(max) FROM '{file}'";
        using var sums = command.ExecuteReader();
        Assert.True(sums.Read());
        Assert.Equal((rows.Count, rows.Max(row => row.Number)), (sums.GetDouble(0), sums.GetDouble(1)));
        var lines = System.Text.Encoding.UTF8.GetString(await OfSeriesAsync("format=ndjson&limit=2", rows[1].Time.Microseconds.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(2, lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        var problem = await fleet.Administrator.ReadAsync($"/api/v1/things/{fleet.Things[0].Id}/series/humidity?format=xml", System.Net.HttpStatusCode.BadRequest);
        Assert.Contains("parquet", problem["errors"]!["format"]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
