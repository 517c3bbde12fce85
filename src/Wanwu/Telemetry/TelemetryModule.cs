using Wanwu.Hosting.Options;
using Wanwu.Telemetry.Log;

namespace Wanwu.Telemetry;

internal static class TelemetryModule
{
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.AddSettings<LogOptions>("Telemetry:Log");
        builder.Services.AddSingleton<SeriesTable>();
        builder.Services.AddSingleton<LatestValues>();
        builder.Services.AddSingleton<CommittedBatches>();
        builder.Services.AddSingleton<DiskFaults>();
        builder.Services.AddSingleton<UnloadedTail>(_ => new UnloadedTail());
        builder.Services.AddSingleton<Committer>();
        builder.Services.AddSingleton<ObservationLog>();
        builder.Services.AddSingleton<LogReplay>();
        builder.Services.AddHostedService<TelemetryStart>();
    }

    public static void MapTelemetry(this WebApplication app)
    {
        _ = app;
    }
}
