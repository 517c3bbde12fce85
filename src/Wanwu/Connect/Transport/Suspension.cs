using System.Diagnostics.CodeAnalysis;

namespace Wanwu.Connect.Transport;

/// <summary>A connection waits, on the thread pool, for something its loop must not wait for: credentials to be checked, room in the log.</summary>
/// <remarks>One for each wait. The connection reads nothing until it is told the end of it.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "Disposes of its source itself, when the wait ends.")]
internal sealed class Suspension(LinuxConnection connection, IStreamProtocol protocol, ILogger log) : IThreadPoolWorkItem
{
    private readonly CancellationTokenSource _stop = new();
    private int _cancelled;

    public void Start() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    /// <summary>Ends the wait early. What heeds it runs on the thread pool, not on the loop that calls.</summary>
    public void Cancel()
    {
        if (Interlocked.Exchange(ref _cancelled, 1) == 0) ThreadPool.UnsafeQueueUserWorkItem(static wait => wait.CancelNow(), this, preferLocal: false);
    }

    private void CancelNow()
    {
        try
        {
            _stop.Cancel();
        }
        // The wait ended at the same moment.
        catch (ObjectDisposedException)
        {
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = WaitAsync();

    private async Task WaitAsync()
    {
        var goesOn = false;
        try
        {
            goesOn = await protocol.WaitAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
        }
        // The edge of a session: a fault in one must not reach another.
#pragma warning disable CA1031
        catch (Exception fault)
#pragma warning restore CA1031
        {
            log.ConnectionFailed(fault);
        }
        _stop.Dispose();
        connection.Resume(goesOn);
    }
}
