using System.CommandLine;
using Wanwu.Simulator.Recordings;
using Wanwu.Simulator.Server;

namespace Wanwu.Simulator.Commands;

/// <summary>The simulator's commands.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand($"Devices that speak real protocols over real sockets. {ExitCode.Help}");
        root.Subcommands.Add(ReplayCommand.Create());
        root.Subcommands.Add(DemoCommand.Create());
        root.Subcommands.Add(LoadCommand.Create());
        var parsed = root.Parse(args);
        var code = await parsed.InvokeAsync();
        return parsed.Errors.Count > 0 ? ExitCode.BadInput : code;
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
