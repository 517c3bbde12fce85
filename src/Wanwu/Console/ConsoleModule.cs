using MudBlazor.Services;
using Wanwu.Console.Language;

namespace Wanwu.Console;

internal static class ConsoleModule
{
    public static void AddConsole(this WebApplicationBuilder builder)
    {
        // Without a publish step the files of wwwroot are found by the manifest beside the assembly.
        builder.WebHost.UseStaticWebAssets();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents(circuits =>
        {
            circuits.DisconnectedCircuitMaxRetained = 50;
            circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(3);
        });
        builder.Services.AddMudServices();
        builder.Services.AddCascadingAuthenticationState();
        builder.Services.AddScoped<Words>();
    }

    public static void MapConsole(this WebApplication app)
    {
        app.UseRequestLocalization(Preferences.Localization());
        app.UseAntiforgery();
        app.MapStaticAssets();
        app.MapGet("/", () => TypedResults.LocalRedirect("~/things"));
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
    }
}
