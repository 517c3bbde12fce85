using Wanwu.Security.Access;

namespace Wanwu.Connect.Mqtt.Topics;

/// <summary>A shared subscription (MQTT 5.0 §4.8.2): the sessions that have subscribed the same share name and filter. Each message goes to one of them.</summary>
/// <remarks>Members are replaced whole under the lock of <see cref="Routes"/>; publishers choose without it. A route holds the group, so members come and go without touching routes.</remarks>
internal sealed class ShareGroup(byte[] key)
{
    private RouteTarget[] _members = [];
    private int _turn;

    /// <summary><c>$share/NAME/FILTER</c> as subscribed.</summary>
    public byte[] Key { get; } = key;
    public int Count => _members.Length;

    public void Add(RouteTarget member) => Volatile.Write(ref _members, [.. _members, member]);

    public void Remove(ClientSession session) => Volatile.Write(ref _members, [.. _members.Where(member => !ReferenceEquals(member.Session, session))]);

    /// <summary>
    /// Whose turn it is: the next member that is connected and takes more right now. When there is none, a message of QoS 1 or 2 waits with the member that has the fewest
    /// waiting, a connected one before one that is away.
    /// </summary>
    /// <param name="may">Whether the message may be shown to a caller; everybody unless given.</param>
    public bool TryChoose(byte qos, Func<Caller, bool>? may, out RouteTarget chosen)
    {
        var members = Volatile.Read(ref _members);
        var first = (uint)Interlocked.Increment(ref _turn);
        for (var i = 0u; i < members.Length; i++)
        {
            ref readonly var member = ref members[(first + i) % (uint)members.Length];
            if (!member.Session.State.HasRoom || may?.Invoke(member.Session.Caller) == false) continue;
            chosen = member;
            return true;
        }
        return TryChooseWhoWaits(members, qos, may, out chosen);
    }

    private static bool TryChooseWhoWaits(RouteTarget[] members, byte qos, Func<Caller, bool>? may, out RouteTarget chosen)
    {
        chosen = default;
        var least = int.MaxValue;
        foreach (ref readonly var member in members.AsSpan())
        {
            if (Math.Min(qos, member.Qos) == 0 || may?.Invoke(member.Session.Caller) == false) continue;
            var waiting = member.Session.State.Waiting + (member.Session.State.IsConnected ? 0 : int.MaxValue / 2);
            if (waiting >= least) continue;
            (chosen, least) = (member, waiting);
        }
        return least != int.MaxValue;
    }
}
