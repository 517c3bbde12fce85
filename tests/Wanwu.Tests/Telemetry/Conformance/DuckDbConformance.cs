using Microsoft.Extensions.Time.Testing;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Backup;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Conformance;

/// <summary>The store of DuckDB and Parquet files under the suite.</summary>
internal sealed class DuckDbMaker : IStoreMaker
{
    public static readonly DuckDbMaker Instance = new();

    public IReadOnlyList<string> Steps { get; } = [.. Enum.GetNames<LoadStep>(), .. Enum.GetNames<ColdStep>()];

    public IStoreUnderTest Open(string folder, StoreSettings settings) => new DuckDbStore(new TelemetryRig(folder, storeOptions: new StoreOptions { RefusalsKept = settings.RefusalsKept },
        coldOptions: settings.InSmallPieces ? new ColdOptions { MemoryMegabytes = 64, RowsPerFile = 5, RollupsFromRows = 1 } : new ColdOptions { MemoryMegabytes = 64, RollupsFromRows = 1 }));
}

internal sealed class DuckDbStore(TelemetryRig rig) : IStoreUnderTest
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public TelemetryRig Rig => rig;
    public FakeTimeProvider Clock => rig.Clock;
    public SeriesTable Series => rig.Series;
    public ObservationLog Log => rig.Log;

    public IReadOnlyList<LatestValue> Latest(ThingId thing) => rig.Queries.Latest(thing);
    public Task<SeriesPage> ReadAsync(SeriesQuery query, CancellationToken stop) => rig.Queries.ReadAsync(query, stop);
    public Task<BucketPage> AggregateAsync(BucketQuery query, CancellationToken stop) => rig.Queries.AggregateAsync(query, stop);
    public Task<(AccountView All, IReadOnlyDictionary<string, AccountView> Protocols)> AccountAsync(CancellationToken stop) => rig.Queries.AccountAsync(stop);
    public Task<AccountView> AccountAsync(ThingId thing, CancellationToken stop) => rig.Queries.AccountAsync(thing, stop);
    public Task<RefusedPage> RefusedAsync(RefusedQuery query, CancellationToken stop) => rig.Queries.RefusedAsync(query, stop);
    public Task LoadAsync() => rig.LoadAsync();

    public async Task TendAsync(bool isEverythingDue)
    {
        await rig.Compaction.RunAsync(isEverythingDue, Stop);
        await rig.SumUpAsync();
    }

    public bool HasBroken { get; private set; }

    public void BreakAt(string? step, int passes = 0)
    {
        HasBroken = false;
        void At(string now)
        {
            if (now != step || passes-- > 0) return;
            HasBroken = true;
            throw new IOException("killed");
        }
        rig.Loads.At = step is null ? null : now => At(now.ToString());
        rig.Moves.At = step is null ? null : now => At(now.ToString());
    }

    public Task KillAsync() => rig.KillAsync();

    public async Task<IReadOnlyList<string>> CheckAsync() =>
        [.. (await new TelemetryCheck(rig.Database).RunAsync(rig.Folder, Stop)).Findings.Select(finding => finding.ToString())];

    public ValueTask DisposeAsync() => rig.DisposeAsync();
}

public sealed class DuckDbObservationTests : ObservationConformance
{
    private protected override IStoreMaker Maker => DuckDbMaker.Instance;
}

public sealed class DuckDbRangeTests : RangeConformance
{
    private protected override IStoreMaker Maker => DuckDbMaker.Instance;
}

public sealed class DuckDbCrashTests : CrashConformance
{
    private protected override IStoreMaker Maker => DuckDbMaker.Instance;
}

public sealed class DuckDbModelTests : ModelConformance
{
    private protected override IStoreMaker Maker => DuckDbMaker.Instance;
}
