using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Wanwu.EndToEnd.Harness;

/// <summary>The built server as a process of its own, on ports the system chooses, over a data folder that outlives it.</summary>
/// <remarks>Everything it prints is kept and goes into the message of a failed start.</remarks>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private const int SigKill = 9, SigTerm = 15;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly StringBuilder _said;

    private ServerProcess(Process process, StringBuilder said, string dataFolder, ServerNotice notice, TimeSpan startedIn)
    {
        (_process, _said, DataFolder, StartedIn) = (process, said, dataFolder, startedIn);
        Url = new Uri(notice.Http[0]);
        Urls = [.. notice.Http.Select(url => new Uri(url))];
        if (notice.Mqtts is { } secure) MqttsPort = int.Parse(secure[(secure.LastIndexOf(':') + 1)..]);
        var colon = notice.Mqtt.LastIndexOf(':');
        (MqttHost, MqttPort) = (notice.Mqtt[..colon], int.Parse(notice.Mqtt[(colon + 1)..]));
    }

    public string DataFolder { get; }
    public Uri Url { get; }
    public IReadOnlyList<Uri> Urls { get; }
    /// <summary>0 where MQTT over TLS is shut.</summary>
    public int MqttsPort { get; }
    public string MqttHost { get; }
    public int MqttPort { get; }
    public int Pid => _process.Id;
    /// <summary>From the start of the process until every door was open.</summary>
    public TimeSpan StartedIn { get; }

    /// <summary>Everything the process has printed.</summary>
    public string Said { get { lock (_said) return _said.ToString(); } }

    /// <param name="dataFolder">Kept between starts; made if it is not there.</param>
    /// <param name="settings">Further settings, as <c>--Connect:Mqtt:MaxPacketBytes=4096</c>. One that is given here replaces the default of the tests.</param>
    public static Task<ServerProcess> StartAsync(string dataFolder, params string[] settings) => StartCommandAsync("serve", dataFolder, settings);

    /// <inheritdoc cref="StartAsync"/>
    /// <param name="command"><c>serve</c>, or another command that runs the server.</param>
    public static async Task<ServerProcess> StartCommandAsync(string command, string dataFolder, params string[] settings)
    {
        var notice = Path.Combine(dataFolder, "server.json");
        File.Delete(notice);
        var watch = Stopwatch.StartNew();
        var process = Launch(command, dataFolder, settings);
        var said = Listen(process);
        var running = await AwaitNoticeAsync(process, notice, said, watch);
        var server = new ServerProcess(process, said, dataFolder, running, watch.Elapsed);
        try
        {
            await server.AwaitReadyAsync(watch);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a server and kills it before long, most likely while it is still reading its log.</summary>
    public static async Task StartAndKillAsync(string dataFolder, TimeSpan after, params string[] settings)
    {
        using var process = Launch("serve", dataFolder, settings);
        Listen(process);
        await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(after, TimeProvider.System));
        Assert.False(process.HasExited, "The server ended by itself while it was starting.");
        process.Kill();
        await process.WaitForExitAsync();
    }

    private static Process Launch(string command, string dataFolder, string[] settings)
    {
        string[] defaults = ["--urls=http://127.0.0.1:0", "--Connect:Mqtt:Port=0", $"--Data:Path={dataFolder}"];
        var names = settings.Select(setting => setting.Split('=')[0]).ToHashSet();
        return Tool.Start("dotnet", [Repository.ServerDll, command, .. defaults.Where(setting => !names.Contains(setting.Split('=')[0])), .. settings], dataFolder);
    }

    /// <summary>Ends the process as a power cut does.</summary>
    public async Task KillAsync()
    {
        Signal(SigKill);
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks the process to stop, as Ctrl-C does.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        Signal(SigTerm);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>An administrator's bearer token, made by the command line while the server runs.</summary>
    public static async Task<string> CreateTokenAsync(string dataFolder, string name = "tests", string role = "administrator")
    {
        var made = await Tool.RunAsync("dotnet", [Repository.ServerDll, "token", "create", "--name", name, "--role", role, $"--Data:Path={dataFolder}"]);
        return made.Succeeded().Output.Trim();
    }

    /// <summary>Resident memory in bytes (Linux).</summary>
    public long ResidentBytes()
    {
        var line = File.ReadLines($"/proc/{Pid}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    private void Signal(int signal)
    {
        if (!_process.HasExited && SysKill(_process.Id, signal) != 0 && !_process.HasExited)
            throw new InvalidOperationException($"Process {_process.Id} could not be signalled: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SysKill(int pid, int signal);

    private static StringBuilder Listen(Process process)
    {
        var said = new StringBuilder();
        void Keep(string? line)
        {
            lock (said) said.AppendLine(line);
        }

        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return said;
    }

    private static async Task<ServerNotice> AwaitNoticeAsync(Process process, string path, StringBuilder said, Stopwatch watch)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await timer.WaitForNextTickAsync())
        {
            if (File.Exists(path)) return JsonSerializer.Deserialize<ServerNotice>(await File.ReadAllTextAsync(path), JsonSerializerOptions.Web)!;
            var ended = process.HasExited;
            if (!ended && watch.Elapsed < StartLimit) continue;
            if (!ended) process.Kill();
            lock (said) throw new InvalidOperationException($"The server {(ended ? $"ended with {process.ExitCode}" : "was not ready in time")}. It said:\n{said}");
        }
        throw new InvalidOperationException("The timer ended.");
    }

    private async Task AwaitReadyAsync(Stopwatch watch)
    {
        using var http = new HttpClient { BaseAddress = Url };
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        do
        {
            using var answer = await http.GetAsync("/health/ready");
            if (answer.IsSuccessStatusCode) return;
            if (watch.Elapsed > StartLimit) throw new InvalidOperationException($"/health/ready answers {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }
        while (await timer.WaitForNextTickAsync());
    }

    private sealed record ServerNotice(IReadOnlyList<string> Http, string Mqtt, int Pid, string? Mqtts);
}
