using System.CommandLine;
using Wanwu.Simulator.Recordings;
using Wanwu.Simulator.Server;

namespace Wanwu.Simulator.Commands;

/// <summary>The simulator's commands.</summary>
internal static class CommandLine
{
    private const string EndWithInput = "WANWU_END_WITH_INPUT";

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand($"Devices that speak real protocols over real sockets. {ExitCode.Help}");
        root.Subcommands.Add(ReplayCommand.Create());
        root.Subcommands.Add(DemoCommand.Create());
        root.Subcommands.Add(LoadCommand.Create());
        var parsed = root.Parse(args);
        using var owner = new CancellationTokenSource();
        if (Environment.GetEnvironmentVariable(EndWithInput) == "1") _ = CancelAtEndOfInputAsync(owner);
        var code = await parsed.InvokeAsync(cancellationToken: owner.Token);
        return parsed.Errors.Count > 0 ? ExitCode.BadInput : code;
    }

    /// <summary>A program that owns this one holds its input open; when it dies, however it dies, the input ends and the devices stop.</summary>
    private static async Task CancelAtEndOfInputAsync(CancellationTokenSource owner)
    {
        // The console's reader reads synchronously whatever its methods are called: it gets a thread of its own.
        await Task.Factory.StartNew(static () => Console.In.ReadToEnd(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await owner.CancelAsync();
        }
        // The command ended at the same moment.
        catch (ObjectDisposedException)
        {
        }
    }

    /// <summary>Runs a command; what a person can put right is said in one line, without a stack.</summary>
    public static async Task<int> GuardedAsync(Func<Task<int>> command, CancellationToken stop)
    {
        try
        {
            return await command();
        }
        catch (RecordingException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ExitCode.BadInput;
        }
        catch (ServerException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ExitCode.NoServer;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
    }
}
