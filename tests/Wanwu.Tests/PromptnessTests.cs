namespace Wanwu.Tests;

/// <summary>What is measured is the product's own time.</summary>
public sealed class PromptnessTests
{
    [Fact]
    public async Task A_wait_counts()
    {
        using var prompt = new Promptness();
        using var wait = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var tick = 0; tick < 30; tick++) await wait.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        // A machine that is busy takes its part of it, and never the whole.
        Assert.True(await prompt.TookAsync() > TimeSpan.FromMilliseconds(100));
    }
}
