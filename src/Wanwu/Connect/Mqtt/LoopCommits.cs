using System.Collections.Concurrent;
using Wanwu.Connect.Transport;
using Wanwu.Telemetry;

namespace Wanwu.Connect.Mqtt;

/// <summary>Waits for the log in the name of every connection of one loop: the committer tells one of them instead of thousands, and the loop tells the connections.</summary>
/// <remarks>
/// What a connection keeps is then touched by its loop's processor alone. A connection comes to its place in the queue on the loop, in the same call that appended its
/// message, so the loop always finds it there when it has been told of the batch.
/// </remarks>
internal sealed class LoopCommits(LinuxLoop loop) : LoopErrand, ICommitWaiter
{
    // The loop.
    private readonly Queue<(MqttConnection Client, long Batch)> _waiting = new();

    // The committer writes, the loop reads.
    private readonly ConcurrentDictionary<long, CommitOutcome> _failed = new();
    private long _settled;

    /// <summary>The client is told when the batch is on disk or has failed. On the loop.</summary>
    public void Await(MqttConnection client, long batch) => _waiting.Enqueue((client, batch));

    public void OnBatch(long batch, CommitOutcome outcome)
    {
        if (outcome != CommitOutcome.Committed) _failed[batch] = outcome;
        Volatile.Write(ref _settled, batch);
        loop.Ask(this);
    }

    protected override void Run()
    {
        var settled = Volatile.Read(ref _settled);
        while (_waiting.TryPeek(out var next) && next.Batch <= settled)
        {
            _waiting.Dequeue();
            Tell(next.Client, next.Batch);
            // At once, while the processor's cache holds what the answer is made of: with thousands of connections it is gone by the end of the turn.
            loop.ServeMarked();
        }
        // Nobody waits any more for what lies behind the first who waits.
        if (!_failed.IsEmpty) Forget();
    }

    private void Tell(MqttConnection client, long batch)
    {
        try
        {
            client.OnBatch(batch, _failed.IsEmpty ? CommitOutcome.Committed : _failed.GetValueOrDefault(batch, CommitOutcome.Committed));
        }
        // The edge of a session: a fault in one must not reach another.
#pragma warning disable CA1031
        catch (Exception fault)
#pragma warning restore CA1031
        {
            loop.Log.ConnectionFailed(fault);
        }
    }

    private void Forget()
    {
        var oldest = _waiting.TryPeek(out var next) ? next.Batch : long.MaxValue;
        foreach (var batch in _failed.Keys)
            if (batch < oldest) _failed.TryRemove(batch, out _);
    }
}
