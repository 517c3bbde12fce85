using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Wanwu.Bench.Flood;

/// <summary>The flood, a process of its own: wrong credentials from many loopback addresses, half as MQTT CONNECTs (a connection each), half as HTTP requests on open connections.</summary>
/// <remarks>Two threads that wait for no answer: what comes back is read when the place in the ring is needed again.</remarks>
internal static class WrongPasswords
{
    private const int Ring = 512;

    /// <param name="args">Ports of MQTT and HTTP, wrong passwords a second, addresses. Ends with its standard input; then says how many it has sent.</param>
    public static void Run(string[] args)
    {
        var (mqtt, http, rate, addresses) = (Number(args[0]), Number(args[1]), Number(args[2]), Number(args[3]));
        using var end = new CancellationTokenSource();
        long sent = 0;
        Thread[] threads =
        [
            new(() => Pace(rate / 2, Connects(mqtt, addresses), () => Interlocked.Increment(ref sent), end.Token)),
            new(() => Pace(rate / 2, Requests(http, addresses), () => Interlocked.Increment(ref sent), end.Token)),
        ];
        foreach (var thread in threads) thread.Start();
        // Whoever started this asks for the count so far with a line.
        while (System.Console.In.ReadLine() is not null) System.Console.Out.WriteLine(Interlocked.Read(ref sent).ToString(CultureInfo.InvariantCulture));
        end.Cancel();
        foreach (var thread in threads) thread.Join();
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static void Pace(int perSecond, Action<long> send, Action count, CancellationToken end)
    {
        var began = Stopwatch.GetTimestamp();
        for (long number = 0; !end.IsCancellationRequested;)
        {
            if (number >= Stopwatch.GetElapsedTime(began).TotalSeconds * perSecond)
            {
                end.WaitHandle.WaitOne(1);
                continue;
            }
            send(number++);
            count();
        }
    }

    private static IPEndPoint Source(long number, int addresses) => new(new IPAddress([127, 1, (byte)(number % addresses >> 8), (byte)(number % addresses)]), 0);

    /// <summary>Things, tokens and people by turns: each is checked in its own way.</summary>
    private static (string Name, string Password) Credentials(long number) => (number % 4) switch
    {
        0 => ("token", $"wanwu_{number:D43}aaaaaa"),
        1 => ($"person{number % 1000}", $"wrong password {number}"),
        _ => ($"0198{number:x22}", $"wrong{number:D27}"),
    };

    private static Action<long> Connects(int port, int addresses)
    {
        var ring = new Socket?[Ring];
        var target = new IPEndPoint(IPAddress.Loopback, port);
        return number =>
        {
            ref var place = ref ring[number % Ring];
            place?.Dispose();
            place = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
            try
            {
                place.Bind(Source(number, addresses));
                place.Connect(target);
                var (name, password) = Credentials(number);
                place.Send(MqttPackets.Connect($"flood{number}", name, password));
            }
            // Hung up on, or no port left: the next one.
            catch (SocketException)
            {
            }
        };
    }

    private static Action<long> Requests(int port, int addresses)
    {
        var sockets = new Socket?[Math.Min(addresses, Ring)];
        var answer = new byte[64 * 1024];
        return number =>
        {
            ref var socket = ref sockets[number % sockets.Length];
            try
            {
                if (socket is null)
                {
                    socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 5_000 };
                    socket.Bind(Source(number % sockets.Length, addresses));
                    socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
                }
                else socket.Receive(answer);
                var (name, password) = Credentials(number % 4 == 1 ? number + 1 : number);
                var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}"));
                socket.Send(Encoding.ASCII.GetBytes($"GET /api/v1/sectors HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {basic}\r\n\r\n"));
            }
            catch (SocketException)
            {
                socket?.Dispose();
                socket = null;
            }
        };
    }
}
