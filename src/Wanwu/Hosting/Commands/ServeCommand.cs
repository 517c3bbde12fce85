using System.CommandLine;
using System.Diagnostics;
using Wanwu.Connect.Mqtt;
using Wanwu.Hosting.Care;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;

namespace Wanwu.Hosting.Commands;

/// <summary>Runs beside an open server until <paramref name="stopping"/>.</summary>
internal delegate Task Companion(WebApplication app, ServerNotice notice, CancellationToken stopping);

/// <summary><c>wanwu serve</c>: opens every door, says where, and runs until it is told to stop.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var command = new Command("serve", """
            Runs the platform until Ctrl-C.

            Settings follow as --Section:Name=value, for example
              wanwu serve --urls http://127.0.0.1:8080 --Connect:Mqtt:Port=1883 --Data:Path=./data
            docs/configuration.md lists them. WANWU_ADMIN_PASSWORD in the environment sets the first administrator's password.
            Exit codes: 0 stopped, 3 a setting is refused, 4 a door could not be opened, 5 the data folder is in use.
            """) { TreatUnmatchedTokensAsErrors = false };
        command.SetAction((parsed, stop) => CommandLine.GuardedAsync(() => RunAsync([.. parsed.UnmatchedTokens], null, stop)));
        return command;
    }

    /// <param name="companion">What runs beside the server once its doors are open, until it stops; the demonstration's devices are one.</param>
    public static async Task<int> RunAsync(string[] settings, Companion? companion, CancellationToken stop)
    {
        Origin.Current = Origin.Server;
        var started = Stopwatch.GetTimestamp();
        await using var app = Composition.Build(settings);
        var folder = app.Services.GetRequiredService<DataFolder>();
        using var server = await RunningServer.TakeAsync(folder, app.Services.GetRequiredService<TimeProvider>(), stop);
        if (server is null) return await CommandLine.FailAsync(ExitCodes.DataInUse, $"Another server is using {folder.Path}. Stop it, or choose another folder with --Data:Path.");
        Restore.Finish(folder);
        return await ServeAsync(app, server, started, companion, stop);
    }

    private static async Task<int> ServeAsync(WebApplication app, RunningServer server, long started, Companion? companion, CancellationToken stop)
    {
        try
        {
            await app.StartAsync(stop);
        }
        catch (IOException taken)
        {
            return await CommandLine.FailAsync(ExitCodes.DoorTaken, $"A door could not be opened: {taken.Message} Choose another port with --urls or --Connect:Mqtt:Port.");
        }
        var notice = app.Services.GetRequiredService<OpenDoors>().Notice(Product.Version);
        var setup = await app.Services.GetRequiredService<FirstAdministrator>().PrepareAsync(stop);
        server.Announce(notice);
        await Banner.WriteAsync(app, notice, setup, Stopwatch.GetElapsedTime(started));
        var beside = companion is null ? Task.CompletedTask : companion(app, notice, app.Lifetime.ApplicationStopping);
        await app.WaitForShutdownAsync(stop);
        await beside;
        return HasFailed(app) ? ExitCodes.Failed : ExitCodes.Done;
    }

    /// <summary>Whether the server stopped because a part of it could not go on, and not because it was told to; the log says which.</summary>
    private static bool HasFailed(WebApplication app) =>
        app.Services.GetServices<IHostedService>().Any(service => service is BackgroundService { ExecuteTask.IsFaulted: true } or LinuxMqttListener { HasFailed: true });
}
