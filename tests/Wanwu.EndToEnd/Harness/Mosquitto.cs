using System.Diagnostics;
using System.Net.Sockets;

namespace Wanwu.EndToEnd.Harness;

/// <summary>Debian's broker on loopback, for checking our devices against a peer that is not ours.</summary>
internal sealed class Mosquitto : IDisposable
{
    private readonly Process _process;

    private Mosquitto(Process process) => _process = process;

    public static async Task<Mosquitto> StartAsync(int port)
    {
        var process = Tool.Start("mosquitto", ["-p", $"{port}"]);
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await IsOpenAsync(port)) await timer.WaitForNextTickAsync(limit.Token);
        return new Mosquitto(process);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task<bool> IsOpenAsync(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await probe.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
