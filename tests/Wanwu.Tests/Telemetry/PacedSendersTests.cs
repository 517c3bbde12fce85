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

    private AppendResult Append(LogRig rig, int bytes) => rig.Append(_thing, rig.Observe(_thing, "a", Value.OfText(new string('x', bytes))));

    /// <summary>Fills the log until senders must wait.</summary>
    private async Task FillAsync(LogRig rig, int bytes = 8_000)
    {
        AppendResult result;
        while ((result = Append(rig, bytes)).Outcome == AppendOutcome.Appended) await rig.CommitAsync(result);
        Assert.Equal(AppendOutcome.Full, result.Outcome);
    }

    [Fact]
    public async Task A_store_that_takes_nothing_for_seconds_holds_no_sender_for_longer_than_a_moment()
    {
        await using var rig = new LogRig(options: Four);
        await FillAsync(rig);
        Assert.InRange(rig.Log.Tail.Bytes, 2 << 20, (2 << 20) + 10_000);
        // Each sends the next when the one before is acknowledged; whoever finds no room waits for it. Those let in come before those just acknowledged.
        var senders = Enumerable.Range(0, 64).Select(_ => (Room: (Task<bool>?)rig.RoomAsync(), Turns: 0)).ToArray();
        var longest = 0;
        for (var turn = 0; turn < 2_000 / Turn; turn++)
        {
            rig.Clock.Advance(TimeSpan.FromMilliseconds(Turn));
            var letIn = senders.Select(sender => sender.Room is { IsCompleted: true }).ToArray();
            foreach (var i in Enumerable.Range(0, 64).OrderByDescending(i => letIn[i]))
            {
                longest = Math.Max(longest, ++senders[i].Turns);
                if (senders[i].Room is { IsCompleted: false }) continue;
                senders[i].Room = null;
                if (Append(rig, 500) is { Outcome: AppendOutcome.Appended } result)
                {
                    await rig.CommitAsync(result);
                    senders[i].Turns = 0;
                }
                else senders[i].Room = rig.RoomAsync();
            }
        }
        Assert.True(longest * Turn <= 500, string.Create(CultureInfo.InvariantCulture, $"A sender was held for {longest * Turn} ms."));
        Assert.InRange(rig.Log.Tail.Bytes, 2 << 20, 4 << 20);
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
