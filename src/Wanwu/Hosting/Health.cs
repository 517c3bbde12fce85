using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Backup;
using Wanwu.Telemetry.Cold;

namespace Wanwu.Hosting;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: every door is open and what is acknowledged can be kept.</summary>
internal static class Health
{
    public static void AddHealth(this WebApplicationBuilder builder) => builder.Services.AddHealthChecks().AddCheck<LogCheck>("log").AddCheck<ColdCheck>("cold").AddCheck<BackupCheck>("backup");

    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/health/live", () => Results.Ok(new { status = "live" })).ExcludeFromDescription();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync });
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new
    {
        status = report.Status == HealthStatus.Unhealthy ? "notReady" : "ready",
        checks = report.Entries.ToDictionary(entry => entry.Key, entry => new
        {
            status = entry.Value.Status switch
            {
                HealthStatus.Healthy => "good",
                HealthStatus.Degraded => "degraded",
                _ => "failing",
            },
            reason = entry.Value.Description,
        }),
    });
}

/// <summary>Whether the log takes messages: without it nothing can be acknowledged.</summary>
internal sealed class LogCheck(ObservationLog log) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var state = log.State;
        return Task.FromResult((state.IsOpen, state.StoreProblem) switch
        {
            (false, _) => HealthCheckResult.Unhealthy(state.Reason),
            (true, { } problem) => HealthCheckResult.Degraded(problem),
            _ => HealthCheckResult.Healthy(),
        });
    }
}

/// <summary>Whether every cold file is as it was written: a damaged one leaves a gap in history, and takes nothing else with it.</summary>
internal sealed class ColdCheck(ColdFiles cold) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(cold.Damaged.Count == 0
        ? HealthCheckResult.Healthy()
        : HealthCheckResult.Degraded("Set aside as damaged: " + string.Join("; ", cold.Damaged.Order().Select(file => $"{file.Key} {file.Value}"))));
}

/// <summary>Whether the last scheduled backup went well. Nothing is held up by one that did not.</summary>
internal sealed class BackupCheck(BackupCourse course) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(course.Now.Last is { IsGood: false } ? HealthCheckResult.Degraded("The last scheduled backup did not go well; /api/v1/backups and the log say why.") : HealthCheckResult.Healthy());
}
