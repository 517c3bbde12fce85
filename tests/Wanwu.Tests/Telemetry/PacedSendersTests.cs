using System.Globalization;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

/// <summary>What senders meet while the store takes nothing: they become slower, evenly and in turn, and are not stopped before the log is full.</summary>
public sealed class PacedSendersTests
{
    private const int Turn = 20;
    private static readonly LogOptions Four = new() { MaxUnloadedMegabytes = 4, ReserveMegabytes = 1, LingerMilliseconds = 0 };
    private readonly ThingId _thing = ThingId.New(TimeProvider.System);

    private AppendResult Append(LogRig rig, int bytes, SenderPlace? place = null)
    {
        Observation[] observations = [rig.Observe(_thing, "a", Value.OfText(new string('x', bytes)))];
        return rig.Log.Append(new MessageRecord { Protocol = "mqtt", Thing = _thing, Received = LogRig.Now, Observations = observations, Place = place }, null);
    }

    /// <summary>Fills the log until senders must wait.</summary>
    private async Task FillAsync(LogRig rig, int bytes = 8_000)
    {
        AppendResult result;
        while ((result = Append(rig, bytes)).Outcome == AppendOutcome.Appended) await rig.CommitAsync(result);
        Assert.Equal(AppendOutcome.Full, result.Outcome);
    }

    private sealed class Pushing(LogRig rig)
    {
        public SenderPlace Place { get; } = new();
        public Task<bool>? Room { get; set; }
        public int Turns { get; set; }
        public int Sent { get; set; }
        public bool Waits => Room is { IsCompleted: false };
        public void Join() => Room = rig.RoomAsync(Place);
    }

    /// <summary>Of 64 senders those just acknowledged always come before those let in, and send the next until they are refused: the worst the threads can do.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(2_000)]
    [InlineData(20_000)]
    public async Task No_sender_waits_longer_than_those_before_it_take_whoever_is_faster(int bytes)
    {
        await using var rig = new LogRig(options: Four);
        await FillAsync(rig);
        var senders = Enumerable.Range(0, 64).Select(_ => new Pushing(rig)).ToArray();
        foreach (var sender in senders) sender.Join();
        var longest = 0;
        for (var turn = 0; turn < 40; turn++)
        {
            rig.Clock.Advance(WaitingSenders.Turn);
            // Who has just been acknowledged, as long as it is served, then those let in, the last first.
            foreach (var sender in senders.OrderBy(sender => sender.Room is not null).ThenByDescending(sender => Array.IndexOf(senders, sender)))
            {
                sender.Turns++;
                while (!sender.Waits)
                {
                    sender.Room = null;
                    if (Append(rig, bytes, sender.Place) is { Outcome: AppendOutcome.Appended } result)
                    {
                        (sender.Turns, sender.Sent) = (0, sender.Sent + 1);
                        await rig.CommitAsync(result);
                        // One message, and it is its neighbours' turn: it comes first again next time.
                        break;
                    }
                    sender.Join();
                }
                longest = Math.Max(longest, sender.Turns);
            }
        }
        var (before, room) = (64.0 * (WaitingSenders.Allowance + bytes), 2.0 * (1 << 20));
        var bound = before < room ? 2 * Math.Log(room / (room - before)) / Math.Log(50.0 / 49) + Math.Log2(64) + 1 : double.PositiveInfinity;
        Assert.True(longest <= bound, string.Create(CultureInfo.InvariantCulture, $"A sender was held for {longest} turns; {bound:F0} are the bound."));
        Assert.True(senders.Max(sender => sender.Sent) - senders.Min(sender => sender.Sent) <= 1 + WaitingSenders.Allowance / bytes,
            $"Sent: {string.Join(' ', senders.Select(sender => sender.Sent))}");
        Assert.InRange(rig.Log.Tail.Bytes, 2 << 20, 4 << 20);
    }

    [Fact]
    public async Task A_sender_that_was_not_let_in_finds_no_room_while_another_waits()
    {
        await using var rig = new LogRig(options: Four);
        await FillAsync(rig);
        var (first, second) = (new SenderPlace(), new SenderPlace());
        var crowd = Enumerable.Range(0, 20).Select(_ => rig.RoomAsync()).ToList();
        var waits = rig.RoomAsync(second);
        rig.Clock.Advance(WaitingSenders.Turn);
        Assert.True(crowd[0].IsCompleted);
        Assert.False(waits.IsCompleted);
        Assert.Equal(AppendOutcome.Full, Append(rig, 10).Outcome);
        Assert.Equal(AppendOutcome.Full, Append(rig, 10, first).Outcome);
        Assert.Equal(AppendOutcome.Full, Append(rig, 10, second).Outcome);
        while (!waits.IsCompleted) rig.Clock.Advance(WaitingSenders.Turn);
        Assert.Equal(AppendOutcome.Appended, Append(rig, 10, second).Outcome);
    }

    [Fact]
    public async Task Whoever_was_let_in_appends_though_the_grant_is_gone_until_its_allowance_is()
    {
        await using var rig = new LogRig(options: Four);
        await FillAsync(rig);
        var (large, small) = (new SenderPlace(), new SenderPlace());
        Task[] waits = [rig.RoomAsync(large), rig.RoomAsync(small)];
        var crowd = Enumerable.Range(0, 20).Select(_ => rig.RoomAsync()).ToList();
        rig.Clock.Advance(WaitingSenders.Turn);
        await Task.WhenAll(waits);
        Assert.False(crowd[^1].IsCompleted);
        Assert.Equal(AppendOutcome.Appended, Append(rig, 200_000, large).Outcome);
        Assert.Equal(AppendOutcome.Full, Append(rig, 10, large).Outcome);
        for (var sent = 0; sent < WaitingSenders.Allowance; sent += 1_100) Assert.Equal(AppendOutcome.Appended, Append(rig, 1_000, small).Outcome);
        Assert.Equal(AppendOutcome.Full, Append(rig, 10, small).Outcome);
    }

    [Fact]
    public async Task Whoever_is_let_go_when_there_is_room_and_finds_none_stands_where_it_stood()
    {
        await using var rig = new LogRig(options: Four);
        await FillAsync(rig);
        var places = Enumerable.Range(0, 20).Select(_ => new SenderPlace()).ToArray();
        var first = places.Select(place => rig.RoomAsync(place)).ToArray();
        rig.Log.Tail.Release(rig.Log.Tail.Take(int.MaxValue));
        rig.Log.TellRoom();
        await Task.WhenAll(first);
        await FillAsync(rig);
        // The last comes back first.
        var again = places.Reverse().Select(place => (Place: place, Room: rig.RoomAsync(place))).ToArray();
        rig.Clock.Advance(WaitingSenders.Turn);
        var letIn = again.Where(one => one.Room.IsCompleted).Select(one => one.Place).ToList();
        Assert.InRange(letIn.Count, 1, 19);
        Assert.Equal(places.Take(letIn.Count).Reverse(), letIn);
    }

    [Fact]
    public async Task What_is_let_in_becomes_less_as_room_does_and_never_more_than_there_is()
    {
        await using var rig = new LogRig(options: Four);
        await FillAsync(rig);
        var taken = new List<long>();
        for (var second = 0; second < 8; second++)
        {
            var before = rig.Log.Tail.Bytes;
            for (var turn = 0; turn < 50; turn++)
            {
                var room = rig.RoomAsync();
                rig.Clock.Advance(TimeSpan.FromMilliseconds(Turn));
                if (room.IsCompleted) await FillAsync(rig, 100);
            }
            taken.Add(rig.Log.Tail.Bytes - before);
        }
        Assert.Equal(taken.OrderDescending(), taken);
        Assert.True(taken[^1] > 0 && taken[0] > 4 * taken[^1], string.Join(' ', taken));
        Assert.True(rig.Log.Tail.Bytes < 4 << 20);
    }

    [Fact]
    public async Task Whoever_came_first_goes_first()
    {
        await using var rig = new LogRig(options: Four);
        await FillAsync(rig);
        var waits = Enumerable.Range(0, 20).Select(_ => rig.RoomAsync()).ToList();
        rig.Clock.Advance(TimeSpan.FromMilliseconds(Turn));
        var gone = waits.Count(wait => wait.IsCompleted);
        Assert.InRange(gone, 1, 19);
        Assert.All(waits.Take(gone), wait => Assert.True(wait.IsCompleted));
    }

    [Fact]
    public async Task One_message_larger_than_a_turn_s_room_takes_from_the_turns_to_come()
    {
        await using var rig = new LogRig(options: Four);
        await FillAsync(rig);
        async Task<int> TurnsAsync()
        {
            var room = rig.RoomAsync();
            var turns = 0;
            for (; !room.IsCompleted && turns < 1_000; turns++) rig.Clock.Advance(TimeSpan.FromMilliseconds(Turn));
            await room;
            return turns;
        }
        Assert.Equal(1, await TurnsAsync());
        await rig.CommitAsync(Append(rig, 400_000));
        Assert.InRange(await TurnsAsync(), 5, 50);
    }

    [Fact]
    public async Task Senders_that_wait_are_told_when_the_log_stops()
    {
        var rig = new LogRig(options: Four);
        await FillAsync(rig);
        var room = rig.RoomAsync();
        await rig.DisposeAsync();
        Assert.False(await room);
    }
}
