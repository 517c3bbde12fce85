namespace Wanwu.Connect.Transport;

/// <summary>The connections a loop is to look at: a chain that any thread adds to and the loop takes whole. Nothing is allocated for it.</summary>
/// <remarks>A connection is in it at most once (<see cref="LinuxConnection.Kick"/> sees to that), which is what makes the links safe to reuse.</remarks>
internal sealed class MarkedConnections
{
    private LinuxConnection? _first;

    public bool IsEmpty => Volatile.Read(ref _first) is null;

    public void Add(LinuxConnection connection)
    {
        var first = Volatile.Read(ref _first);
        while (true)
        {
            connection.NextMarked = first;
            var seen = Interlocked.CompareExchange(ref _first, connection, first);
            if (ReferenceEquals(seen, first)) return;
            first = seen;
        }
    }

    /// <summary>Takes all, the last marked first.</summary>
    public LinuxConnection? Take() => _first is null ? null : Interlocked.Exchange(ref _first, null);
}
