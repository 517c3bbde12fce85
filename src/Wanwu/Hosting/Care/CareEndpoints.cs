using Wanwu.Security.Access;
using Wanwu.Security.Audit;

namespace Wanwu.Hosting.Care;

internal static class CareEndpoints
{
    public static void AddCare(this WebApplicationBuilder builder) => builder.Services.AddSingleton<DataCare>();

    public static void MapCare(this WebApplication app)
    {
        var care = app.MapGroup("/api/v1").WithTags("Care").RequireAuthorization(Permission.Administer.Policy());
        care.MapPost("/backups", (DataCare data, CancellationToken stop) => data.BackupAsync(whileRunning: true, stop))
            .WithSummary("Copies registry and telemetry into a sealed backup below the data folder; ingest goes on.").Audited("data.backup");
        care.MapPost("/check", (DataCare data, CancellationToken stop) => data.CheckAsync(whileRunning: true, stop))
            .WithSummary("Reads everything and reports damage by file.").Audited("data.check");
    }
}
