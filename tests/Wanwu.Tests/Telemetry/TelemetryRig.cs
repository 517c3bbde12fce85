using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

/// <summary>The whole of telemetry on a folder of its own: log, store and queries as a server has them, without its doors.</summary>
internal sealed class TelemetryRig : IAsyncDisposable
{
    public static readonly Timestamp Now = Timestamp.Parse("2026-01-01T00:00:00Z");
    private readonly bool _ownsFolder;
    private readonly TelemetryRooms _rooms;
    private bool _isClosed;

    public TelemetryRig(string? folder = null, LogOptions? logOptions = null, StoreOptions? storeOptions = null, ColdOptions? coldOptions = null)
    {
        _ownsFolder = folder is null;
        Folder = folder ?? Directory.CreateTempSubdirectory("wanwu-telemetry-").FullName;
        var log = Options.Create(logOptions ?? new LogOptions { ReserveMegabytes = 1 });
        var store = Options.Create(storeOptions ?? new StoreOptions());
        Batches = new CommittedBatches(NullLogger<CommittedBatches>.Instance);
        Committer = new Committer(log, Batches, Disk, Clock, NullLogger<Committer>.Instance);
        Log = new ObservationLog(log, Committer, new UnloadedTail(), Clock);
        Latest = new LatestValues(Series);
        Replay = new LogReplay(Series, Log, NullLogger<LogReplay>.Instance);
        Accounts = new Accounts(Series);
        Cold = new ColdFiles(NullLogger<ColdFiles>.Instance);
        Zones = new SeriesZones(Series, thing => ThingZones.GetValueOrDefault(thing, TimeZoneInfo.Utc));
        Database = new StoreDatabase(store, Cold, Zones);
        Loader = new StoreLoader(Database, Log, Accounts, store, Loads, NullLogger<StoreLoader>.Instance);
        Compaction = new Compaction(Database, Loader, Moves, Options.Create(coldOptions ?? new ColdOptions { MemoryMegabytes = 64 }), Clock, NullLogger<Compaction>.Instance);
        Rollups = new RollupUpkeep(new HourSummary(Database, Loader, Moves), Compaction, Options.Create(new RollupOptions()), Clock, NullLogger<RollupUpkeep>.Instance);
        Cleanup = new LogCleanup(NullLogger<LogCleanup>.Instance);
        Relations = new SeriesRelations(Zones);
        Queries = new ObservationQueries(Series, Latest, Database, Loader, Accounts);
        _rooms = new TelemetryRooms(Log, Committer, Replay, Cleanup, new StoreStart(Database, Accounts, Loader), Loader);
        _rooms.Open(Folder, Clock, TestContext.Current.CancellationToken);
    }

    public string Folder { get; }
    public string LogPath => Path.Combine(Folder, "log");
    public FakeTimeProvider Clock { get; } = new(Now.ToDateTimeOffset());
    public DiskFaults Disk { get; } = new();
    public LoadFaults Loads { get; } = new();
    public SeriesTable Series { get; } = new();
    public CommittedBatches Batches { get; }
    public Committer Committer { get; }
    public ObservationLog Log { get; }
    public LatestValues Latest { get; }
    public LogReplay Replay { get; }
    public Accounts Accounts { get; }
    public StoreDatabase Database { get; }
    public StoreLoader Loader { get; }
    public ColdFiles Cold { get; }
    public ColdFaults Moves { get; } = new();
    public Compaction Compaction { get; }
    public RollupUpkeep Rollups { get; }
    public LogCleanup Cleanup { get; }
    /// <summary>Zones of things; UTC for those not named.</summary>
    public Dictionary<ThingId, TimeZoneInfo> ThingZones { get; } = [];
    public SeriesZones Zones { get; }
    public SeriesRelations Relations { get; }
    public ObservationQueries Queries { get; }

    public Observation Observe(ThingId thing, string property, Value value, Timestamp? time = null, Quality quality = Quality.Good) =>
        new(Series.Of(thing).GetOrAdd(PropertyName.Parse(property)), time ?? Now, value, quality);

    public AppendResult Append(ThingId thing, params ReadOnlySpan<Observation> observations) => Append("mqtt", thing, observations);

    public AppendResult Append(string protocol, ThingId thing, ReadOnlySpan<Observation> observations, ReadOnlySpan<Refusal> refusals = default, ulong origin = 0) =>
        Log.Append(new MessageRecord
        {
            Protocol = protocol, Thing = thing, Received = Now, Origin = origin, Observations = observations, Refusals = refusals,
        }, null);

    public async Task CommitAsync(AppendResult result)
    {
        Assert.Equal(AppendOutcome.Appended, result.Outcome);
        var outcome = await Log.CommittedAsync(result.Batch, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(CommitOutcome.Committed, outcome);
    }

    public Task LoadAsync() => Loader.LoadedAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>Loads what is committed, then writes everything that is over into cold files.</summary>
    public async Task<CompactionView> CompactAsync()
    {
        await LoadAsync();
        return await Compaction.RunAsync(isEverythingDue: true, TestContext.Current.CancellationToken);
    }

    /// <summary>Loads what is committed, then sums up the hours that are over.</summary>
    public async Task<long> SumUpAsync()
    {
        await LoadAsync();
        return await Rollups.RunAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Every row of a series, in order of time, straight from the table.</summary>
    public async Task<List<(long Time, Value Value, Quality Quality)>> RowsAsync(Series series)
    {
        await LoadAsync();
        return await Database.QueryAsync((connection, _) =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT t, {StoredValue.Columns} FROM observations WHERE series = {series.Number} ORDER BY t";
            using var reader = command.ExecuteReader();
            var rows = new List<(long, Value, Quality)>();
            while (reader.Read())
            {
                var (value, quality) = StoredValue.Read(reader, 1);
                rows.Add((reader.GetInt64(0), value, quality));
            }
            return rows;
        }, TestContext.Current.CancellationToken);
    }

    /// <summary>Ends as kill -9 does: what was not acknowledged may be gone, and nothing is loaded on the way out.</summary>
    public async Task KillAsync()
    {
        Loads.At = _ => throw new IOException("killed");
        await CloseAsync();
        Loader.Dispose();
        Log.Dispose();
        Database.Dispose();
    }

    private async Task CloseAsync()
    {
        if (_isClosed) return;
        _isClosed = true;
        await Rollups.StopAsync(CancellationToken.None);
        await Compaction.StopAsync();
        await _rooms.CloseAsync();
        Compaction.Dispose();
        Rollups.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Disk.Before = null;
        await CloseAsync();
        Loader.Dispose();
        Log.Dispose();
        Database.Dispose();
        if (_ownsFolder) Directory.Delete(Folder, recursive: true);
    }
}
