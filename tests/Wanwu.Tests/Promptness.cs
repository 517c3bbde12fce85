using System.Diagnostics;

namespace Wanwu.Tests;

/// <summary>How long something takes, without what this process was kept waiting for a processor meanwhile: other tests may have all of them.</summary>
/// <remarks>A beat runs beside what is measured, in the same pool. What the beat comes late by is the machine's and not the product's; a product that waits lets it beat in time.</remarks>
internal sealed class Promptness : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);
    private readonly long _since = Stopwatch.GetTimestamp();
    private readonly CancellationTokenSource _over = new();
    private readonly Task<TimeSpan> _late;

    public Promptness() => _late = LateAsync(_over.Token);

    /// <summary>To be asked once, at the end.</summary>
    public async Task<TimeSpan> TookAsync()
    {
        var took = Stopwatch.GetElapsedTime(_since);
        await _over.CancelAsync();
        return took - await _late;
    }

    public async Task IsWithinASecondAsync() => Assert.InRange(await TookAsync(), TimeSpan.MinValue, TimeSpan.FromSeconds(1));

    private static async Task<TimeSpan> LateAsync(CancellationToken over)
    {
        using var beats = new PeriodicTimer(Beat);
        var (late, isOver, before) = (TimeSpan.Zero, false, Stopwatch.GetTimestamp());
        while (!isOver)
        {
            try
            {
                await beats.WaitForNextTickAsync(over);
            }
            catch (OperationCanceledException)
            {
                isOver = true;
            }
            var gap = Stopwatch.GetElapsedTime(before);
            before = Stopwatch.GetTimestamp();
            if (gap > 3 * Beat) late += gap - Beat;
        }
        return late;
    }

    public void Dispose()
    {
        _over.Cancel();
        _over.Dispose();
    }
}
