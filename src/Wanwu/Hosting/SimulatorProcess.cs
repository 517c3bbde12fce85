using System.Diagnostics;

namespace Wanwu.Hosting;

/// <summary>The simulator as a process of its own, talking to the server over real sockets like any device.</summary>
internal static class SimulatorProcess
{
    private static string Program => Path.Combine(AppContext.BaseDirectory, "Wanwu.Simulator.dll");

    /// <summary>Runs it to its end, or until <paramref name="stop"/>.</summary>
    /// <param name="arguments">The simulator's own command and options.</param>
    /// <param name="token">Access token, handed over by the environment so that it stands in no process list.</param>
    /// <returns>The simulator's exit code.</returns>
    /// <remarks>Its standard input is held open: when this process dies, however it dies, the input ends and the simulator with it.</remarks>
    public static async Task<int> RunAsync(IEnumerable<string> arguments, string token, CancellationToken stop)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } dotnet && Path.GetFileNameWithoutExtension(dotnet) == "dotnet" ? dotnet : "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
        };
        start.ArgumentList.Add(Program);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["WANWU_TOKEN"] = token;
        start.Environment["WANWU_END_WITH_INPUT"] = "1";
        using var process = Process.Start(start)!;
        try
        {
            await process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync(CancellationToken.None);
        }
        return process.ExitCode;
    }
}
