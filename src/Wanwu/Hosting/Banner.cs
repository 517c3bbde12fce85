using System.Globalization;
using Wanwu.Registry;
using Wanwu.Security.Access;

namespace Wanwu.Hosting;

/// <summary>What a person sees when the doors are open: where they are, where the data lies, how to sign in.</summary>
internal static class Banner
{
    public static Task WriteAsync(WebApplication app, ServerNotice notice, SetupState setup, TimeSpan took)
    {
        var output = System.Console.Out;
        output.WriteLine($"Wanwu 萬物 {notice.Version}");
        foreach (var url in notice.Http) output.WriteLine($"  Console and API  {url}");
        if (notice.Mqtt is not null) output.WriteLine($"  MQTT             {notice.Mqtt}, and over WebSocket at {notice.Http[0].Replace("http", "ws", StringComparison.Ordinal)}/mqtt");
        if (notice.Mqtts is not null) output.WriteLine($"  MQTT over TLS    {notice.Mqtts}");
        output.WriteLine($"  Data             {app.Services.GetRequiredService<DataFolder>().Path}");
        output.WriteLine(setup.Code is null
            ? $"  Sign in          {notice.Http[0]}/sign-in"
            : $"  First sign-in    {notice.Http[0]}/setup?code={setup.Code}     (works once, for 24 hours)");
        foreach (var open in app.Services.GetRequiredService<HttpDoor>().PlaintextBeyondLoopback)
            output.WriteLine($"  Warning          {open.Address}:{open.Port} is plaintext and reachable from other machines.");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Ready in {took.TotalSeconds:F1} s. Ctrl-C stops."));
        return output.FlushAsync();
    }
}
