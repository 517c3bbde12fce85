namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>Connections that have not signed in yet, in the order in which they came.</summary>
/// <remarks>Thread-safe. Whoever opens connections and says nothing is pushed out by those who come after him; who has sent a CONNECT is not.</remarks>
internal sealed class Newcomers(int atMost)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Place> _silent = [];
    private int _count;
    private long _pushedOut, _turnedAway;

    public int Count { get { lock (_gate) return _count; } }
    /// <summary>Closed without having said anything, to make room.</summary>
    public long PushedOut => Interlocked.Read(ref _pushedOut);
    /// <summary>Closed at once because there was no room to be made.</summary>
    public long TurnedAway => Interlocked.Read(ref _turnedAway);

    /// <summary>A connection begins. Null when there is no room for it.</summary>
    public Place? Enter(MqttConnection connection)
    {
        MqttConnection? oldest = null;
        Place place;
        lock (_gate)
        {
            if (_count >= atMost)
            {
                if (_silent.First is not { } first)
                {
                    _turnedAway++;
                    return null;
                }
                oldest = first.Value.Connection;
                _pushedOut++;
                Remove(first.Value);
            }
            _count++;
            place = new Place(this, connection);
            place.Node = _silent.AddLast(place);
        }
        oldest?.GiveWay();
        return place;
    }

    private void Remove(Place place)
    {
        if (place.Node is { List: not null } node) _silent.Remove(node);
        place.Node = null;
        _count--;
        place.IsFree = true;
    }

    /// <summary>One newcomer's place.</summary>
    internal sealed class Place(Newcomers all, MqttConnection connection)
    {
        internal MqttConnection Connection => connection;
        internal LinkedListNode<Place>? Node { get; set; }
        internal bool IsFree { get; set; }

        /// <summary>It has sent its CONNECT.</summary>
        public void Speaks()
        {
            lock (all._gate)
            {
                if (Node is { List: not null } silent) all._silent.Remove(silent);
                Node = null;
            }
        }

        /// <summary>It has signed in, or ended.</summary>
        public void Leave()
        {
            lock (all._gate)
                if (!IsFree) all.Remove(this);
        }
    }
}
