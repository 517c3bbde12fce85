using DuckDB.NET.Data;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Conformance;

/// <summary>The files are what the answers say, to a DuckDB that knows nothing of the platform and is asked by hand.</summary>
public sealed class ColdByHandTests : IDisposable
{
    private const long Day = ColdPeriod.MicrosecondsPerDay, Shanghai = 8 * 3_600_000_000L;
    private static readonly ThingId[] Things = [.. Enumerable.Range(0, 3).Select(_ => ThingId.New(TimeProvider.System))];
    private static readonly string[] Properties = ["temperature", "濕度"];
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-by-hand-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Two months in which things come late, come again and are corrected, while days, months and a year become files.</summary>
    private static async Task<NaiveStore> FillAsync(DuckDbStore store)
    {
        var random = new Random(3);
        var naive = new NaiveStore();
        for (var round = 0; round < 6; round++)
        {
            var thing = Things[round % 3];
            Observation[] observations =
            [
                .. Enumerable.Range(0, 400).Select(_ => store.Observe(thing, Properties[random.Next(2)], Value.OfNumber(Math.Round(random.NextDouble() * 100, 2)),
                    new Timestamp(StoreUnderTest.Now.Microseconds + random.NextInt64(-40 * 24, 20 * 24) * 3_600_000_000), (Quality)(random.Next(10) == 0 ? random.Next(11) : 0))),
            ];
            foreach (var observation in observations) naive.Report("mqtt", observation);
            await store.ReportAsync(thing, observations);
            store.Clock.Advance(TimeSpan.FromDays(10));
            await store.LoadAsync();
            await store.TendAsync(isEverythingDue: true);
        }
        return naive;
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

    [Fact]
    public async Task Rows_and_days_counted_by_hand_are_the_answers()
    {
        await using var store = DuckDbMaker.Open(_folder, new StoreSettings(InSmallPieces: true));
        var naive = await FillAsync(store);
        Assert.Equal(0, store.Rig.Database.Writer!.Scalar("SELECT count(*) FROM observations"));
        var files = "[" + string.Join(", ", ColdManifest.Read(store.Rig.Database.Writer!).Select(file => $"'{store.Rig.Cold.PathOf(file)}'")) + "]";
        var rows = Ask($"SELECT thing, property, epoch_us(t), number, quality::INTEGER FROM read_parquet({files}) ORDER BY ALL");
        var expected = naive.Series.SelectMany(series => naive.Of(series.Thing, series.Property)
            .Select(row => (series.Thing.ToString(), series.Property.ToString(), row.Time.Microseconds, row.Value.AsNumber, (int)row.Quality)));
        Assert.Equal(expected.Order(), rows.Select(row => ((string)row[0]!, (string)row[1]!, (long)row[2]!, (double)row[3]!, (int)row[4]!)).Order());

        var good = string.Join(',', BucketQuery.DefaultQualities.Select(quality => ((byte)quality).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        foreach (var (thing, property) in naive.Series)
        {
            var days = Ask($"""
                SELECT ((epoch_us(t) + {Shanghai}) // {Day}) * {Day} - {Shanghai}, avg(number), min(number), max(number), count(*)::DOUBLE, sum(number), arg_min(number, t), arg_max(number, t)
                FROM read_parquet({files}) WHERE thing = '{thing}' AND property = '{property}' AND quality IN ({good}) GROUP BY 1 ORDER BY 1
                """);
            var query = new BucketQuery(new SeriesQuery(thing, property, Timestamp.Min, Timestamp.Max), BucketWidth.Day, TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"),
                [Aggregate.Avg, Aggregate.Min, Aggregate.Max, Aggregate.Count, Aggregate.Sum, Aggregate.First, Aggregate.Last]);
            NaiveStore.AssertSame([.. days.Select(day => new Bucket(new Timestamp((long)day[0]!), [.. day.Skip(1).Select(cell => (double?)cell)]))], await store.AllAsync(query));
        }
    }
}
