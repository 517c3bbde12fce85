using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Telemetry.Backup;
using Wanwu.Things;

namespace Wanwu.Hosting.Care;

/// <summary>Makes backups when they are due. One that fails is told and tried again; nothing else is held up by it.</summary>
internal sealed partial class BackupSchedule : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1), Again = TimeSpan.FromMinutes(10);
    private readonly ScheduledBackup _backup;
    private readonly BackupCourse _course;
    private readonly string? _folder;
    private readonly BackupTimes _times;
    private readonly TimeProvider _clock;
    private readonly ILogger<BackupSchedule> _logger;
    private DateTimeOffset? _retry;

    public BackupSchedule(ScheduledBackup backup, BackupCourse course, IOptions<BackupOptions> options, IOptions<RegistryOptions> registry, TimeProvider clock, ILogger<BackupSchedule> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(registry);
        (_backup, _course, _clock, _logger) = (backup, course, clock, logger);
        var set = options.Value;
        _folder = set.Folder is { Length: > 0 } folder ? Path.GetFullPath(folder) : null;
        BackupOptions.TryReadTime(set.At, out var at);
        _times = new BackupTimes(set.EveryHours > 0 ? TimeSpan.FromHours(set.EveryHours) : null, at,
            TimeZones.TryFind(set.Zone ?? registry.Value.TimeZone, out var zone) ? zone : TimeZoneInfo.Utc);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Lasting.RunAsync(nameof(BackupSchedule), LoopAsync, _clock, _logger, stoppingToken);

    private async Task LoopAsync(CancellationToken stop)
    {
        if (_folder is null) return;
        _course.Now = _course.Now with { Folder = _folder };
        // The doors open first.
        await Task.Yield();
        using var timer = new PeriodicTimer(LookEvery, _clock);
        // What is being written when the server stops has a name that is no backup's, and is removed by the next one.
        do
        {
            await LookAsync(stop);
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    private async Task LookAsync(CancellationToken stop)
    {
        if (!Plan() || _course.Now.Next is not { } next || next.Microseconds > Timestamp.Now(_clock).Microseconds) return;
        _course.Now = _course.Now with { Since = Timestamp.Now(_clock), Next = null };
        var result = await _backup.RunAsync(stop);
        Tell(result);
        // One that cannot be written now is tried again before long; one whose live files are damaged would come out the same.
        _retry = result.Name is null ? _clock.GetUtcNow() + Again : null;
        _course.Now = _course.Now with { Since = null, Last = result };
        Plan();
    }

    /// <summary>Looks what there is, also by other hands, and when the next one is due; false while the folder cannot be read.</summary>
    private bool Plan()
    {
        var now = _clock.GetUtcNow();
        try
        {
            var newest = _backup.Newest()?.Manifest.Created;
            var due = _times.Next(newest?.ToDateTimeOffset(), now);
            if (_retry is { } retry && retry > due) due = retry;
            _course.Now = _course.Now with { Newest = newest, Next = Timestamp.From(due) };
            return true;
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            if (_course.Now.Last?.Problem != fault.Message) Failed(fault.Message);
            var moment = Timestamp.From(now);
            _course.Now = _course.Now with { Next = Timestamp.From(now + LookEvery), Last = new BackupResult(moment, moment, null, 0, 0, fault.Message) };
            return false;
        }
    }

    private void Tell(BackupResult result)
    {
        if (result.Problem is { } problem) Failed(problem);
        else Made(result.Name!, result.Bytes, result.Copied);
    }

    [LoggerMessage(9001, LogLevel.Information, "Backup {Name} made: {Bytes} bytes, {Copied} of them written")]
    private partial void Made(string name, long bytes, long copied);

    [LoggerMessage(9002, LogLevel.Warning, "A scheduled backup failed: {Problem}")]
    private partial void Failed(string problem);
}
