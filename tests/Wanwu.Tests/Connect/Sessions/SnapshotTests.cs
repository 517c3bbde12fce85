using Microsoft.Extensions.Time.Testing;
using Wanwu.Telemetry.Log;

namespace Wanwu.Tests.Connect.Sessions;

/// <summary>What a snapshot and the log behind it amount to is what was in memory.</summary>
public sealed class SnapshotTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Broker Start(string? folder = null, params string[] settings) =>
        Broker.Start(folder ?? Directory.CreateTempSubdirectory("wanwu-snapshot-").FullName, new FakeTimeProvider(Now), settings);

    /// <summary>Clients that do whatever comes to their minds.</summary>
    private sealed class Crowd(Broker broker, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly Client?[] _clients = new Client?[4];

        public async Task ActAsync(int times)
        {
            for (var i = 0; i < times; i++)
            {
                var who = _random.Next(_clients.Length);
                if (_clients[who] is not { IsClosed: false } client)
                {
                    client = _clients[who] = await broker.Connect($"c{who}", _clients[who]).SignInAsync(clean: _random.Next(10) == 0, will: _random.Next(2) == 0 ? "gone" : null);
                    client.IsLazy = _random.Next(2) == 0;
                }
                Act(client, i);
                foreach (var other in _clients) other?.Listen();
            }
        }

        private void Act(Client client, int i)
        {
            var (topic, qos) = ($"t/{_random.Next(3)}", (byte)_random.Next(3));
            switch (_random.Next(10))
            {
                case 0: client.Subscribe($"t/{_random.Next(3)}", qos); break;
                case 1: client.Subscribe("t/+", qos); break;
                case 2: client.Unsubscribe($"t/{_random.Next(3)}"); break;
                case 3: client.Break(); break;
                case 4: client.Disconnect(); break;
                case 5: client.Publish(topic, _random.Next(3) == 0 ? "" : $"{i}", qos, retain: true); break;
                default: client.Publish(topic, $"{i}", qos); break;
            }
        }

        public async Task SettleAsync()
        {
            foreach (var client in _clients)
                if (client is { IsClosed: false }) await client.SettleAsync();
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task After_a_death_everything_is_as_it_was(int seed)
    {
        await using var broker = Start(null, "--Connect:Mqtt:MaxQueuedMessages=20");
        var crowd = new Crowd(broker, seed);
        await crowd.ActAsync(60);
        // While they go on: a snapshot is not of one moment.
        var written = broker.Durable.WriteAsync(Stop);
        await crowd.ActAsync(60);
        Assert.True(await written);
        await crowd.ActAsync(seed % 3 * 20);
        await crowd.SettleAsync();
        Assert.True(await broker.Get<Wanwu.Connect.Mqtt.Sessions.Journal>().SettleAsync(Stop));
        var state = broker.State();
        Assert.NotEmpty(state);
        await using var again = Start(broker.Corpse());
        Assert.Equal(state, again.State());
        Assert.Empty(again.Recovery.Damage);
    }

    [Fact]
    public async Task A_damaged_snapshot_is_named_and_the_one_before_it_taken()
    {
        await using var broker = Start();
        var crowd = new Crowd(broker, 5);
        await crowd.ActAsync(50);
        Assert.True(await broker.Durable.WriteAsync(Stop));
        await crowd.ActAsync(50);
        Assert.True(await broker.Durable.WriteAsync(Stop));
        await crowd.SettleAsync();
        Assert.True(await broker.Get<Wanwu.Connect.Mqtt.Sessions.Journal>().SettleAsync(Stop));
        var state = broker.State();
        var newest = SnapshotFolder.List(broker.Corpse())[^1];
        var bytes = await File.ReadAllBytesAsync(newest.Path, Stop);
        var random = new Random(7);
        for (var i = 0; i < 25; i++)
        {
            var corpse = broker.Corpse();
            var damaged = bytes.ToArray();
            if (i % 2 == 0) damaged = damaged[..random.Next(damaged.Length)];
            else damaged[random.Next(damaged.Length)] ^= 1;
            // The rest of the head is kept for later versions, and has a checksum like the rest.
            await File.WriteAllBytesAsync(Path.Combine(corpse, SnapshotFolder.Name, Path.GetFileName(newest.Path)), damaged, Stop);
            await using var again = Start(corpse);
            Assert.Equal(state, again.State());
            Assert.Equal(LogDamageKind.Snapshot, Assert.Single(again.Recovery.Damage).Kind);
        }
    }

    [Fact]
    public async Task Without_any_snapshot_the_log_says_all()
    {
        await using var broker = Start();
        var crowd = new Crowd(broker, 8);
        await crowd.ActAsync(80);
        Assert.True(await broker.Durable.WriteAsync(Stop));
        await crowd.SettleAsync();
        Assert.True(await broker.Get<Wanwu.Connect.Mqtt.Sessions.Journal>().SettleAsync(Stop));
        var state = broker.State();
        var corpse = broker.Corpse();
        await File.WriteAllBytesAsync(SnapshotFolder.List(corpse).Single().Path, [1, 2, 3], Stop);
        await using var again = Start(corpse);
        Assert.Equal(state, again.State());
        Assert.Single(again.Recovery.Damage);
    }

    [Fact]
    public async Task The_log_is_kept_as_far_back_as_the_older_snapshot_needs_it()
    {
        await using var broker = Start(null, "--Telemetry:Log:SegmentMegabytes=1");
        var cleanup = broker.Get<LogCleanup>();
        cleanup.Begin(Path.Combine(broker.Folder, "log"), broker.Durable);
        var client = await broker.Connect("c").SignInAsync();
        client.IsLazy = true;
        client.Subscribe("t", 1);
        await FillAsync(broker, client);
        cleanup.After(long.MaxValue);
        Assert.Equal(0, Segments(broker)[0].First);
        Assert.True(await broker.Durable.WriteAsync(Stop));
        await FillAsync(broker, client);
        cleanup.After(long.MaxValue);
        Assert.Equal(0, Segments(broker)[0].First);
        Assert.True(await broker.Durable.WriteAsync(Stop));
        await FillAsync(broker, client);
        // Somebody has subscribed: observations that were not handed over are needed as well. None runs here that would hand them over.
        cleanup.After(long.MaxValue);
        Assert.Equal(0, Segments(broker)[0].First);
        broker.Get<Wanwu.Connect.Mqtt.Sessions.Journal>().FedTo = broker.Log.CommittedPosition;
        cleanup.After(long.MaxValue);
        var snapshots = SnapshotFolder.List(broker.Folder);
        Assert.Equal(2, snapshots.Count);
        var segments = Segments(broker);
        Assert.True(segments[0].First > 0);
        Assert.True(segments[0].First <= snapshots[0].Position);
        await using var again = Start(broker.Corpse());
        Assert.Equal(broker.State(), again.State());
    }

    /// <summary>Some three segments.</summary>
    private static async Task FillAsync(Broker broker, Client client)
    {
        var from = broker.Log.CommittedPosition;
        while (broker.Log.CommittedPosition < from + (3 << 20))
        {
            client.Publish("t", new string('x', 60_000), 1);
            await client.SettleAsync();
        }
    }

    private static List<Segment> Segments(Broker broker) => LogFolder.List(Path.Combine(broker.Folder, "log"));
}
