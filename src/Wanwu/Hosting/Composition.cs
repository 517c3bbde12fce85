using Wanwu.Connect;
using Wanwu.Console;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry;

namespace Wanwu.Hosting;

/// <summary>Puts the rooms of the house together: what each folder registers and maps, from the ground floor up.</summary>
internal static class Composition
{
    public static WebApplication Build(string[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = settings, ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddSingleton(TimeProvider.System);

        builder.AddRegistry();
        builder.AddAccess();
        builder.AddTelemetry();
        builder.AddConnect();
        builder.AddConsole();

        var app = builder.Build();
        app.MapRegistry();
        app.MapAccess();
        app.MapTelemetry();
        app.MapConnect();
        app.MapConsole();
        return app;
    }
}
