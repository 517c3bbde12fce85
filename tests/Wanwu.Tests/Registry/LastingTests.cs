using Microsoft.Extensions.Time.Testing;
using Wanwu.Registry;
using Wanwu.Tests.Connect.Transport;

namespace Wanwu.Tests.Registry;

/// <summary>What runs as long as the server survives its own faults.</summary>
public sealed class LastingTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly LinesLogger _log = new();

    private Task Run(Func<CancellationToken, Task> work, CancellationToken stop) => Lasting.RunAsync("The work", work, _clock, _log, stop);

    [Fact]
    public async Task What_fails_is_told_and_begins_again_later_each_time()
    {
        var times = new List<TimeSpan>();
        var began = _clock.GetTimestamp();
        var run = Run(_ =>
        {
            times.Add(_clock.GetElapsedTime(began));
            return times.Count < 4 ? Task.FromException(new InvalidOperationException("no")) : Task.CompletedTask;
        }, TestContext.Current.CancellationToken);
        while (!run.IsCompleted) _clock.Advance(TimeSpan.FromSeconds(1));
        await run;
        Assert.Equal([0, 1, 3, 7], times.Select(time => time.TotalSeconds));
        Assert.Equal(3, _log.Lines.Count(line => line.Text.StartsWith("The work failed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task One_that_ran_long_begins_again_after_a_second()
    {
        var times = new List<TimeSpan>();
        var began = _clock.GetTimestamp();
        var run = Run(_ =>
        {
            times.Add(_clock.GetElapsedTime(began));
            if (times.Count == 3) return Task.CompletedTask;
            _clock.Advance(TimeSpan.FromMinutes(5));
            return Task.FromException(new InvalidOperationException("no"));
        }, TestContext.Current.CancellationToken);
        while (!run.IsCompleted) _clock.Advance(TimeSpan.FromSeconds(1));
        await run;
        Assert.Equal([0, 301, 602], times.Select(time => time.TotalSeconds));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_end_of_the_server_ends_it_whether_it_works_or_waits(bool works)
    {
        using var stop = new CancellationTokenSource();
        var run = Run(token => works ? new TaskCompletionSource().Task.WaitAsync(token) : Task.FromException(new InvalidOperationException("no")), stop.Token);
        Assert.False(run.IsCompleted);
        await stop.CancelAsync();
        await run;
        Assert.Equal(works ? 0 : 1, _log.Lines.Count);
    }
}
