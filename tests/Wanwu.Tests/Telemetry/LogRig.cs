using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

/// <summary>A log on a folder of its own, opened and closed as a server does, on a disk that fails when told to.</summary>
internal sealed class LogRig : IAsyncDisposable
{
    public static readonly Timestamp Now = Timestamp.Parse("2026-01-01T00:00:00Z");
    private readonly bool _ownsFolder;

    public LogRig(string? folder = null, LogOptions? options = null, long loaded = 0)
    {
        _ownsFolder = folder is null;
        Folder = folder ?? Directory.CreateTempSubdirectory("wanwu-log-").FullName;
        var wrapped = Options.Create(options ?? new LogOptions { ReserveMegabytes = 1 });
        Batches = new CommittedBatches(NullLogger<CommittedBatches>.Instance);
        Committer = new Committer(wrapped, Batches, Faults, Clock, NullLogger<Committer>.Instance);
        Log = new ObservationLog(wrapped, Committer, new UnloadedTail(), Clock);
        Latest = new LatestValues(Series);
        Replay = new LogReplay(Series, Log, NullLogger<LogReplay>.Instance);
        Committer.Open(Folder, Replay.Run(Folder, loaded, static () => { }, TestContext.Current.CancellationToken));
        Log.Start();
    }

    public string Folder { get; }
    public FakeTimeProvider Clock { get; } = new(Now.ToDateTimeOffset());
    public DiskFaults Faults { get; } = new();
    public SeriesTable Series { get; } = new();
    public CommittedBatches Batches { get; }
    public Committer Committer { get; }
    public ObservationLog Log { get; }
    public LatestValues Latest { get; }
    public LogReplay Replay { get; }
    public string LastSegment => LogFolder.List(Folder)[^1].Path;

    public Observation Observe(ThingId thing, string property, Value value, Timestamp? time = null, Quality quality = Quality.Good) =>
        new(Series.Of(thing).GetOrAdd(PropertyName.Parse(property)), time ?? Now, value, quality);

    public AppendResult Append(ThingId thing, params ReadOnlySpan<Observation> observations) =>
        Append(thing, 0, null, observations);

    public AppendResult Append(ThingId thing, ulong origin, ICommitWaiter? waiter, params ReadOnlySpan<Observation> observations) =>
        Log.Append(new MessageRecord { Protocol = "mqtt", Thing = thing, Received = Now, Origin = origin, Observations = observations }, waiter);

    public async Task<CommitOutcome> CommitAsync(AppendResult result) =>
        await Log.CommittedAsync(result.Batch, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>A sender's wait for room: complete as soon as the log says so, on whatever thread that is.</summary>
    public Task<bool> RoomAsync(SenderPlace? place = null) => Log.WaitForRoomAsync(place ?? new SenderPlace(), CancellationToken.None).AsTask();

    /// <summary>Waits for something the log does on its own thread, moving its clock on meanwhile.</summary>
    public async Task UntilAsync(Func<bool> happened, string what)
    {
        for (var turns = 0; !happened(); turns++)
        {
            Assert.True(turns < 2_000, $"Waited in vain: {what}");
            Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>An answer by batch may overtake the waiters by a moment: they are told on the committer's thread.</summary>
    public async Task UntilToldAsync(NotedOutcomes waiter, params (long, CommitOutcome)[] expected)
    {
        await UntilAsync(() => waiter.Told.Count >= expected.Length, "the waiter to be told");
        Assert.Equal(expected, waiter.Told);
    }

    public async ValueTask DisposeAsync()
    {
        Faults.Before = null;
        await Log.StopAsync();
        Log.Dispose();
        if (_ownsFolder) Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>A waiter that notes what it is told.</summary>
internal sealed class NotedOutcomes : ICommitWaiter
{
    private readonly List<(long Batch, CommitOutcome Outcome)> _told = [];

    public IReadOnlyList<(long Batch, CommitOutcome Outcome)> Told
    {
        get { lock (_told) return [.. _told]; }
    }

    public void OnBatch(long batch, CommitOutcome outcome)
    {
        lock (_told) _told.Add((batch, outcome));
    }
}
