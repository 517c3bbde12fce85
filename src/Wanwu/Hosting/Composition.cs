using Wanwu.Connect;
using Wanwu.Console;
using Wanwu.Hosting.Care;
using Wanwu.Hosting.Metrics;
using Wanwu.Hosting.Options;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Security.Sealing;
using Wanwu.Telemetry;

namespace Wanwu.Hosting;

/// <summary>Puts the rooms of the house together: what each folder registers and maps, from the ground floor up.</summary>
/// <remarks>Hosted services start in the order of registration, and the doors open after all of them: whoever connects finds everything loaded.</remarks>
internal static class Composition
{
    /// <param name="settings">Command-line settings, as <c>--Connect:Mqtt:Port=0</c>.</param>
    /// <param name="also">What is registered after the rooms: a test's clock, a test's log.</param>
    /// <exception cref="SettingsException">A setting is unknown or breaks its rule; all such faults together.</exception>
    public static WebApplication Build(string[] settings, Action<WebApplicationBuilder>? also = null)
    {
        var builder = CreateBuilder(settings);
        also?.Invoke(builder);
        var faults = SettingsCheck.Run(OptionsCatalogue.Of(builder.Services), builder.Configuration);
        if (faults.Count > 0) throw new SettingsException(faults);

        var app = builder.Build();
        app.UseWanwuHttp();
        app.MapHealth();
        app.MapApiDescription();
        app.MapRegistry();
        app.MapAccess();
        app.MapAudit();
        app.MapTelemetry();
        app.MapConnect();
        app.MapCare();
        app.MapMetrics();
        app.MapConsole();
        return app;
    }

    /// <summary>Everything registered, nothing checked or built yet.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "Wanwu", ContentRootPath = AppContext.BaseDirectory });
        Configuration.Load(builder.Configuration, settings);
        Configuration.Logs(builder.Logging);
        builder.WebHost.UseStaticWebAssets();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddSettings<DataOptions>("Data");

        builder.AddAudit();
        builder.AddRegistry();
        builder.AddSealing();
        builder.AddAccess();
        builder.AddTelemetry();
        builder.AddConnect();
        builder.AddConsole();
        builder.AddHttpDoor();
        builder.AddHealth();
        builder.AddCare();
        builder.AddMetricsOut();
        builder.AddApiDescription();
        return builder;
    }
}
