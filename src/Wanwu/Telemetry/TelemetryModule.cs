namespace Wanwu.Telemetry;

internal static class TelemetryModule
{
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        _ = builder;
    }

    public static void MapTelemetry(this WebApplication app)
    {
        _ = app;
    }
}
