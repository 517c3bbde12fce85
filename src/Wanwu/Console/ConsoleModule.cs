using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.Extensions.WebEncoders;
using MudBlazor.Services;
using Wanwu.Console.AuditRoom;
using Wanwu.Console.Language;
using Wanwu.Console.Live;
using Wanwu.Console.Parts;
using Wanwu.Console.People;
using Wanwu.Console.SqlRoom;
using Wanwu.Console.ThingRoom;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Sql;

namespace Wanwu.Console;

internal static class ConsoleModule
{
    /// <summary>What a circuit takes in one message: the longest query, should all of it be written as JSON escapes, and what goes around it.</summary>
    private const int LongestMessage = 6 * SqlRequest.MaxText + 16 * 1024;

    public static void AddConsole(this WebApplicationBuilder builder)
    {
        // Chinese as it is written, not as numeric entities: pages are half the size and readable.
        builder.Services.Configure<WebEncoderOptions>(encoders => encoders.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All));
        builder.Services.AddRazorComponents().AddInteractiveServerComponents(circuits =>
        {
            circuits.DisconnectedCircuitMaxRetained = 50;
            circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(3);
        }).AddHubOptions(hub => hub.MaximumReceiveMessageSize = LongestMessage);
        builder.Services.AddMudServices();
        builder.Services.AddCascadingAuthenticationState();
        builder.Services.AddScoped<AuthenticationStateProvider, CircuitSession>();
        builder.Services.AddScoped<Words>();
        builder.Services.AddScoped<Figures>();
        builder.Services.AddScoped<Visitor>();
        builder.Services.AddScoped<ProofWords>();
        builder.Services.AddScoped<Places>();
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddScoped<CircuitHandler, AuditCircuit>();
        builder.Services.AddScoped<FreshCredentials>();
        builder.Services.AddSingleton<LiveThings>();
        builder.Services.AddSingleton<SeriesPictures>();
    }

    public static void MapConsole(this WebApplication app)
    {
        app.UseRequestLocalization(Preferences.Localization());
        app.MapStaticAssets();
        app.MapGet("/", () => TypedResults.LocalRedirect("~/things")).ExcludeFromDescription();
        app.MapGet("/things/export.csv", ThingExport.WriteAsync).RequireAuthorization(Permission.ReadThings.Policy()).ExcludeFromDescription().Audited("data.export");
        app.MapPost("/sql/export", SqlExport.WriteAsync).RequireAuthorization(Permission.QuerySql.Policy()).DisableAntiforgery().ExcludeFromDescription().Audited("data.export");
        // Who may frame a page is said with every answer, and more strictly.
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(circuits => circuits.ContentSecurityFrameAncestorsPolicy = null);
    }
}
