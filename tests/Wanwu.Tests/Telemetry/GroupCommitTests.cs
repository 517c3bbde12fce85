using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

public sealed class GroupCommitTests
{
    private readonly ThingId _thing = ThingId.New(TimeProvider.System);

    [Fact]
    public async Task A_message_is_acknowledged_after_the_flush_and_not_before()
    {
        await using var rig = new LogRig();
        using var flush = new ManualResetEventSlim();
        using var flushing = new ManualResetEventSlim();
        rig.Faults.Before = step =>
        {
            if (step != DiskStep.Flush) return null;
            flushing.Set();
            flush.Wait(TestContext.Current.CancellationToken);
            return null;
        };
        var waiter = new NotedOutcomes();
        var result = rig.Append(_thing, 0, waiter, rig.Observe(_thing, "temperature", Value.OfNumber(21.5)));
        Assert.True(flushing.Wait(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        Assert.Empty(waiter.Told);
        Assert.False(rig.Latest.TryGet(_thing, PropertyName.Parse("temperature"), out _));

        flush.Set();
        Assert.Equal(CommitOutcome.Committed, await rig.CommitAsync(result));
        await rig.UntilToldAsync(waiter, (result.Batch, CommitOutcome.Committed));
        Assert.True(rig.Latest.TryGet(_thing, PropertyName.Parse("temperature"), out var latest));
        Assert.Equal(21.5, latest.Observation.Value.AsNumber);
    }

    [Fact]
    public async Task What_arrives_during_a_flush_goes_together_in_the_next_batch_and_a_waiter_hears_once_per_batch()
    {
        await using var rig = new LogRig();
        using var flush = new SemaphoreSlim(0);
        using var flushing = new SemaphoreSlim(0);
        rig.Faults.Before = step =>
        {
            if (step != DiskStep.Flush) return null;
            flushing.Release();
            flush.Wait(TestContext.Current.CancellationToken);
            return null;
        };
        var waiter = new NotedOutcomes();
        var first = rig.Append(_thing, 0, waiter, rig.Observe(_thing, "a", Value.OfInteger(1)));
        Assert.True(await flushing.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        var next = Enumerable.Range(0, 100).Select(i => rig.Append(_thing, 0, waiter, rig.Observe(_thing, "a", Value.OfInteger(i))).Batch).Distinct().ToList();
        Assert.Equal([first.Batch + 1], next);

        flush.Release(2);
        await rig.CommitAsync(new AppendResult(AppendOutcome.Appended, next[0]));
        await rig.UntilToldAsync(waiter, (first.Batch, CommitOutcome.Committed), (next[0], CommitOutcome.Committed));
    }

    [Fact]
    public async Task Everything_committed_is_read_back_by_the_next_start()
    {
        var folder = Directory.CreateTempSubdirectory("wanwu-log-").FullName;
        try
        {
            Value[] values = [Value.None, Value.OfNumber(1.25), Value.OfInteger(long.MaxValue), Value.OfBoolean(true), Value.OfText("萬物"), Value.OfPoint(39.9, 116.4), Value.OfObject("""{"a":[1,2]}""")];
            await using (var rig = new LogRig(folder))
            {
                var result = default(AppendResult);
                for (var i = 0; i < values.Length; i++)
                    result = rig.Append(_thing, rig.Observe(_thing, $"p{i}", values[i], quality: (Quality)i));
                await rig.CommitAsync(result);
            }
            await using var again = new LogRig(folder);
            Assert.Empty(again.Replay.Last!.Damage);
            for (var i = 0; i < values.Length; i++)
            {
                Assert.True(again.Latest.TryGet(_thing, PropertyName.Parse($"p{i}"), out var latest));
                Assert.Equal((values[i], (Quality)i, LogRig.Now), (latest.Observation.Value, latest.Observation.Quality, latest.Observation.Time));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_late_observation_leaves_the_latest_as_it_is()
    {
        await using var rig = new LogRig();
        rig.Append(_thing, rig.Observe(_thing, "a", Value.OfInteger(2), new Timestamp(2_000)));
        await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "a", Value.OfInteger(1), new Timestamp(1_000))));
        Assert.True(rig.Latest.TryGet(_thing, out var latest));
        Assert.Equal(2, Assert.Single(latest).Observation.Value.AsInteger);
    }

    [Fact]
    public async Task A_tail_that_is_half_full_pushes_back_and_room_is_told_once_there_is_some()
    {
        await using var rig = new LogRig(options: new LogOptions { MaxUnloadedMegabytes = 1, ReserveMegabytes = 1 });
        var text = Value.OfText(new string('x', 8_000));
        AppendResult result;
        while ((result = rig.Append(_thing, rig.Observe(_thing, "a", text))).Outcome == AppendOutcome.Appended) await rig.CommitAsync(result);
        Assert.Equal(AppendOutcome.Full, result.Outcome);

        var room = rig.Log.WaitForRoomAsync(new SenderPlace(), TestContext.Current.CancellationToken);
        Assert.False(room.IsCompleted);
        rig.Log.Tail.Release(rig.Log.Tail.Take(int.MaxValue));
        rig.Log.TellRoom();
        Assert.True(await room);
        Assert.Equal(AppendOutcome.Appended, rig.Append(_thing, rig.Observe(_thing, "a", text)).Outcome);
    }

    [Fact]
    public async Task Batches_reach_subscribers_whole_and_in_order()
    {
        await using var rig = new LogRig();
        var seen = new List<long>();
        using var subscription = rig.Batches.Subscribe(batch =>
        {
            foreach (ref readonly var message in batch.Messages)
                foreach (ref readonly var observation in batch.ObservationsOf(message)) seen.Add(observation.Value.AsInteger);
        });
        var result = default(AppendResult);
        for (var i = 0; i < 5_000; i += 2)
            result = rig.Append(_thing, rig.Observe(_thing, "a", Value.OfInteger(i)), rig.Observe(_thing, "b", Value.OfInteger(i + 1)));
        await rig.CommitAsync(result);
        await rig.Log.StopAsync();
        Assert.Equal(Enumerable.Range(0, 5_000).Select(i => (long)i), seen);
    }
}
