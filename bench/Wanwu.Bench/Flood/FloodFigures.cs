using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Wanwu.Bench.Flood;

/// <summary>How much those with right credentials are slowed down by 10 000 wrong ones a second. Server, flood and measurement are a process each.</summary>
/// <remarks>All of them share the processors. What of it is only that, the same flood against another server beside tells: it costs as much, and meets nobody.
/// <c>dotnet run -c Release --project bench/Wanwu.Bench -- flood [PER_SECOND [ADDRESSES [SECONDS]]]</c>; a table in Markdown comes out.</remarks>
internal static class FloodFigures
{
    private const int Rate = 10_000, Addresses = 100, Seconds = 10, Things = 8, Runs = 3;
    private static readonly TimeSpan Warming = TimeSpan.FromSeconds(8);

    public static async Task RunAsync(string[] args)
    {
        int Argument(int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;
        var (rate, addresses, time) = (Argument(0, Rate), Argument(1, Addresses), TimeSpan.FromSeconds(Argument(2, Seconds)));
        await using var server = await ServerProcess.StartAsync(ServerProcess.NewFolder());
        await using var beside = await ServerProcess.StartAsync(ServerProcess.NewFolder());
        var right = await PrepareAsync(server);
        right().Measure(TimeSpan.FromSeconds(3));
        List<RightFigures> without = [], elsewhere = [], with = [];
        double sent = 0;
        for (var run = 0; run < Runs; run++)
        {
            without.Add(right().Measure(time));
            await FloodedAsync(beside, rate, addresses, () => elsewhere.Add(right().Measure(time)));
            sent += await FloodedAsync(server, rate, addresses, () => with.Add(right().Measure(time)));
        }
        Print(without, elsewhere, with, sent / Runs, addresses);
    }

    private static async Task<Func<RightOnes>> PrepareAsync(ServerProcess server)
    {
        var token = await ServerProcess.MakeTokenAsync(server.Folder);
        using var client = new HttpClient { BaseAddress = server.Http };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        List<(string, string)> things = [];
        for (var i = 0; i < Things; i++)
        {
            using var made = await client.PostAsJsonAsync("/api/v1/things", new { name = $"flood {i}" });
            var credentials = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("credentials");
            things.Add((credentials.GetProperty("username").GetString()!, credentials.GetProperty("password").GetString()!));
        }
        return () => new RightOnes(server.MqttPort, server.Http, token, things);
    }

    /// <returns>Wrong passwords that were sent in a second while it was measured.</returns>
    private static async Task<double> FloodedAsync(ServerProcess server, int rate, int addresses, Action measure)
    {
        using var flood = ServerProcess.Run("Wanwu.Bench.dll", ["wrong-passwords", Text(server.MqttPort), Text(server.Http.Port), Text(rate), Text(addresses)]);
        await Task.Delay(Warming, TimeProvider.System);
        var (before, began) = (await SentAsync(flood), Stopwatch.GetTimestamp());
        measure();
        var sent = (await SentAsync(flood) - before) / Stopwatch.GetElapsedTime(began).TotalSeconds;
        flood.StandardInput.Close();
        await flood.WaitForExitAsync();
        return sent;
    }

    private static async Task<long> SentAsync(Process flood)
    {
        await flood.StandardInput.WriteLineAsync();
        return long.Parse((await flood.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
    }

    private static void Print(List<RightFigures> without, List<RightFigures> elsewhere, List<RightFigures> with, double sent, int addresses)
    {
        var write = System.Console.Out;
        write.WriteLine(FormattableString.Invariant($"{sent:N0} wrong passwords a second from {addresses} addresses, half MQTT CONNECT, half HTTP basic; the median of {without.Count} runs.\n"));
        write.WriteLine("| | without | against another server | against this one | ratio to without | to the one before | asked |\n|---|---|---|---|---|---|---|");
        Row("sign-ins over MQTT a second (200 are tried)", figures => figures.Rate, "≥ 0.75");
        Row("sign-in, p50 ms", figures => figures.SignIn.P50, "≤ 1.33");
        Row("sign-in, p99 ms", figures => figures.SignIn.P99, "");
        Row("report until acknowledged, p50 ms", figures => figures.Publish.P50, "≤ 1.33");
        Row("report until acknowledged, p99 ms", figures => figures.Publish.P99, "");
        Row("request with a token, p50 ms", figures => figures.Request.P50, "≤ 1.33");
        Row("request with a token, p99 ms", figures => figures.Request.P99, "");
        Row("refused or cut off", figures => figures.Failed, "none");

        void Row(string name, Func<RightFigures, double> of, string asked)
        {
            var (one, control, other) = (Median(without, of), Median(elsewhere, of), Median(with, of));
            write.WriteLine(FormattableString.Invariant($"| {name} | {one:0.##} | {control:0.##} | {other:0.##} | {other / one:0.00} | {other / control:0.00} | {asked} |"));
        }
    }

    private static double Median(List<RightFigures> runs, Func<RightFigures, double> of)
    {
        List<double> all = [.. runs.Select(of).Order()];
        return all[all.Count / 2];
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
