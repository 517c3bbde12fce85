using System.Diagnostics;

namespace Wanwu.EndToEnd.Harness;

/// <summary>Runs a program to its end, bounded in time, and keeps what it said.</summary>
internal static class Tool
{
    public static async Task<ToolResult> RunAsync(string program, string[] arguments, TimeSpan? atMost = null, string? folder = null, string? input = null)
    {
        using var process = Start(program, arguments, folder, input is not null);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        using var limit = new CancellationTokenSource(atMost ?? TimeSpan.FromSeconds(60));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end in time. It said: {await output}{await error}");
        }
        return new ToolResult(process.ExitCode, await output, await error);
    }

    /// <summary>Starts a program whose output is read by the caller.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, string? folder = null, bool withInput = false)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = withInput,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        return StartedProcesses.Keep(Process.Start(start) ?? throw new InvalidOperationException($"{program} could not be started."));
    }
}

internal sealed record ToolResult(int ExitCode, string Output, string Error)
{
    public ToolResult Succeeded()
    {
        Assert.True(ExitCode == 0, $"Exit code {ExitCode}. {Output}{Error}");
        return this;
    }
}
