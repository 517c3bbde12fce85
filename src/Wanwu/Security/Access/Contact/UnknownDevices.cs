using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Wanwu.Things;

namespace Wanwu.Security.Access.Contact;

/// <summary>That somebody whom nobody knows came to a door.</summary>
/// <param name="Said">What it said besides; null for nothing.</param>
internal readonly record struct Knock(string Door, string Scheme, string Value, IPAddress? Peer, string? Said)
{
    public Guid? Key { get; init; }
    /// <summary>Whether it waits to be let in.</summary>
    public bool Waits { get; init; }
}

/// <summary>An unknown device as it stands on the list. Replaced whole.</summary>
internal sealed record UnknownDevice(Guid Id, string Door, string Scheme, string Value, Timestamp First, Timestamp Last, long Count, string Address)
{
    public string? Said { get; init; }
    public Guid? Key { get; init; }
    public bool IsWaiting { get; init; }
    /// <summary>Salt and hash of the secret it showed when it first came, sealed.</summary>
    public byte[]? Secret { get; init; }
    /// <summary>Whether it is known not to be the name of a person who mistyped a password: before, nobody sees it.</summary>
    public bool IsShown { get; init; }
}

/// <summary>Who came to the doors and is unknown: by door and claimed identifier, with how often, from where and what it said.</summary>
/// <remarks>
/// Bounded, whoever knocks: so many in all, the longest silent making room, and so many identifiers of one address. In memory, and written down by <see cref="UnknownUpkeep"/>. Thread-safe.
/// </remarks>
internal sealed class UnknownDevices(IOptions<ContactOptions> options, BindingSeals seals, TimeProvider clock)
{
    public const int MaxSaid = 300;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Door, string Scheme, string Value), LinkedListNode<UnknownDevice>> _byName = [];
    private readonly Dictionary<string, int> _ofAddress = new(StringComparer.Ordinal);
    // The longest silent first.
    private readonly LinkedList<UnknownDevice> _order = new();
    // Written: rows there are on disk. Gone: those of them that are to be taken out, so that a flood between two writings leaves nothing to take out.
    private readonly HashSet<Guid> _changed = [], _written = [], _gone = [];
    private long _passedOver;

    /// <summary>Identifiers that were not taken in because their address has as many as one may.</summary>
    public long PassedOver => Interlocked.Read(ref _passedOver);

    /// <summary>Raised when one was taken in or gone; handlers must only mark.</summary>
    public event Action? Changed;

    /// <summary>The last heard first.</summary>
    public List<UnknownDevice> All
    {
        get
        {
            lock (_gate)
            {
                var all = _order.Where(device => device.IsShown).ToList();
                all.Reverse();
                return all;
            }
        }
    }

    public UnknownDevice? Find(Guid id) { lock (_gate) return _order.FirstOrDefault(device => device.Id == id && device.IsShown); }

    /// <param name="secret">What it showed as its secret when it first came; kept as a sealed hash, so that it can be let in with it.</param>
    /// <returns>False when it was passed over.</returns>
    public bool Note(in Knock knock, ReadOnlySpan<byte> secret)
    {
        var now = Timestamp.Now(clock);
        var name = (knock.Door, knock.Scheme, knock.Value);
        var address = knock.Peer is { } peer ? Networks.Plain(peer).ToString() : "local";
        lock (_gate)
        {
            if (_byName.TryGetValue(name, out var node)) Again(node, knock, address, now);
            else if (!TakeIn(knock, address, secret, now)) return false;
        }
        Changed?.Invoke();
        return true;
    }

    private void Again(LinkedListNode<UnknownDevice> node, in Knock knock, string address, Timestamp now)
    {
        var before = node.Value;
        if (before.Address != address) (_, _) = (Tally(before.Address, -1), Tally(address, 1));
        node.Value = before with
        {
            Last = now, Count = before.Count + 1, Address = address, Said = Cut(knock.Said) ?? before.Said, Key = knock.Key ?? before.Key, IsWaiting = before.IsWaiting || knock.Waits,
        };
        _order.Remove(node);
        _order.AddLast(node);
        _changed.Add(before.Id);
    }

    private bool TakeIn(in Knock knock, string address, ReadOnlySpan<byte> secret, Timestamp now)
    {
        if (_ofAddress.GetValueOrDefault(GroupOf(address)) >= options.Value.UnknownOfAddress)
        {
            Interlocked.Increment(ref _passedOver);
            return false;
        }
        while (_order.Count >= options.Value.Unknown) Drop(_order.First!);
        var device = new UnknownDevice(Guid.CreateVersion7(clock.GetUtcNow()), knock.Door, knock.Scheme, knock.Value, now, now, 1, address)
        {
            Said = Cut(knock.Said), Key = knock.Key, IsWaiting = knock.Waits, Secret = seals.SealHash(secret), IsShown = knock.Scheme != IdentifierDoor.UserName,
        };
        Put(device);
        _changed.Add(device.Id);
        return true;
    }

    /// <summary>It has been dealt with, or its time is over.</summary>
    public bool Remove(Guid id)
    {
        lock (_gate)
        {
            if (_order.FirstOrDefault(device => device.Id == id) is not { } device) return false;
            Drop(_byName[(device.Door, device.Scheme, device.Value)]);
        }
        Changed?.Invoke();
        return true;
    }

    /// <summary>What was written down before the server started.</summary>
    internal void Restore(IEnumerable<UnknownDevice> devices)
    {
        lock (_gate)
            foreach (var device in devices.OrderBy(device => device.Last))
            {
                _written.Add(device.Id);
                if (!_byName.ContainsKey((device.Door, device.Scheme, device.Value))) Put(device with { IsShown = true });
                else _gone.Add(device.Id);
            }
    }

    /// <summary>User names of which it is not known yet whether a person has them.</summary>
    internal List<UnknownDevice> Unseen(int most) { lock (_gate) return [.. _order.Where(device => !device.IsShown).Take(most)]; }

    internal void Show(Guid id)
    {
        lock (_gate)
            if (_order.FirstOrDefault(device => device.Id == id) is { } device) _byName[(device.Door, device.Scheme, device.Value)].Value = device with { IsShown = true };
        Changed?.Invoke();
    }

    /// <summary>Those that have been silent for too long go; says what is to be written, and what taken out of what was written.</summary>
    internal (List<UnknownDevice> Changed, List<Guid> Gone) Settle(Timestamp silentSince)
    {
        lock (_gate)
        {
            while (_order.First is { } first && first.Value.Last < silentSince) Drop(first);
            var changed = _order.Where(device => device.IsShown && _changed.Contains(device.Id)).ToList();
            foreach (var device in changed) _changed.Remove(device.Id);
            List<Guid> gone = [.. _gone];
            _gone.Clear();
            return (changed, gone);
        }
    }

    /// <summary>They are written. Who has gone meanwhile is taken out the next time.</summary>
    internal void Written(List<UnknownDevice> changed, List<Guid> gone)
    {
        lock (_gate)
        {
            _written.ExceptWith(gone);
            foreach (var device in changed)
            {
                _written.Add(device.Id);
                if (!_byName.TryGetValue((device.Door, device.Scheme, device.Value), out var node) || node.Value.Id != device.Id) _gone.Add(device.Id);
            }
        }
    }

    /// <summary>They could not be written: they are tried again.</summary>
    internal void NotWritten(List<UnknownDevice> changed, List<Guid> gone)
    {
        lock (_gate)
        {
            _changed.UnionWith(changed.Select(device => device.Id));
            _gone.UnionWith(gone);
        }
    }

    internal bool HasNew { get { lock (_gate) return _changed.Count > 0 || _gone.Count > 0; } }

    private void Put(UnknownDevice device)
    {
        _byName[(device.Door, device.Scheme, device.Value)] = _order.AddLast(device);
        Tally(device.Address, 1);
    }

    private void Drop(LinkedListNode<UnknownDevice> node)
    {
        var device = node.Value;
        _order.Remove(node);
        _byName.Remove((device.Door, device.Scheme, device.Value));
        Tally(device.Address, -1);
        _changed.Remove(device.Id);
        if (_written.Contains(device.Id)) _gone.Add(device.Id);
    }

    private int Tally(string address, int change)
    {
        var group = GroupOf(address);
        var count = _ofAddress.GetValueOrDefault(group) + change;
        if (count > 0) _ofAddress[group] = count;
        else _ofAddress.Remove(group);
        return count;
    }

    /// <summary>Whoever has an IPv6 address has 2^64 of them: they count as one.</summary>
    private static string GroupOf(string address)
    {
        if (!IPAddress.TryParse(address, out var parsed) || parsed.AddressFamily != AddressFamily.InterNetworkV6) return address;
        return Convert.ToHexString(parsed.GetAddressBytes(), 0, 8);
    }

    private static string? Cut(string? said)
    {
        if (said is null) return null;
        var plain = new string([.. said.Take(MaxSaid).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c)]).Trim();
        return plain.Length == 0 ? null : plain;
    }
}
