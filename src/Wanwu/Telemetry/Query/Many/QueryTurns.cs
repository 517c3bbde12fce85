using Microsoft.Extensions.Options;

namespace Wanwu.Telemetry.Query.Many;

internal enum Admission
{
    Admitted,
    /// <summary>The caller has as many questions under way as it may have.</summary>
    TooManyOfCaller,
    TooManyInAll,
}

/// <summary>Who may ask, and whose turn it is: a caller with many long questions holds up itself, not the others.</summary>
/// <remarks>A question takes a turn for each portion of its answer, so a long one stands behind in between. Thread-safe.</remarks>
internal sealed class QueryTurns(IOptions<QueryOptions> options)
{
    private readonly QueryOptions _options = options.Value;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Standing> _callers = new(StringComparer.Ordinal);
    private readonly List<(string Caller, TaskCompletionSource Turn)> _waiting = [];
    private int _open, _running;
    private long _served;

    private sealed class Standing
    {
        public int Open, Running;
        public long LastServed;
    }

    /// <summary>Questions let in, and how many of them the store works on just now.</summary>
    public (int Open, int Running) Now
    {
        get
        {
            lock (_gate) return (_open, _running);
        }
    }

    /// <summary>Lets a question in; <see cref="Leave"/> is owed if it was admitted.</summary>
    public Admission Enter(string caller)
    {
        lock (_gate)
        {
            if (_open >= _options.Waiting) return Admission.TooManyInAll;
            if (!_callers.TryGetValue(caller, out var standing)) _callers[caller] = standing = new Standing();
            if (standing.Open >= _options.PerCaller) return Admission.TooManyOfCaller;
            standing.Open++;
            _open++;
            return Admission.Admitted;
        }
    }

    public void Leave(string caller)
    {
        lock (_gate)
        {
            _open--;
            if (--_callers[caller].Open == 0) _callers.Remove(caller);
        }
    }

    /// <summary>Waits for a turn; <see cref="End"/> is owed for it.</summary>
    public async Task BeginAsync(string caller, CancellationToken stop)
    {
        TaskCompletionSource turn;
        lock (_gate)
        {
            if (_running < _options.Concurrent && _waiting.Count == 0)
            {
                Serve(caller);
                return;
            }
            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((caller, turn));
        }
        await using var gone = stop.UnsafeRegister(_ => GiveUp(turn, stop), null);
        await turn.Task;
    }

    public void End(string caller)
    {
        lock (_gate)
        {
            _running--;
            _callers[caller].Running--;
            ServeNext();
        }
    }

    private void Serve(string caller)
    {
        var standing = _callers[caller];
        _running++;
        standing.Running++;
        standing.LastServed = ++_served;
    }

    /// <summary>The next is of the caller that has fewest running, and of those the one that had its last turn longest ago.</summary>
    private void ServeNext()
    {
        while (_running < _options.Concurrent && _waiting.Count > 0)
        {
            var next = _waiting.MinBy(waiting => (_callers[waiting.Caller].Running, _callers[waiting.Caller].LastServed));
            _waiting.Remove(next);
            Serve(next.Caller);
            next.Turn.SetResult();
        }
    }

    private void GiveUp(TaskCompletionSource turn, CancellationToken stop)
    {
        lock (_gate)
        {
            if (_waiting.RemoveAll(waiting => waiting.Turn == turn) > 0) turn.SetCanceled(stop);
        }
    }
}
