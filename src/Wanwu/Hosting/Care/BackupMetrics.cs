using System.Diagnostics.Metrics;
using Wanwu.Telemetry.Backup;

namespace Wanwu.Hosting.Care;

/// <summary>How scheduled backups stand, under the meter <c>Wanwu.Backup</c>; nothing while none are scheduled.</summary>
internal sealed class BackupMetrics(BackupCourse course, IMeterFactory meters, TimeProvider clock) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var meter = meters.Create("Wanwu.Backup");
        meter.CreateObservableGauge("wanwu.backup.age", Age, "s", "Seconds since the newest backup.");
        meter.CreateObservableGauge("wanwu.backup.good", () => Of(last => last.IsGood ? 1 : 0), null, "1 when the last scheduled backup went well, otherwise 0.");
        meter.CreateObservableGauge("wanwu.backup.duration", () => Of(last => (last.Ended.Microseconds - last.Began.Microseconds) / 1e6), "s", "How long the last scheduled backup took.");
        meter.CreateObservableGauge("wanwu.backup.size", () => Of(last => last.Bytes), "By", "Bytes of the last scheduled backup.");
        meter.CreateObservableGauge("wanwu.backup.copied", () => Of(last => last.Copied), "By", "Bytes written for the last scheduled backup.");
        return Task.CompletedTask;
    }

    private IEnumerable<Measurement<double>> Age()
    {
        if (course.Now.Newest is { } newest) yield return new Measurement<double>((clock.GetUtcNow() - newest.ToDateTimeOffset()).TotalSeconds);
    }

    private IEnumerable<Measurement<double>> Of(Func<BackupResult, double> figure)
    {
        if (course.Now.Last is { } last) yield return new Measurement<double>(figure(last));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
