using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Wanwu.Security.Access.Contact;

/// <summary>Networks that a peer may come from, IPv4 or IPv6, as <c>10.1.0.0/16 2001:db8::/32</c>; an address alone is a network of one.</summary>
internal sealed class Networks
{
    public const int Most = 32, MaxText = 1_000;
    private readonly IPNetwork[] _all;

    private Networks(IPNetwork[] all) => _all = all;

    /// <summary>Null where nothing is given: then a peer may come from anywhere.</summary>
    public static Networks? Read(string? stored) => stored is not null && TryParse(stored, out var networks, out _) ? networks : null;

    public static bool TryParse(string text, [NotNullWhen(true)] out Networks? networks, [NotNullWhen(false)] out string? fault)
    {
        (networks, fault) = (null, null);
        var parts = text.Split([' ', ',', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length is 0 or > Most || text.Length > MaxText) fault = $"Expected 1 to {Most} networks, as 10.1.0.0/16 or 2001:db8::/32.";
        var all = new IPNetwork[parts.Length];
        for (var i = 0; i < parts.Length && fault is null; i++)
            if (!TryParseOne(parts[i], out all[i])) fault = $"'{Registry.ThingRules.Short(parts[i])}' is no network: expected an address, or an address and a prefix length, as 10.1.0.0/16 or 2001:db8::/32.";
        if (fault is null) networks = new Networks(all);
        return fault is null;
    }

    public bool Has(IPAddress? address)
    {
        if (address is null) return false;
        var plain = Plain(address);
        foreach (var network in _all)
            if (network.Contains(plain)) return true;
        return false;
    }

    /// <summary>An IPv4 address that came over a socket of IPv6 is that IPv4 address; a scope says nothing of where a peer is.</summary>
    public static IPAddress Plain(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } ? new IPAddress(address.GetAddressBytes()) : address;

    public override string ToString() => string.Join(' ', _all);

    private static bool TryParseOne(string text, out IPNetwork network)
    {
        network = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(slash < 0 ? text : text[..slash], out var given)) return false;
        var address = Plain(given);
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var length = bits;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out length) || length > bits)) return false;
        var bytes = address.GetAddressBytes();
        for (var bit = length; bit < bits; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        network = new IPNetwork(new IPAddress(bytes), length);
        return true;
    }
}
