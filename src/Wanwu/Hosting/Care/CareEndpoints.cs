using Wanwu.Hosting.Options;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Backup;
using Wanwu.Telemetry.Query;

namespace Wanwu.Hosting.Care;

internal static class CareEndpoints
{
    public static void AddCare(this WebApplicationBuilder builder)
    {
        builder.AddSettings<BackupOptions>("Backup");
        builder.Services.AddSingleton<DataCare>();
        builder.Services.AddSingleton<BackupCourse>();
        builder.Services.AddSingleton<ScheduledBackup>();
        builder.Services.AddHostedService<BackupMetrics>();
        builder.Services.AddHostedService<BackupSchedule>();
    }

    public static void MapCare(this WebApplication app)
    {
        var care = app.MapGroup("/api/v1").WithTags("Care").RequireAuthorization(Permission.Administer.Policy());
        care.MapPost("/backups", (DataCare data, CancellationToken stop) => data.BackupAsync(whileRunning: true, stop))
            .WithSummary("Copies registry and telemetry into a sealed backup below the data folder; ingest goes on.").Audited("data.backup");
        care.MapPost("/check", (DataCare data, CancellationToken stop) => data.CheckAsync(whileRunning: true, stop))
            .WithSummary("Reads everything and reports damage by file.").Audited("data.check");
        app.MapGet("/api/v1/backups", Backups).Produces<BackupStanding>().ProducesProblem(400).WithTags("Care").RequireAuthorization(Permission.ReadConnections.PolicyEverywhere())
            .WithSummary("How scheduled backups stand: folder, the next one, the one under way, the newest there is, and what came of the last.");
    }

    private static IResult Backups(HttpContext context, BackupCourse course)
    {
        var parameters = new QueryParameters(context.Request.Query);
        parameters.RefuseUnknown([]);
        return parameters.IsWrong ? parameters.Problem() : TypedResults.Ok(course.Now);
    }
}
