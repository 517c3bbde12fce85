using Microsoft.Extensions.Time.Testing;
using Wanwu.Connect.Mqtt.Sessions;

namespace Wanwu.Tests.Connect.Sessions;

/// <summary>Expiry, wills, bounds and a disk that fails.</summary>
public sealed class EndingTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Broker Start(string? folder = null, DateTimeOffset? now = null, params string[] settings) =>
        Broker.Start(folder ?? Directory.CreateTempSubdirectory("wanwu-ending-").FullName, new FakeTimeProvider(now ?? Now), settings);

    private static async Task<bool> HasSessionAsync(Broker broker, string id) => (await broker.Connect(id).SignInAsync()).SessionPresent == true;

    [Fact]
    public async Task The_expiry_of_a_session_that_had_a_connection_counts_from_the_restart_and_of_others_from_when_they_left()
    {
        string[] settings = ["--Connect:Mqtt:MaxSessionExpirySeconds=100"];
        await using var broker = Start(null, null, settings);
        await broker.Connect("there").SignInAsync();
        var left = await broker.Connect("left").SignInAsync();
        left.Break();
        Assert.True(await broker.Get<Journal>().SettleAsync(Stop));
        var corpse = broker.Corpse();
        await using var again = Start(corpse, Now.AddSeconds(60), settings);
        again.Clock.Advance(TimeSpan.FromSeconds(50));
        again.Door.Sweep();
        Assert.False(await HasSessionAsync(again, "left"));
        Assert.True(await HasSessionAsync(again, "there"));
    }

    [Fact]
    public async Task A_session_thrown_away_by_its_client_does_not_come_back()
    {
        await using var broker = Start();
        var client = await broker.Connect("c").SignInAsync();
        client.Subscribe("t", 1);
        await client.SettleAsync();
        await broker.Connect("c").SignInAsync(clean: true);
        await using var again = Start(broker.Corpse());
        Assert.Equal(0, again.Sessions.Count);
        Assert.Equal(0, again.Door.Plain.Routes.Count);
    }

    [Fact]
    public async Task The_will_of_a_client_that_was_connected_waits_for_it_after_a_restart_and_is_void_when_it_returns()
    {
        await using var broker = Start();
        var mourner = await broker.Connect("mourner").SignInAsync();
        mourner.Subscribe("will", 1);
        await mourner.SettleAsync();
        await broker.Connect("back").SignInAsync(will: "back");
        await broker.Connect("gone").SignInAsync(will: "gone");
        Assert.True(await broker.Get<Journal>().SettleAsync(Stop));
        await using var again = Start(broker.Corpse());
        var still = await again.Connect("mourner", mourner).SignInAsync();
        await again.Connect("back").SignInAsync(will: "again");
        again.Clock.Advance(TimeSpan.FromSeconds(29));
        again.Door.Sweep();
        still.Listen();
        Assert.Empty(still.Received);
        again.Clock.Advance(TimeSpan.FromSeconds(2));
        again.Door.Sweep();
        await still.UntilAsync(() => still.Received.Count > 0, "the will");
        Assert.Equal(["will=gone"], still.Received);
        // It was said that the will is gone: it does not come once more.
        Assert.True(await again.Get<Journal>().SettleAsync(Stop));
        await using var third = Start(again.Corpse(), Now.AddHours(1));
        third.Clock.Advance(TimeSpan.FromHours(1));
        third.Door.Sweep();
        var last = await third.Connect("mourner", still).SignInAsync();
        last.Subscribe("end", 1);
        await last.SettleAsync();
        Assert.DoesNotContain("will=gone", last.Received.Skip(1));
    }

    [Fact]
    public async Task A_full_queue_drops_its_oldest_and_what_was_dropped_stays_dropped()
    {
        string[] settings = ["--Connect:Mqtt:MaxQueuedMessages=3", "--Connect:Mqtt:MaxQueuedKilobytes=1"];
        await using var broker = Start(null, null, settings);
        var hearer = await broker.Connect("hearer").SignInAsync();
        hearer.Subscribe("t", 2);
        await hearer.SettleAsync();
        hearer.Break();
        var sender = await broker.Connect("sender").SignInAsync();
        for (var i = 0; i < 5; i++) sender.Publish("t", $"{i}", 2);
        sender.Publish("t", new string('x', 1000), 1);
        await sender.SettleAsync();
        var session = broker.Sessions.Durable().Single(session => session.ClientId == "hearer");
        Assert.Equal(3, session.State.Dropped);
        Assert.Equal(3, broker.Sessions.Budget.Dropped);
        sender.Publish("t", new string('y', 1000), 1);
        await sender.SettleAsync();
        Assert.Equal(1, session.State.Queued);
        Assert.True(await broker.Get<Journal>().SettleAsync(Stop));
        await using var again = Start(broker.Corpse(), null, settings);
        Assert.Equal(broker.State(), again.State());
        var back = await again.Connect("hearer", hearer).SignInAsync();
        await back.UntilAsync(() => back.Received.Count > 0, "what was kept");
        Assert.Equal(["t=" + new string('y', 1000)], back.Received);
    }

    [Fact]
    public async Task What_a_lost_batch_promised_is_taken_back_and_the_resend_comes_once()
    {
        await using var broker = Start();
        var hearer = await broker.Connect("hearer").SignInAsync();
        hearer.Subscribe("t", 2);
        await hearer.SettleAsync();
        var sender = await broker.Connect("sender").SignInAsync();
        sender.Publish("t", "before", 2);
        await sender.SettleAsync();

        broker.DiskFails(true);
        sender.Publish("t", "lost at first", 2);
        await sender.UntilAsync(() => sender.IsClosed, "the end of the connection");
        sender.Break();
        hearer.Break();
        Assert.DoesNotContain("lost at first", broker.State());
        Assert.False(broker.Get<Journal>().IsReady);
        var refused = await broker.Connect("sender", sender).SignInAsync();
        Assert.True(refused.IsClosed);

        broker.DiskFails(false);
        while (!broker.Log.State.IsOpen)
        {
            broker.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Stop);
        }
        // The disk takes writes, but the sessions have yet to be written down.
        Assert.True((await broker.Connect("sender", sender).SignInAsync()).IsClosed);
        await broker.Durable.WriteIfDueAsync(Stop);
        Assert.True(broker.Get<Journal>().IsReady);

        var again = await broker.Connect("sender", sender).SignInAsync();
        await again.SettleAsync();
        var back = await broker.Connect("hearer", hearer).SignInAsync();
        await back.UntilAsync(() => back.Received.Count >= 2, "both messages");
        Assert.Equal(["t=before", "t=lost at first"], back.Received);
        await using var later = Start(broker.Corpse());
        Assert.Empty(later.Recovery.Damage);
        var once = await later.Connect("hearer", back).SignInAsync();
        once.Listen();
        Assert.Equal(2, once.Received.Count);
    }

    [Fact]
    public async Task A_session_that_ends_with_its_connection_and_a_message_that_leaves_nothing_behind_write_nothing()
    {
        await using var broker = Start();
        var before = broker.Log.CommittedPosition;
        var client = await broker.Connect("short").SignInAsync(clean: true);
        client.Subscribe("t", 2);
        client.Publish("t", "one", 1);
        client.Publish("t", "two", 2);
        client.Publish("t", "three", 0);
        await client.SettleAsync();
        await client.UntilAsync(() => client.Received.Count == 3, "its own messages");
        client.Break();
        Assert.True(await broker.Get<Journal>().SettleAsync(Stop));
        // The barrier alone, and the head of the first segment.
        Assert.Equal(before + 32 + 12, broker.Log.CommittedPosition);
    }
}
