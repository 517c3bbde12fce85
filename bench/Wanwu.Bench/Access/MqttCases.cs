using System.Net.Http.Headers;

namespace Wanwu.Bench.Access;

/// <summary>Processor time of the server for the same messages of two callers, one round after the other.</summary>
/// <param name="All">Microseconds a message of the caller who may everything; one number a round.</param>
internal sealed record MqttFigures(IReadOnlyList<double> All, IReadOnlyList<double> Part)
{
    public static double MedianOf(IReadOnlyList<double> rounds) => rounds.Order().ElementAt(rounds.Count / 2);
}

internal sealed class MqttCases(ServerProcess server, AccessWorld world)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20), Step = TimeSpan.FromMilliseconds(1);

    /// <summary>Reports for things: one for each connection, or so many by turns.</summary>
    public async Task<MqttFigures> PublishAsync(int thingsEach, int messages, int rounds) => await AlternateAsync(rounds, async who =>
    {
        using var publishers = new Publishers(server.MqttPort, who, connection => [.. Enumerable.Range(0, thingsEach).Select(i => ReportOf(connection * thingsEach + i))]);
        publishers.Publish(messages / 10);
        await SettleAsync();
        var before = server.ProcessorTime;
        var sent = publishers.Publish(messages);
        await SettleAsync();
        return (server.ProcessorTime - before).TotalMicroseconds / sent;
    });

    /// <summary>Observations handed on to subscribers with the grants of the one or the other; who publishes is the same.</summary>
    public async Task<MqttFigures> DeliverAsync(int messages, int rounds)
    {
        using var publishers = new Publishers(server.MqttPort, world.All, connection => [.. Enumerable.Range(0, Publishers.InFlight).Select(i => ReportOf(connection * Publishers.InFlight + i))]);
        return await AlternateAsync(rounds, async who =>
        {
            using var subscribers = new Subscribers(server.MqttPort, who, "v1/things/+/observations/n");
            await DeliverAsync(publishers, subscribers, messages / 10);
            var before = server.ProcessorTime;
            var delivered = await DeliverAsync(publishers, subscribers, messages);
            return (server.ProcessorTime - before).TotalMicroseconds / delivered;
        });
    }

    /// <returns>How many were delivered; whoever is too slow for what is sent at most once misses some.</returns>
    private async Task<long> DeliverAsync(Publishers publishers, Subscribers subscribers, int messages)
    {
        var before = subscribers.Received;
        var sent = 0L;
        while (sent < messages)
        {
            sent += publishers.Publish(1);
            // Kept in step: no more is under way than the queues hold.
            for (var waited = 0; subscribers.Received - before < sent * Subscribers.Connections && waited < 100; waited++) await Task.Delay(Step, TimeProvider.System);
        }
        await SettleAsync();
        return subscribers.Received - before;
    }

    private string ReportOf(int number) => $"v1/things/{world.InBranch[number % world.InBranch.Count]}/report";

    private async Task<MqttFigures> AlternateAsync(int rounds, Func<Asker, Task<double>> measure)
    {
        List<double> all = [], part = [];
        for (var round = 0; round < rounds; round++)
        {
            // Who begins changes, so that a drift meets both.
            if (round % 2 == 0) all.Add(await measure(world.All));
            part.Add(await measure(world.Part));
            if (round % 2 == 1) all.Add(await measure(world.All));
        }
        return new MqttFigures(all, part);
    }

    /// <summary>Returns when what was acknowledged is in the store too: the account is answered from there.</summary>
    private async Task SettleAsync()
    {
        await Task.Delay(Pause, TimeProvider.System);
        using var client = new HttpClient { BaseAddress = server.Http };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", world.All.Token);
        using var answer = await client.GetAsync(new Uri("/api/v1/account", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
    }
}
