using System.Collections.Concurrent;

namespace Wanwu.Connect.Mqtt;

/// <summary>Transports over pipes that have something to send, sent one after the other by a few workers of the thread pool.</summary>
/// <remarks>A commit concerns many connections at once: a work item for each of them would cost more than the sending.</remarks>
internal sealed class PipeFlushes : IThreadPoolWorkItem
{
    private static readonly int MostWorkers = Math.Max(1, Environment.ProcessorCount / 2);
    private readonly ConcurrentQueue<PipeTransport> _due = new();
    private int _workers;

    /// <summary>Any thread; returns at once.</summary>
    public void Add(PipeTransport transport)
    {
        _due.Enqueue(transport);
        Hire();
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (_due.TryDequeue(out var transport)) transport.Flush();
        Interlocked.Decrement(ref _workers);
        // Somebody may have come between the last look and the leaving, and seen a worker here.
        if (!_due.IsEmpty) Hire();
    }

    private void Hire()
    {
        for (var workers = Volatile.Read(ref _workers); workers < MostWorkers;)
        {
            var seen = Interlocked.CompareExchange(ref _workers, workers + 1, workers);
            if (seen == workers)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return;
            }
            workers = seen;
        }
    }
}
