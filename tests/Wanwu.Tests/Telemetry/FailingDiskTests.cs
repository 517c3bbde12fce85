using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

public sealed class FailingDiskTests
{
    private readonly ThingId _thing = ThingId.New(TimeProvider.System);

    public static TheoryData<string, int> Faults => new()
    {
        { nameof(DiskStep.Write), 0 }, { nameof(DiskStep.Write), 1 }, { nameof(DiskStep.Write), 40 }, { nameof(DiskStep.Write), int.MaxValue }, { nameof(DiskStep.Flush), 0 }, { nameof(DiskStep.Reserve), 0 }, { nameof(DiskStep.Open), 0 },
    };

    [Theory, MemberData(nameof(Faults))]
    public async Task A_failed_step_acknowledges_nothing_and_the_log_goes_on_when_the_disk_does(string name, int bytesWritten)
    {
        var step = Enum.Parse<DiskStep>(name);
        var folder = Directory.CreateTempSubdirectory("wanwu-log-").FullName;
        try
        {
            await using (var rig = new LogRig(folder))
            {
                if (step != DiskStep.Open) await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "p", Value.OfInteger(0), new Timestamp(0))));
                var position = rig.Log.CommittedPosition;
                // Large enough that the room reserved ahead does not hold it.
                var text = Value.OfText(new string('x', step == DiskStep.Reserve ? 2_000_000 : 10));
                rig.Faults.Before = at => at == step ? new DiskFault("No space left on device", bytesWritten) : null;
                var waiter = new NotedOutcomes();
                var failed = rig.Append(_thing, 77, waiter, rig.Observe(_thing, "new", text, new Timestamp(1)));
                Assert.Equal(CommitOutcome.Failed, await rig.CommitAsync(failed));
                await rig.UntilToldAsync(waiter, (failed.Batch, CommitOutcome.Failed));
                Assert.False(rig.Log.State.IsOpen);
                Assert.Contains("No space left", rig.Log.State.Reason, StringComparison.Ordinal);
                Assert.Equal(AppendOutcome.NoRoom, rig.Append(_thing, rig.Observe(_thing, "p", Value.OfInteger(1))).Outcome);
                Assert.False(await rig.Log.WaitForRoomAsync(new SenderPlace(), TestContext.Current.CancellationToken));
                Assert.False(rig.Log.SeenOrigin(77));
                Assert.Equal(position, rig.Log.CommittedPosition);
                Assert.False(rig.Latest.TryGet(_thing, PropertyName.Parse("new"), out _));

                rig.Faults.Before = null;
                await rig.UntilAsync(() => rig.Log.State.IsOpen, "the log to open again");
                Assert.Null(rig.Log.State.Reason);
                Assert.Equal(CommitOutcome.Committed, await rig.CommitAsync(rig.Append(_thing, 77, waiter, rig.Observe(_thing, "new", Value.OfInteger(2), new Timestamp(2)))));
            }
            await using var again = new LogRig(folder);
            Assert.Empty(again.Replay.Last!.Damage);
            Assert.True(again.Latest.TryGet(_thing, PropertyName.Parse("new"), out var latest));
            Assert.Equal((new Timestamp(2), 2L), (latest.Observation.Time, latest.Observation.Value.AsInteger));
            Assert.True(again.Log.SeenOrigin(77));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_loses_nothing_says_so_and_catches_up()
    {
        await using var rig = new TelemetryRig();
        rig.Loads.At = step => throw new IOException("No space left on device");
        await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "p", Value.OfInteger(1))));
        await Assert.ThrowsAsync<StoreException>(rig.LoadAsync);
        Assert.Contains("No space left", rig.Log.State.StoreProblem, StringComparison.Ordinal);
        Assert.True(rig.Log.State.IsOpen);
        Assert.True(rig.Latest.TryGet(_thing, out _));

        rig.Loads.At = null;
        await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "p", Value.OfInteger(2), new Timestamp(2))));
        await rig.LoadAsync();
        Assert.Null(rig.Log.State.StoreProblem);
        Assert.Equal(new AccountView(2, 2, 0, 0), rig.Accounts.Read().All);
    }

    [Fact]
    public async Task A_load_whose_answer_was_lost_is_not_done_twice_by_the_running_server()
    {
        await using var rig = new TelemetryRig();
        await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "p", Value.OfInteger(1), new Timestamp(1)), rig.Observe(_thing, "p", Value.OfInteger(1), new Timestamp(1))));
        rig.Loads.At = step => { if (step == LoadStep.AfterTransaction) throw new IOException("lost"); };
        await Assert.ThrowsAsync<StoreException>(rig.LoadAsync);
        rig.Loads.At = null;
        await rig.LoadAsync();
        Assert.Equal(new AccountView(2, 1, 1, 0), rig.Accounts.Read().All);
        Assert.Single(await rig.RowsAsync(rig.Series.Of(_thing).All[0]));
    }
}
