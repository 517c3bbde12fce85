using System.Diagnostics;

namespace Wanwu.Bench.Access;

/// <summary>What access checks add: to the decision itself, to an MQTT message, to a call of the API, with 100 000 things, 5 000 organisations and 2 000 grants in a real registry.</summary>
/// <remarks>
/// <c>dotnet run -c Release --project bench/Wanwu.Bench -- access [decision|mqtt|api]…</c>; tables in Markdown come out. Compared are a program that may everything, of whom nothing is asked
/// but that, and one that may the same to the same things by five grants over parts. Server and measurement are a process each.
/// </remarks>
internal static class AccessFigures
{
    private const int Messages = 400_000, Rounds = 25, DeliveredMessages = 40_000, Turns = 400;
    private static readonly TextWriter Out = System.Console.Out;

    public static async Task RunAsync(string[] args)
    {
        bool Wanted(string part) => args.Length == 0 || args.Contains(part);
        if (Wanted("decision")) Decision();
        if (!Wanted("mqtt") && !Wanted("api")) return;
        var folder = ServerProcess.NewFolder();
        await ServerProcess.MakeTokenAsync(folder);
        var world = await AccessWorld.WriteAsync(folder);
        var began = Stopwatch.GetTimestamp();
        await using var server = await ServerProcess.StartAsync(folder);
        Out.WriteLine(FormattableString.Invariant($"The server was ready after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s.\n"));
        Warm(server, world);
        if (Wanted("mqtt")) await MqttAsync(new MqttCases(server, world));
        if (Wanted("api")) await ApiAsync(new ApiCases(server, world));
    }

    private static void Decision()
    {
        using var book = new AccessBenchmarks();
        book.Setup();
        book.VisibleOfAll();
        Out.WriteLine("| the decision by itself | time | bytes allocated |\n|---|---|---|");
        Row("one thing", Cost.Of(1_000_000, () => book.May()));
        Row("a list of all things, for each thing", Each(Cost.Of(10, () => book.VisibleOfAll()), book.Count));
        Row("the first list after grants changed, for each thing", Each(Cost.Of(1, () => book.SwapAndVisibleOfAll()), book.Count));
        Row("a new book of all grants, after a change", Cost.Of(10, book.Swap));
        Out.WriteLine();

        static Cost Each(Cost cost, int count) => new(cost.Nanoseconds / count, cost.Bytes / count);
        static void Row(string name, Cost cost) => Out.WriteLine(FormattableString.Invariant($"| {name} | {(cost.Nanoseconds < 10_000 ? $"{cost.Nanoseconds:0.0} ns" : $"{cost.Nanoseconds / 1e6:0.00} ms")} | {cost.Bytes:0.##} |"));
    }

    /// <summary>Everything in the branch has reported, and the runtime has compiled what it runs often.</summary>
    private static void Warm(ServerProcess server, AccessWorld world)
    {
        var each = world.InBranch.Count / Publishers.Connections;
        foreach (var who in (Asker[])[world.All, world.Part])
        {
            using var publishers = new Publishers(server.MqttPort, who, connection => [.. world.InBranch.Skip(connection * each).Take(each).Select(thing => $"v1/things/{thing}/report")]);
            publishers.Publish(Messages);
        }
    }

    private static async Task MqttAsync(MqttCases cases)
    {
        Out.WriteLine("| server's CPU µs a message | may everything | five grants | added | asked |\n|---|---|---|---|---|");
        Row("report for one thing a connection, QoS 1, 50 × 20 in flight", await cases.PublishAsync(1, Messages, Rounds));
        Row("report for 200 things a connection by turns", await cases.PublishAsync(200, Messages, Rounds));
        Row($"observation to each of {Subscribers.Connections} subscribers", await cases.DeliverAsync(DeliveredMessages, Rounds));
        Out.WriteLine();

        static void Row(string name, MqttFigures figures)
        {
            // Of each round by itself: a round in which the store had more to do says nothing of access.
            var added = figures.All.Zip(figures.Part, (all, part) => part / all - 1).Order().ToList();
            var (low, middle, high) = (added[added.Count / 4], MqttFigures.MedianOf(added), added[added.Count * 3 / 4]);
            Out.WriteLine(FormattableString.Invariant(
                $"| {name} | {MqttFigures.MedianOf(figures.All):0.000} | {MqttFigures.MedianOf(figures.Part):0.000} | {middle * 100:+0.0;-0.0} % ({low * 100:+0.0;-0.0} to {high * 100:+0.0;-0.0}) | ≤ 10 % |"));
        }
    }

    private static async Task ApiAsync(ApiCases cases)
    {
        Out.WriteLine("| call, p50 / p99 ms | sees everything | five grants | added | asked |\n|---|---|---|---|---|");
        foreach (var each in cases.Cases)
        {
            var figures = await cases.MeasureAsync(each, Turns);
            Out.WriteLine(FormattableString.Invariant(
                $"| {each.Name} | {figures.All.P50:0.00} / {figures.All.P99:0.00} | {figures.Part.P50:0.00} / {figures.Part.P99:0.00} | {figures.Part.P50 - figures.All.P50:+0.00;-0.00} / {figures.Part.P99 - figures.All.P99:+0.00;-0.00} | ≤ 1 |{(figures.Bytes == figures.BytesOfPart ? "" : $" <!-- {figures.Bytes} and {figures.BytesOfPart} bytes -->")}"));
        }
    }
}
