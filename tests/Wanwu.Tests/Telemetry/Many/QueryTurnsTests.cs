using Microsoft.Extensions.Options;
using Wanwu.Telemetry.Query.Many;

namespace Wanwu.Tests.Telemetry.Many;

public sealed class QueryTurnsTests
{
    private static QueryTurns Turns(int concurrent = 1, int perCaller = 8, int waiting = 100) =>
        new(Options.Create(new QueryOptions { Concurrent = concurrent, PerCaller = perCaller, Waiting = waiting }));

    [Fact]
    public async Task A_caller_with_many_questions_waits_behind_one_with_few()
    {
        var turns = Turns();
        foreach (var caller in (string[])["greedy", "greedy", "greedy", "modest"]) Assert.Equal(Admission.Admitted, turns.Enter(caller));
        await turns.BeginAsync("greedy", CancellationToken.None);
        var second = turns.BeginAsync("greedy", CancellationToken.None);
        var third = turns.BeginAsync("greedy", CancellationToken.None);
        var modest = turns.BeginAsync("modest", CancellationToken.None);
        Assert.False(second.IsCompleted || third.IsCompleted || modest.IsCompleted);
        turns.End("greedy");
        await modest.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.False(second.IsCompleted || third.IsCompleted);
        turns.End("modest");
        await second.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.False(third.IsCompleted);
    }

    [Fact]
    public async Task Who_gives_up_waiting_leaves_the_turn_to_the_next()
    {
        var turns = Turns();
        foreach (var caller in (string[])["a", "b", "c"]) turns.Enter(caller);
        await turns.BeginAsync("a", CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var impatient = turns.BeginAsync("b", stop.Token);
        var patient = turns.BeginAsync("c", CancellationToken.None);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        turns.End("a");
        await patient.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        turns.End("c");
        foreach (var caller in (string[])["a", "b", "c"]) turns.Leave(caller);
        Assert.Equal((0, 0), turns.Now);
    }

    [Fact]
    public void No_caller_has_more_than_its_share_under_way_and_all_together_no_more_than_may_wait()
    {
        var turns = Turns(perCaller: 2, waiting: 3);
        Assert.Equal([Admission.Admitted, Admission.Admitted, Admission.TooManyOfCaller], Enumerable.Range(0, 3).Select(_ => turns.Enter("a")));
        Assert.Equal([Admission.Admitted, Admission.TooManyInAll], Enumerable.Range(0, 2).Select(_ => turns.Enter("b")));
        turns.Leave("a");
        Assert.Equal(Admission.Admitted, turns.Enter("b"));
    }
}
