using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Win32.SafeHandles;
using Wanwu.Connect.Transport;

namespace Wanwu.Tests.Connect.Transport;

/// <summary>Tests that count the process's descriptors, or use them up, run while no other does.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;

/// <summary>Every descriptor is given back, and running out of them is survived.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class DescriptorTests
{
    [Fact]
    public async Task No_descriptor_is_left_behind_however_connections_end()
    {
        await WearAsync();
        var before = Descriptors();
        for (var i = 0; i < 3; i++) await WearAsync();
        await Until.TrueAsync(() => Descriptors() <= before);
    }

    private static async Task WearAsync()
    {
        await using var rig = new EchoRig(new TransportOptions { Loops = 2, NewConnectionsPerSecond = 1_000_000 });
        var pairs = new List<(Socket Client, EchoProtocol Server)>();
        for (var i = 0; i < 300; i++) pairs.Add(await rig.ConnectAsync());
        for (var i = 0; i < pairs.Count; i++)
        {
            var (client, server) = pairs[i];
            switch (i % 6)
            {
                case 0: client.Reset(); break;
                case 1: client.Dispose(); break;
                case 2: server.Connection.Close(); break;
                case 3: server.Connection.Abort(); break;
                case 4: await client.SayAsync(EchoRig.Frame([EchoProtocol.Fault])); break;
                default: await client.SayAsync(EchoRig.Frame([EchoProtocol.Flood])); break;
            }
        }
        rig.Refuses = true;
        using (var refused = await rig.DialAsync()) Assert.True(await refused.IsClosedAsync());
        foreach (var (client, _) in pairs) client.Dispose();
        await Task.WhenAll(pairs.Select(pair => pair.Server.Ended.Task)).WaitAsync(EchoRig.Patience, TestContext.Current.CancellationToken);
    }

    /// <summary>Sockets, eventfds and epolls: what files others have open is not counted.</summary>
    private static int Descriptors() => Directory.EnumerateFiles("/proc/self/fd")
        .Select(link => new FileInfo(link).LinkTarget ?? "")
        .Count(target => target.StartsWith("socket:", StringComparison.Ordinal) || target.Contains("[event", StringComparison.Ordinal));

    [Fact]
    public async Task Without_descriptors_accepting_pauses_and_goes_on_when_there_are_some()
    {
        var clock = new FakeTimeProvider();
        await using var rig = new EchoRig(new TransportOptions { Loops = 1 }, clock);
        using (var warm = await rig.DialAsync()) await warm.EchoAsync(EchoRig.Frame("hello"u8));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var limits = new ulong[2];
        var used = UseUp(limits);
        try
        {
            await client.ConnectAsync(rig.Endpoint, TestContext.Current.CancellationToken);
            await Until.TrueAsync(() => Warnings(rig) > 0);
            // Tried again and in vain: it is said once.
            clock.Advance(TimeSpan.FromSeconds(1));
            clock.Advance(TimeSpan.FromSeconds(1));
        }
        finally
        {
            foreach (var handle in used) handle.Dispose();
            _ = SetLimits(FileLimit, limits);
        }
        var echo = client.EchoAsync(EchoRig.Frame("at last"u8));
        await Until.TrueAsync(() => echo.IsCompleted, () => clock.Advance(TimeSpan.FromSeconds(1)));
        await echo;
        Assert.Equal(1, Warnings(rig));
        Assert.Contains(rig.Log.Lines, line => line.Text == "Connections are taken again");
    }

    private static int Warnings(EchoRig rig) => rig.Log.Lines.Count(line => line.Level == LogLevel.Warning);

    private const int FileLimit = 7;

    private static List<SafeFileHandle> UseUp(ulong[] before)
    {
        Assert.Equal(0, GetLimits(FileLimit, before));
        var highest = Directory.EnumerateFiles("/proc/self/fd").Max(link => int.Parse(Path.GetFileName(link)));
        Assert.Equal(0, SetLimits(FileLimit, [(ulong)highest + 20, before[1]]));
        var used = new List<SafeFileHandle>();
        while (true)
        {
            var copy = Duplicate(0);
            if (copy < 0) return used;
            used.Add(new SafeFileHandle(copy, ownsHandle: true));
        }
    }

    [DllImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetLimits(int resource, [Out] ulong[] softAndHard);

    [DllImport("libc", EntryPoint = "setrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetLimits(int resource, ulong[] softAndHard);

    [DllImport("libc", EntryPoint = "dup")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Duplicate(int descriptor);
}
