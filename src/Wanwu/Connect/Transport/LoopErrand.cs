namespace Wanwu.Connect.Transport;

/// <summary>Work that is asked of a loop from other threads and done on the loop's own, once however often it was asked for meanwhile.</summary>
internal abstract class LoopErrand
{
    private int _asked;

    /// <summary>Notes that the work is wanted. False when it is wanted already. Any thread.</summary>
    internal bool TryAsk() => Interlocked.Exchange(ref _asked, 1) == 0;

    /// <summary>On the loop. Whoever asks from here on is served again.</summary>
    internal void Do()
    {
        Interlocked.Exchange(ref _asked, 0);
        Run();
    }

    protected abstract void Run();
}
