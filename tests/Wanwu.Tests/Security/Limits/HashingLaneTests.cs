using Wanwu.Security.Access.Limits;

namespace Wanwu.Tests.Security.Limits;

public sealed class HashingLaneTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_is_known_waits_for_no_stranger_and_strangers_are_turned_away_when_too_many_wait()
    {
        using var lanes = new HashingLanes(TimeProvider.System);
        var busy = new TaskCompletionSource<bool>();
        var strangers = Enumerable.Range(0, 50).Select(_ => lanes.TryRunAsync(Acquaintance.Doubtful, () => busy.Task, Stop)).ToList();

        Assert.True(await lanes.TryRunAsync(Acquaintance.Known, () => Task.FromResult(true), Stop));
        Assert.True(await lanes.TryRunAsync(Acquaintance.New, () => Task.FromResult(true), Stop));

        busy.SetResult(true);
        var heard = (await Task.WhenAll(strangers)).Count(each => each);
        Assert.InRange(heard, 1, 12);
    }

    [Fact]
    public async Task One_stranger_is_checked_at_a_time()
    {
        using var lanes = new HashingLanes(TimeProvider.System);
        int present = 0, most = 0;
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => lanes.TryRunAsync(Acquaintance.New, async () =>
        {
            most = Math.Max(most, Interlocked.Increment(ref present));
            await Task.Yield();
            Interlocked.Decrement(ref present);
            return true;
        }, Stop)));
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task After_a_fault_the_next_one_is_checked()
    {
        using var lanes = new HashingLanes(TimeProvider.System);
        await Assert.ThrowsAsync<InvalidOperationException>(() => lanes.TryRunAsync(Acquaintance.New, () => throw new InvalidOperationException(), Stop));
        Assert.True(await lanes.TryRunAsync(Acquaintance.New, () => Task.FromResult(true), Stop));
    }
}
