using System.Globalization;
using Wanwu.Registry;
using Wanwu.Security.Audit.Chain;
using Wanwu.Security.Audit.Reading;

namespace Wanwu.Security.Audit;

/// <summary>What the trail does by itself: tells of start and stop, every hour of the traffic of each door, and every day lets go what has expired and proves the rest.</summary>
internal sealed partial class AuditHours(AuditTrail trail, IEnumerable<IDoorTally> tallies, RefusalGate refusals, AuditExpiry expiry, AuditState state, ILogger<AuditHours> logger)
    : BackgroundService
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private const int MinutesAnHour = 60, MinutesADay = 24 * MinutesAnHour;
    private readonly Dictionary<(string Door, string Name), long> _told = [];

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await trail.AppendAsync(new AuditEvent("server.start") { Object = new AuditObject("server", null) });
        }
        catch (AuditUnavailableException)
        {
            // The trail has logged it. Reading goes on; what has to be recorded is refused until it can be.
        }
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Lasting.RunAsync(nameof(AuditHours), LoopAsync, state.Clock, logger, stoppingToken);

    private async Task LoopAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Minute, state.Clock);
        await DailyAsync(stop);
        for (var minute = 1; await timer.WaitForNextTickAsync(stop); minute++)
        {
            refusals.Flush();
            if (minute % MinutesAnHour == 0) Tell();
            if (minute % MinutesADay == 0) await DailyAsync(stop);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        refusals.Flush(all: true);
        Tell();
        try
        {
            await trail.AppendAsync([new AuditEvent("server.stop") { Object = new AuditObject("server", null) }], signs: true);
        }
        catch (AuditUnavailableException)
        {
            // Told already when it began; a server stops all the same.
        }
    }

    /// <summary>One record a door, of what is new since the last.</summary>
    private void Tell()
    {
        var doors = new SortedDictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        foreach (var (door, name, count) in tallies.SelectMany(tally => tally.Counts()))
        {
            var more = count - _told.GetValueOrDefault((door, name));
            _told[(door, name)] = count;
            if (more <= 0) continue;
            if (!doors.TryGetValue(door, out var detail)) doors[door] = detail = [];
            detail[name] = more.ToString(CultureInfo.InvariantCulture);
        }
        foreach (var (door, detail) in doors) trail.Note(new AuditEvent("door.traffic") { Object = new AuditObject("door", door), Detail = detail });
    }

    private async Task DailyAsync(CancellationToken stop)
    {
        try
        {
            if (await expiry.RunAsync() is > 0 and var files) Expired(files);
            var proof = await state.VerifyAsync(stop);
            if (!proof.Whole) Broken(proof.Findings[0].File, proof.Findings[0].Sequence, proof.Findings[0].What);
        }
        catch (IOException fault)
        {
            Late(fault);
        }
    }

    [LoggerMessage(6002, LogLevel.Information, "{Files} files of the audit trail have expired")]
    private partial void Expired(int files);

    [LoggerMessage(6003, LogLevel.Error, "The audit trail is not as it was written: {File}, record {Sequence}: {What}")]
    private partial void Broken(string file, long? sequence, string what);

    [LoggerMessage(6004, LogLevel.Warning, "The audit trail could not be read through; it is tried again tomorrow")]
    private partial void Late(Exception fault);
}

/// <summary>What was last proved of the trail.</summary>
internal sealed class AuditState(AuditTrail trail, TimeProvider clock) : IDisposable
{
    public const string Action = "audit.verify";
    private readonly SemaphoreSlim _turn = new(1);

    public TimeProvider Clock => clock;

    /// <summary>The last proof; null until the first is done.</summary>
    public AuditProof? Proof { get; private set; }

    /// <summary>Signs what is not signed yet, then reads the whole chain.</summary>
    public async Task<AuditProof> VerifyAsync(CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        try
        {
            if (trail.Fault is null) await trail.SignAsync();
            var verification = new AuditVerification(trail.Folder, trail.Keys.Trusted(), await AuditLock.EndAsync(trail.Folder));
            return Proof = await Task.Run(() => verification.Run(clock, stop), stop);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
