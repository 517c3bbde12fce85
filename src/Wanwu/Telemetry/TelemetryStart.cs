using Wanwu.Registry;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry;

/// <summary>Brings telemetry up before the doors open and down after they are closed.</summary>
internal sealed class TelemetryStart(DataFolder data, TelemetryRooms rooms, Compaction compaction, Expiry expiry, RetentionBook retention, TimeProvider clock) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await retention.ReadAsync(Timestamp.Now(clock), cancellationToken);
        rooms.Open(data.Path, clock, cancellationToken);
        compaction.Before = expiry.Run;
        compaction.Start();
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await compaction.StopAsync();
        await rooms.CloseAsync();
    }
}

/// <summary>The parts of telemetry in the order they come up: the store says how far it is, the log is replayed from there, then both go to work.</summary>
internal sealed class TelemetryRooms(ObservationLog log, Committer committer, LogReplay replay, LogCleanup cleanup, StoreStart store, StoreLoader loader)
{
    private bool _isOpen;

    public void Open(string dataFolder, TimeProvider clock, CancellationToken stop)
    {
        var folder = Path.Combine(dataFolder, "log");
        Directory.CreateDirectory(folder);
        var loaded = store.Run(Path.Combine(dataFolder, StoreDatabase.FileName));
        var position = replay.Run(folder, loaded, () => { while (loader.LoadSome()) { } }, stop);
        committer.Open(folder, position);
        cleanup.Begin(folder, replay.Journal);
        loader.Loaded += cleanup.After;
        loader.Start(clock);
        log.Start();
        _isOpen = true;
    }

    public async Task CloseAsync()
    {
        if (!_isOpen) return;
        _isOpen = false;
        if (replay.Journal is { } journal) await journal.CloseAsync();
        await log.StopAsync();
        loader.Stop();
    }
}
