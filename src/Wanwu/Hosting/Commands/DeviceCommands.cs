using System.CommandLine;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Hosting.Commands;

/// <summary><c>wanwu replay</c> and <c>wanwu demo</c>: devices that speak over real sockets, from a process of their own.</summary>
internal static class DeviceCommands
{
    private const string DemoFolder = "./data-demo";

    public static Command CreateReplay()
    {
        var command = new Command("replay", """
            Turns recordings into devices that publish them over MQTT to the server that runs on the data folder.

            Options are the simulator's, as --speed 3600 (an hour a second), --things 10, --rebase now, --loop; `wanwu replay --help-all` lists them.
            With --url, --mqtt and --token it plays to any server.
            """) { TreatUnmatchedTokensAsErrors = false };
        var all = new Option<bool>("--help-all") { Description = "Lists every option." };
        command.Options.Add(all);
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(() => parsed.GetValue(all)
            ? SimulatorProcess.RunAsync(["replay", "--help"], "", stop)
            : ReplayAsync([.. parsed.UnmatchedTokens], stop)));
        return command;
    }

    public static Command CreateDemo()
    {
        var command = new Command("demo", $"""
            Runs the platform with a living zone: a dozen air-quality stations of Beijing that replay a real recording over MQTT sockets.

            Its data lies in a folder of its own, {DemoFolder}; settings follow as with serve.
            """) { TreatUnmatchedTokensAsErrors = false };
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(() =>
            ServeCommand.RunAsync([$"--{DataFolder.Setting}={DemoFolder}", .. parsed.UnmatchedTokens], PlayDemoAsync, stop)));
        return command;
    }

    private static async Task<int> ReplayAsync(string[] arguments, CancellationToken stop)
    {
        // Settings of the server begin with a section's name and a colon; everything else is the simulator's.
        var settings = arguments.Where(argument => argument.StartsWith("--", StringComparison.Ordinal) && argument.Split('=')[0].Contains(':', StringComparison.Ordinal)).ToArray();
        var rest = arguments.Except(settings).ToList();
        if (rest.Contains("--url")) return await SimulatorProcess.RunAsync(["replay", .. rest], Environment.GetEnvironmentVariable("WANWU_TOKEN") ?? "", stop);

        await using var services = await CommandServices.OpenAsync(settings, stop);
        var folder = services.GetRequiredService<DataFolder>();
        if (RunningServer.Find(folder) is not { } server)
        {
            await System.Console.Error.WriteLineAsync($"wanwu: no server is running on {folder.Path}. Start one with ./wanwu serve, name its folder with --Data:Path, or its address with --url and --mqtt.");
            return ExitCodes.Refused;
        }
        var token = await TokenAsync(services, "replay", stop);
        return await SimulatorProcess.RunAsync(["replay", .. rest, .. Doors(server), .. State(rest, folder)], token, stop);
    }

    private static async Task PlayDemoAsync(WebApplication app, ServerNotice notice, CancellationToken stopping)
    {
        var token = await TokenAsync(app.Services, "demonstration zone", stopping);
        var folder = app.Services.GetRequiredService<DataFolder>();
        var code = await SimulatorProcess.RunAsync(["demo", .. Doors(notice), .. State([], folder)], token, stopping);
        if (code != ExitCodes.Done && !stopping.IsCancellationRequested)
            await System.Console.Error.WriteLineAsync($"wanwu: the demonstration's devices ended with code {code}; the platform goes on.");
    }

    private static string[] Doors(ServerNotice server) => ["--url", server.Http[0], "--mqtt", server.Mqtt ?? ""];

    private static string[] State(List<string> given, DataFolder folder) => given.Contains("--state") ? [] : ["--state", folder.File("simulator.json")];

    private static async Task<string> TokenAsync(IServiceProvider services, string name, CancellationToken stop)
    {
        var expires = Timestamp.From(services.GetRequiredService<TimeProvider>().GetUtcNow().AddDays(7));
        return (await services.GetRequiredService<AccessTokens>().CreateAsync(name, Role.Integrator, expires, stop)).Token;
    }
}
