using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Wanwu.Bench.Flood;

/// <summary>What those with right credentials met with.</summary>
/// <param name="Rate">Sign-ins over MQTT a second.</param>
internal sealed record RightFigures(double Rate, Times SignIn, Times Publish, Times Request, int Failed);

/// <summary>Milliseconds: half of all took less, all but one in a hundred took less.</summary>
internal sealed record Times(double P50, double P99)
{
    public static Times Of(List<double> all)
    {
        all.Sort();
        return all.Count == 0 ? new Times(double.NaN, double.NaN) : new Times(all[all.Count / 2], all[(int)(all.Count * 0.99)]);
    }
}

/// <summary>Things that sign in, report and go, and a program that asks with its token, at an even pace: what they wait for is what a flood costs.</summary>
internal sealed class RightOnes(int mqttPort, Uri http, string token, IReadOnlyList<(string Name, string Password)> things)
{
    private const int PerThread = 25, Reports = 5;
    private readonly Lock _gate = new();
    private readonly List<double> _signIns = [], _publishes = [], _requests = [];
    private int _failed;

    public RightFigures Measure(TimeSpan time)
    {
        var began = Stopwatch.GetTimestamp();
        var threads = things.Select((thing, index) => new Thread(() => Paced(began, time, index, number => SignIn(thing, number)))).ToList();
        using var client = new HttpClient { BaseAddress = http };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        threads.Add(new Thread(() => Paced(began, time, 0, _ => Ask(client))));
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return new RightFigures(_signIns.Count / Stopwatch.GetElapsedTime(began).TotalSeconds, Times.Of(_signIns), Times.Of(_publishes), Times.Of(_requests), _failed);
    }

    private static void Paced(long began, TimeSpan time, int offset, Action<int> act)
    {
        using var pause = new ManualResetEventSlim();
        for (var number = 0; Stopwatch.GetElapsedTime(began) < time; number++)
        {
            var due = TimeSpan.FromSeconds((number + offset / 8.0) / PerThread) - Stopwatch.GetElapsedTime(began);
            if (due > TimeSpan.Zero) pause.Wait(due);
            act(number);
        }
    }

    private void SignIn((string Name, string Password) thing, int number)
    {
        try
        {
            var began = Stopwatch.GetTimestamp();
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 10_000 };
            socket.Connect(new IPEndPoint(IPAddress.Loopback, mqttPort));
            socket.Send(MqttPackets.Connect($"right-{thing.Name}", thing.Name, thing.Password));
            var answer = new byte[4];
            if (!Fill(socket, answer) || answer[3] != 0) throw new SocketException((int)SocketError.ConnectionRefused);
            Note(_signIns, began);
            for (ushort id = 1; id <= Reports; id++)
            {
                began = Stopwatch.GetTimestamp();
                socket.Send(MqttPackets.Publish(id, "v1/report", $$"""{"flood":{{number * Reports + id}}}"""));
                if (!Fill(socket, answer)) throw new SocketException((int)SocketError.ConnectionReset);
                Note(_publishes, began);
            }
            socket.Send(MqttPackets.Disconnect);
        }
        catch (SocketException)
        {
            Interlocked.Increment(ref _failed);
        }
    }

    private void Ask(HttpClient client)
    {
        var began = Stopwatch.GetTimestamp();
        using var answer = client.Send(new HttpRequestMessage(HttpMethod.Get, "/api/v1/sectors"));
        if (answer.StatusCode == HttpStatusCode.OK) Note(_requests, began);
        else Interlocked.Increment(ref _failed);
    }

    private void Note(List<double> times, long began)
    {
        var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        lock (_gate) times.Add(took);
    }

    private static bool Fill(Socket socket, byte[] bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var read = socket.Receive(bytes.AsSpan(at));
            if (read == 0) return false;
            at += read;
        }
        return true;
    }
}
