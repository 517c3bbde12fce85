using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Connect.Corrections;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Backup;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Corrections;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Store;
using Wanwu.Tests.Telemetry.Retention;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Conformance;

/// <summary>The store of DuckDB and Parquet files under the suite.</summary>
internal sealed class DuckDbMaker : IBreakableStoreMaker
{
    public static readonly DuckDbMaker Instance = new();

    public IReadOnlyList<string> Steps { get; } = [.. Enum.GetNames<LoadStep>(), .. Enum.GetNames<ColdStep>()];

    public Task<IStoreUnderTest> OpenAsync(string folder, StoreSettings settings) => Task.FromResult<IStoreUnderTest>(Open(folder, settings));

    public static DuckDbStore Open(string folder, StoreSettings settings) => new(new RetentionRig(folder, RetentionRig.Directory(), storeOptions: new StoreOptions { RefusalsKept = settings.RefusalsKept },
        cold: settings.InSmallPieces ? new ColdOptions { MemoryMegabytes = 64, RowsPerFile = 5, RollupsFromRows = 1 } : new ColdOptions { MemoryMegabytes = 64, RollupsFromRows = 1 }));
}

internal sealed class DuckDbStore : IBreakableStore
{
    private static readonly Caller Steward = new(CallerKind.Person, "li", null);
    private readonly CorrectionDesk _desk;
    private readonly CorrectionQueries _corrections;
    private readonly RetentionRig _retention;

    public DuckDbStore(RetentionRig retention)
    {
        _retention = retention;
        var rig = Rig;
        _desk = new CorrectionDesk(rig.Series, rig.Database, rig.Loader, rig.Log, rig.Clock);
        _corrections = new CorrectionQueries(rig.Series, rig.Database, rig.Loader);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public TelemetryRig Rig => _retention.Telemetry;
    public FakeTimeProvider Clock => Rig.Clock;
    public SeriesTable Series => Rig.Series;

    public async Task ReportAsync(ThingId thing, Observation[] observations, string protocol = "http", Refusal[]? refusals = null)
    {
        AppendResult result;
        while ((result = Rig.Append(protocol, thing, observations, refusals)).Outcome == AppendOutcome.Full) await Rig.Log.WaitForRoomAsync(new SenderPlace(), Stop);
        await Rig.CommitAsync(result);
    }

    public Task RepeatAsync(ThingId thing, Observation[] observations, string protocol) => Rig.CommitAsync(Rig.Log.AppendRepeat(
        new MessageRecord { Protocol = protocol, Thing = thing, Received = TelemetryRig.Now, Observations = observations }, null));

    public async Task<CorrectedView?> CorrectAsync(ThingId thing, string property, string body)
    {
        using var document = JsonDocument.Parse(body);
        var faults = new FieldFaults();
        var draft = CorrectionBody.Read(document.RootElement, null, faults);
        Assert.True(draft is not null, body);
        var result = await new DraftedCorrection(_desk, _corrections).RunAsync(thing, PropertyName.Parse(property), draft, Steward, Stop);
        return result.Outcome switch
        {
            CorrectionOutcome.Corrected => new CorrectedView(result.Number, result.Rows),
            CorrectionOutcome.Nothing => new CorrectedView(null, 0),
            _ => null,
        };
    }

    public async Task<IReadOnlyList<CorrectionView>> CorrectionsAsync(ThingId thing) =>
        [.. (await _corrections.ReadAsync(new CorrectionQuery(thing) { Limit = CorrectionDesk.MostRows }, Stop)).Items.Select(CorrectionView.Of)];

    public Task<IReadOnlyList<LatestValue>> LatestAsync(ThingId thing) => Task.FromResult(Rig.Queries.Latest(thing));
    public Task<SeriesPage> ReadAsync(SeriesQuery query, CancellationToken stop) => Rig.Queries.ReadAsync(query, stop);
    public Task<BucketPage> AggregateAsync(BucketQuery query, CancellationToken stop) => Rig.Queries.AggregateAsync(query, stop);
    public Task<(AccountView All, IReadOnlyDictionary<string, AccountView> Protocols)> AccountAsync(CancellationToken stop) => Rig.Queries.AccountAsync(stop);
    public Task<AccountView> AccountAsync(ThingId thing, CancellationToken stop) => Rig.Queries.AccountAsync(thing, stop);
    public Task<RefusedPage> RefusedAsync(RefusedQuery query, CancellationToken stop) => Rig.Queries.RefusedAsync(query, null, stop);
    public Task LoadAsync() => Rig.LoadAsync();

    public async Task TendAsync(bool isEverythingDue)
    {
        await Rig.Compaction.RunAsync(isEverythingDue, Stop);
        await Rig.SumUpAsync();
    }

    public Task KeepAsync(RetentionRules rules)
    {
        _retention.Book.Apply(rules);
        return Task.CompletedTask;
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
        Rig.Loads.At = step is null ? null : now => At(now.ToString());
        Rig.Moves.At = step is null ? null : now => At(now.ToString());
    }

    public Task KillAsync() => Rig.KillAsync();

    public async Task<IReadOnlyList<string>> CheckAsync() =>
        [.. (await new TelemetryCheck(Rig.Database).RunAsync(Rig.Folder, Stop)).Findings.Select(finding => finding.ToString())];

    public ValueTask DisposeAsync()
    {
        _desk.Dispose();
        return Rig.DisposeAsync();
    }
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

public sealed class DuckDbCorrectionTests : CorrectionConformance
{
    private protected override IStoreMaker Maker => DuckDbMaker.Instance;
}

public sealed class DuckDbRetentionTests : RetentionConformance
{
    private protected override IStoreMaker Maker => DuckDbMaker.Instance;
}
