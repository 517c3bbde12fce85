using System.Buffers.Binary;
using System.Net;

namespace Wanwu.Security.Access.Limits;

/// <summary>Where a peer is, as far as limits tell peers apart: an IPv4 address, or the 64 bits of an IPv6 network, within which anybody has as many addresses as there are.</summary>
internal readonly record struct PeerNetwork(ulong Number)
{
    public static PeerNetwork Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        // An IPv4 address in the clothes of IPv6 is that address.
        if (length == 16 && address.IsIPv4MappedToIPv6) bytes = bytes[12..];
        else if (length == 16) return new PeerNetwork(BinaryPrimitives.ReadUInt64BigEndian(bytes));
        // 0/8 as a prefix is no network that anybody routes, so the two kinds never meet.
        return new PeerNetwork(BinaryPrimitives.ReadUInt32BigEndian(bytes));
    }
}
