using Wanwu.Telemetry;
using Wanwu.Telemetry.Query;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Conformance;

/// <summary>What every store has to hold to, whatever it is made of. A class of the suite is derived for each kind of store.</summary>
public abstract class StoreConformance : IDisposable
{
    private protected static readonly PropertyName P = PropertyName.Parse("p");
    private protected readonly ThingId Thing = ThingId.New(TimeProvider.System);
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-conformance-").FullName;

    private protected abstract IStoreMaker Maker { get; }

    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected static Timestamp Now => StoreUnderTest.Now;

    private protected SeriesQuery Everything => new(Thing, P, Timestamp.Min, Timestamp.Max) { Limit = SeriesQuery.MaxLimit };

    private protected static Timestamp Day(int day, double hour = 0) => new(Now.Microseconds + (long)((day * 24 + hour) * 3_600_000_000));

    /// <param name="name">Of a folder for this store alone; the same name is the same store.</param>
    private protected Task<IStoreUnderTest> OpenAsync(string name = "store", StoreSettings? settings = null) =>
        Maker.OpenAsync(Directory.CreateDirectory(Path.Combine(_folder, name)).FullName, settings ?? new StoreSettings());

    private protected Observation At(IStoreUnderTest store, Timestamp time, long value, Quality quality = Quality.Good) => store.Observe(Thing, "p", Value.OfInteger(value), time, quality);

    /// <summary>A value each hour of the days.</summary>
    private protected Task FillAsync(IStoreUnderTest store, int firstDay, int lastDay) => store.ReportAsync(Thing,
        [.. Enumerable.Range(firstDay * 24, (lastDay - firstDay + 1) * 24).Select(hour => At(store, Day(0, hour), hour))]);

    private protected static IEnumerable<(Timestamp, long, Quality)> Whole(IEnumerable<StoredObservation> rows) => rows.Select(row => (row.Time, row.Value.AsInteger, row.Quality));

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(_folder, recursive: true);
    }
}
