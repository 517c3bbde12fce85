using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Wanwu.Hosting;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: every door is open and what is acknowledged can be kept.</summary>
/// <remarks>Rooms add their own check with <c>AddHealthChecks().AddCheck&lt;T&gt;(name)</c>.</remarks>
internal static class Health
{
    public static void AddHealth(this WebApplicationBuilder builder) => builder.Services.AddHealthChecks();

    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/health/live", () => Results.Ok(new { status = "live" })).ExcludeFromDescription();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync });
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new
    {
        status = report.Status == HealthStatus.Healthy ? "ready" : "notReady",
        checks = report.Entries.ToDictionary(entry => entry.Key, entry => new
        {
            status = entry.Value.Status == HealthStatus.Healthy ? "good" : "failing",
            reason = entry.Value.Description,
        }),
    });
}
