namespace Wanwu.Telemetry.Store;

/// <summary>Lets whoever asks the store in, and for a moment nobody: while its file is exchanged.</summary>
/// <remarks>Thread-safe. Who asks while it is closed waits; who is inside for long is told to give way, and asks again.</remarks>
internal sealed class StoreGate
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1), Again = TimeSpan.FromMilliseconds(50);
    private readonly object _gate = new();
    private readonly Dictionary<object, Action> _inside = new(ReferenceEqualityComparer.Instance);
    private bool _isClosed;

    /// <param name="giveWay">Called, maybe several times, when the asker stands in the way. Must be quick.</param>
    public Visit Enter(Action giveWay)
    {
        var visit = new Visit(this);
        lock (_gate)
        {
            while (_isClosed) Monitor.Wait(_gate);
            _inside.Add(visit, giveWay);
        }
        return visit;
    }

    /// <summary>Returns when nobody is inside, and keeps it so until <see cref="Open"/>.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            if (_inside.Count > 0) Monitor.Wait(_gate, Patience);
            while (_inside.Count > 0)
            {
                foreach (var (visit, giveWay) in _inside)
                {
                    ((Visit)visit).GaveWay = true;
                    giveWay();
                }
                Monitor.Wait(_gate, Again);
            }
        }
    }

    public void Open()
    {
        lock (_gate)
        {
            _isClosed = false;
            Monitor.PulseAll(_gate);
        }
    }

    private void Leave(Visit visit)
    {
        lock (_gate)
            if (_inside.Remove(visit) && _inside.Count == 0) Monitor.PulseAll(_gate);
    }

    internal sealed class Visit(StoreGate owner) : IDisposable
    {
        /// <summary>Whether it was told to give way: what failed since is to be asked again.</summary>
        public bool GaveWay { get; set; }

        public void Dispose() => owner.Leave(this);
    }
}
