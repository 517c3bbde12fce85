using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Chain;
using Wanwu.Telemetry.Erasure;
using Wanwu.Telemetry.Retention;
using Wanwu.Tests.Telemetry.Retention;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Erasure;

/// <summary>Telemetry with retention and erasure, on a folder of its own, without doors.</summary>
internal sealed class ErasureRig : IAsyncDisposable
{
    private readonly string _folder;
    private readonly AuditTrail _trail;

    public ErasureRig(string folder, ThingDirectory things, RetentionRules? rules = null, TimeSpan past = default)
    {
        _folder = folder;
        Retention = new RetentionRig(folder, things, rules, past: past);
        var (telemetry, data) = (Retention.Telemetry, new DataFolder(folder));
        var audit = Options.Create(new AuditOptions());
        _trail = new AuditTrail(data, audit, new AuditKeys(data, audit), telemetry.Clock, NullLogger<AuditTrail>.Instance);
        Masks = new ValueMasks(new HashKey(data, DataProtectionProvider.Create(new DirectoryInfo(Path.Combine(folder, "ring"))), NullLogger<HashKey>.Instance));
        var store = new ExpiryRooms(telemetry.Database, telemetry.Loader, telemetry.Series, telemetry.Accounts, new FileCounts(telemetry.Database), things);
        var rooms = new ErasureRooms(store, telemetry.Compaction, Options.Create(RetentionRig.ColdOptions), Faults, telemetry.Clock);
        IErasurePlace[] places = [new ColdErasure(rooms), new KeptErasure(rooms), new HotErasure(rooms), new StoreErasure(rooms), new LogErasure(data, telemetry.Log, telemetry.Loader, telemetry.Cleanup, Faults)];
        Run = new ErasureRun(places, rooms, telemetry.Log, Retention.Book, Masks, _trail);
    }

    public RetentionRig Retention { get; }
    public TelemetryRig Telemetry => Retention.Telemetry;
    public ErasureFaults Faults { get; } = new();
    public ErasureRun Run { get; }
    public ValueMasks Masks { get; }

    public ErasureOrder Order(IEnumerable<ErasedThing> things, Timestamp? from = null, Timestamp? to = null, string? value = null) => new()
    {
        Id = Guid.NewGuid().ToString("N"), Ordered = Retention.Now, By = Actor.Server, Reason = "a test", Selection = new Dictionary<string, IReadOnlyList<string>>(), Things = [.. things],
        From = from ?? Timestamp.Min, To = to ?? Timestamp.Max, ValueHash = value is null ? null : Masks.HashOf(value),
    };

    public ErasureJob JobOf(ErasureOrder order) => new(Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, Erasures.FolderName)).FullName, order.Id + ".json"), order);

    /// <summary>Carries it out; false where a crash at a step cut it off.</summary>
    public async Task<ErasureOrder?> EraseAsync(ErasureOrder order)
    {
        var job = JobOf(order);
        try
        {
            await Run.RunAsync(job, TestContext.Current.CancellationToken);
            return job.Order;
        }
        catch (CrashException)
        {
            return null;
        }
    }

    /// <summary>Crashes at the <paramref name="number"/>th step that is reached.</summary>
    public void CrashAt(int number) => Faults.At = step =>
    {
        if (number-- == 0) throw new CrashException(step);
    };

    public async Task KillAsync()
    {
        await Telemetry.KillAsync();
        await _trail.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Retention.DisposeAsync();
        await _trail.DisposeAsync();
    }

    private sealed class CrashException(ErasureStep step) : Exception(step.ToString());
}
