using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Wanwu.Bench;

/// <summary>The server as a process of its own, with a data folder of its own, so that its processor time is its alone.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, string folder)
    {
        (_process, Folder) = (process, folder);
        var doors = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(NoticeOf(folder)));
        Http = new Uri(doors.GetProperty("http")[0].GetString()!);
        MqttPort = int.Parse(doors.GetProperty("mqtt").GetString()!.Split(':')[^1], CultureInfo.InvariantCulture);
    }

    public string Folder { get; }
    public Uri Http { get; }
    public int MqttPort { get; }

    /// <summary>User and system time of all its threads.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static string NewFolder() => Directory.CreateTempSubdirectory("wanwu-bench-").FullName;

    public static async Task<ServerProcess> StartAsync(string folder, params string[] settings)
    {
        var process = Run("Wanwu.dll", ["serve", "--urls=http://127.0.0.1:0", "--Connect:Mqtt:Port=0", $"--Data:Path={folder}", "--Logging:LogLevel:Default=Warning", .. settings]);
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, line) => System.Console.Error.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        while (!File.Exists(NoticeOf(folder)))
        {
            if (process.HasExited) throw new InvalidOperationException("The server has ended before it was ready.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
        return new ServerProcess(process, folder);
    }

    /// <summary>A token for a program that administers everything; makes the registry where there is none.</summary>
    public static async Task<string> MakeTokenAsync(string folder)
    {
        using var making = Run("Wanwu.dll", ["token", "create", "--name", "bench", "--role", "administrator", $"--Data:Path={folder}"]);
        return (await making.StandardOutput.ReadToEndAsync()).Trim();
    }

    public static Process Run(string program, IEnumerable<string> arguments) => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, program), .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static string NoticeOf(string folder) => Path.Combine(folder, "server.json");

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
