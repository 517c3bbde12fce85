using Microsoft.Extensions.Time.Testing;

namespace Wanwu.Tests.Connect.Sessions;

/// <summary>A conversation of a sender and a subscriber, and a server that dies at every step of it.</summary>
public sealed class RestartTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Two clients that find each other again after every death.</summary>
    private sealed class Talk(Broker broker) : IAsyncDisposable
    {
        public Broker Broker { get; private set; } = broker;
        public Client Sender { get; private set; } = null!;
        public Client Hearer { get; private set; } = null!;

        public async Task ConnectAsync()
        {
            Sender = await Broker.Connect("sender", Sender).SignInAsync();
            Hearer = await Broker.Connect("hearer", Hearer).SignInAsync();
        }

        public async Task SettleAsync()
        {
            await Sender.SettleAsync();
            await Hearer.SettleAsync();
        }

        /// <summary>The server goes on elsewhere with what is on disk; both clients come back.</summary>
        public async Task DieAsync(string corpse)
        {
            await Broker.DisposeAsync();
            Broker = Broker.Start(corpse, new FakeTimeProvider(Now));
            await ConnectAsync();
        }

        public async ValueTask DisposeAsync() => await Broker.DisposeAsync();
    }

    private static readonly (string Name, Action<Talk> Act)[] Script =
    [
        ("subscribes", talk => talk.Hearer.Subscribe("a/#", 2)),
        ("sends with QoS 1", talk => talk.Sender.Publish("a/1", "one", 1)),
        ("sends with QoS 2", talk => talk.Sender.Publish("a/2", "two", 2)),
        ("hearer leaves", talk => talk.Hearer.Break()),
        ("sends with QoS 2 to one who is away", talk => talk.Sender.Publish("a/2", "three", 2)),
        ("sends with QoS 1 to one who is away", talk => talk.Sender.Publish("a/1", "four", 1)),
        ("keeps a message", talk => talk.Sender.Publish("b/kept", "five", 1, retain: true)),
        ("hearer comes back", talk => Return(talk)),
        ("subscribes to what is kept", talk => talk.Hearer.Subscribe("b/+", 1)),
        ("sends two at once", talk =>
        {
            talk.Sender.Publish("a/2", "six", 2);
            talk.Sender.Publish("a/2", "seven", 2);
        }),
        ("unsubscribes", talk => talk.Hearer.Unsubscribe("b/+")),
        ("sends where nobody hears", talk => talk.Sender.Publish("b/1", "unheard", 2)),
        ("sends once more", talk => talk.Sender.Publish("a/2", "eight", 2)),
    ];

    private static void Return(Talk talk)
    {
        // Only a hearer that left: after a death it is back already.
        if (talk.Hearer.IsClosed) talk.ConnectAsync().GetAwaiter().GetResult();
    }

    public static TheoryData<int> EveryStep => [.. Enumerable.Range(0, Script.Length)];

    private static async Task<Talk> PlayAsync(int upTo)
    {
        var talk = new Talk(Broker.Start(Directory.CreateTempSubdirectory("wanwu-talk-").FullName, new FakeTimeProvider(Now)));
        await talk.ConnectAsync();
        await PlayAsync(talk, 0, upTo);
        return talk;
    }

    private static async Task PlayAsync(Talk talk, int from, int to)
    {
        for (var step = from; step < to; step++)
        {
            Script[step].Act(talk);
            await talk.SettleAsync();
        }
    }

    private static async Task EndAsync(Talk talk)
    {
        Return(talk);
        await talk.SettleAsync();
        await talk.Hearer.UntilAsync(() => talk.Hearer.Received.Contains("a/2=eight"), "the last message");
        // What is still under way is none of what is asked here, unless it is a copy: give it the time of one more message.
        talk.Sender.Publish("a/end", "end", 1);
        await talk.Hearer.UntilAsync(() => talk.Hearer.Received.Contains("a/end=end"), "the end");
        var twos = talk.Hearer.Received.Where(message => message.StartsWith("a/2=", StringComparison.Ordinal)).ToList();
        Assert.Equal(["a/2=two", "a/2=three", "a/2=six", "a/2=seven", "a/2=eight"], twos);
        Assert.Contains("a/1=one", talk.Hearer.Received);
        Assert.Contains("a/1=four", talk.Hearer.Received);
        Assert.Contains("b/kept=five", talk.Hearer.Received);
        Assert.DoesNotContain("b/1=unheard", talk.Hearer.Received);
    }

    [Theory]
    [MemberData(nameof(EveryStep))]
    public async Task A_death_after_any_step_loses_nothing_acknowledged_and_doubles_no_message_of_QoS_2(int step)
    {
        await using var talk = await PlayAsync(step + 1);
        await talk.DieAsync(talk.Broker.Corpse());
        Assert.True(talk.Sender.SessionPresent);
        Assert.True(talk.Hearer.SessionPresent);
        await PlayAsync(talk, step + 1, Script.Length);
        await EndAsync(talk);
    }

    [Theory]
    [MemberData(nameof(EveryStep))]
    public async Task A_death_within_any_step_with_the_log_cut_at_any_record_loses_nothing_acknowledged_and_doubles_nothing(int step)
    {
        var cuts = 1;
        for (var cut = 0; cut < cuts; cut++)
        {
            await using var talk = await PlayAsync(step);
            await talk.SettleAsync();
            var acknowledged = talk.Broker.Log.CommittedPosition;
            talk.Broker.Hold();
            if (Script[step].Name == "hearer comes back") return;
            Script[step].Act(talk);
            await talk.Broker.WroteAsync();
            var corpse = talk.Broker.Corpse();
            var boundaries = Broker.Boundaries(corpse, acknowledged);
            cuts = boundaries.Count + 1;
            Broker.Cut(corpse, cut == 0 ? acknowledged : boundaries[Math.Min(cut, boundaries.Count) - 1]);
            await talk.DieAsync(corpse);
            await PlayAsync(talk, step + 1, Script.Length);
            await EndAsync(talk);
        }
    }

    [Fact]
    public async Task A_server_that_dies_after_every_step_loses_nothing_and_doubles_nothing()
    {
        await using var talk = await PlayAsync(0);
        for (var step = 0; step < Script.Length; step++)
        {
            await PlayAsync(talk, step, step + 1);
            var gone = talk.Hearer.IsClosed;
            var state = talk.Broker.State();
            if (step % 3 == 2) Assert.True(await talk.Broker.Durable.WriteAsync(TestContext.Current.CancellationToken));
            await talk.DieAsync(talk.Broker.Corpse());
            if (!gone) Assert.NotEmpty(state);
        }
        await EndAsync(talk);
    }
}
