using System.Globalization;
using System.Net;
using System.Net.Sockets;
using static Wanwu.Things.IdentifierText;

namespace Wanwu.Things;

/// <summary>Names of the internet and of the ITU and IEEE registries.</summary>
internal static class InternetNames
{
    /// <summary>
    /// RFC 8141 §2: <c>urn:NID:NSS</c>. Components after <c>?+</c>, <c>?=</c> and <c>#</c> do not belong to the name (§3) and are cut.
    /// </summary>
    public static IdentifierCheck Urn(string text)
    {
        if (!text.StartsWith("urn:", StringComparison.OrdinalIgnoreCase)) return IdentifierCheck.Refuse("A URN begins with urn:.");
        var end = text.IndexOfAny(['?', '#']);
        if (end >= 0) text = text[..end];
        var colon = text.IndexOf(':', 4);
        if (colon < 0) return IdentifierCheck.Refuse("The URN has no namespace: urn:NAMESPACE:NAME.");
        var (nid, nss) = (text[4..colon].ToLowerInvariant(), text[(colon + 1)..]);
        if (!IsNamespace(nid))
            return IdentifierCheck.Refuse($"'{nid}' is not a URN namespace: 2 to 32 letters, digits and inner hyphens.");
        if (nss.Length == 0 || nss[0] == '/') return IdentifierCheck.Refuse("The URN has no name after its namespace.");
        if (FaultOfCharacters(nss, static c => char.IsAsciiLetterOrDigit(c) || "-._~!$&'()*+,;=:@/%".Contains(c, StringComparison.Ordinal),
            "letters, digits and - . _ ~ ! $ & ' ( ) * + , ; = : @ / %") is { } fault) return IdentifierCheck.Refuse(fault);
        if (!TryUpperEscapes(ref nss)) return IdentifierCheck.Refuse("A % must be followed by two hexadecimal digits.");
        if (nid != "uuid") return IdentifierCheck.Accept($"urn:{nid}:{nss}");
        var uuid = Uuid(nss);
        return uuid.IsValid ? IdentifierCheck.Accept("urn:uuid:" + uuid.Value) : uuid;
    }

    private static bool IsNamespace(string nid) =>
        nid.Length is >= 2 and <= 32 && nid[0] != '-' && nid[^1] != '-' && nid != "urn"
        && nid.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-');

    /// <summary>RFC 8141 §3.1: escapes are equal whatever their case.</summary>
    private static bool TryUpperEscapes(ref string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal)) return true;
        var characters = text.ToCharArray();
        for (var i = 0; i < characters.Length; i++)
        {
            if (characters[i] != '%') continue;
            if (i + 2 >= characters.Length || !char.IsAsciiHexDigit(characters[i + 1]) || !char.IsAsciiHexDigit(characters[i + 2])) return false;
            characters[i + 1] = char.ToUpperInvariant(characters[i + 1]);
            characters[i + 2] = char.ToUpperInvariant(characters[i + 2]);
            i += 2;
        }
        text = new string(characters);
        return true;
    }

    /// <summary>
    /// RFC 9562 §4: 8-4-4-4-12 hexadecimal digits, variant 10, version 1 to 8; the nil and the max UUID are allowed as text goes (§5.9, §5.10).
    /// </summary>
    public static IdentifierCheck Uuid(string text)
    {
        text = WithoutPrefix(text, "urn:uuid:");
        if (!Guid.TryParseExact(text, "D", out var uuid) && !Guid.TryParseExact(text, "N", out uuid) && !Guid.TryParseExact(text, "B", out uuid))
            return IdentifierCheck.Refuse("A UUID has 8-4-4-4-12 hexadecimal digits.");
        var canonical = uuid.ToString("D");
        if (uuid == Guid.Empty || uuid == Guid.AllBitsSet)
            return IdentifierCheck.Accept(canonical, "This is the nil or the max UUID, which names nothing.");
        if (canonical[14] is < '1' or > '8') return IdentifierCheck.Refuse($"The UUID has version {canonical[14]}; 1 to 8 are defined.");
        if (canonical[19] is not ('8' or '9' or 'a' or 'b'))
            return IdentifierCheck.Refuse($"The UUID has variant digit {canonical[19]}, should be 8, 9, a or b.");
        return IdentifierCheck.Accept(canonical);
    }

    /// <summary>IEEE 802c: 64 bits, here 16 hexadecimal digits in upper case without separators, as LoRaWAN writes a DevEUI.</summary>
    public static IdentifierCheck Eui64(string text)
    {
        text = Without(WithoutPrefix(text, "0x"), " -:.").ToUpperInvariant();
        if (text.Length == 12 && FaultOfHex(text, 12) is null)
            return IdentifierCheck.Refuse("12 hexadecimal digits are an EUI-48 (scheme eui48); an EUI-64 has 16.");
        return FaultOfHex(text, 16) is { } fault ? IdentifierCheck.Refuse(fault) : IdentifierCheck.Accept(text);
    }

    /// <summary>IEEE 802c: 48 bits, the MAC address of a network interface.</summary>
    public static IdentifierCheck Eui48(string text)
    {
        text = Without(WithoutPrefix(text, "0x"), " -:.").ToUpperInvariant();
        if (FaultOfHex(text, 12) is { } fault) return IdentifierCheck.Refuse(fault);
        return (Convert.FromHexString(text)[0] & 1) == 1
            ? IdentifierCheck.Refuse("The address names a group, not one interface: the lowest bit of its first byte is set.")
            : IdentifierCheck.Accept(text);
    }

    /// <summary>ITU-T X.660: at least two arcs; the first 0, 1 or 2; the second at most 39 below 0 and 1. RFC 3061 for the URN form.</summary>
    public static IdentifierCheck Oid(string text)
    {
        text = WithoutPrefix(text, "urn:oid:", "oid:");
        var arcs = text.Split('.');
        if (arcs.Length < 2) return IdentifierCheck.Refuse("An OID has at least two arcs, as 1.2.156.");
        for (var i = 0; i < arcs.Length; i++)
        {
            if (arcs[i].Length == 0 || !IsDigits(arcs[i])) return IdentifierCheck.Refuse($"Arc {i + 1}, '{arcs[i]}', is not a number.");
            if (arcs[i].Length > 1 && arcs[i][0] == '0') return IdentifierCheck.Refuse($"Arc {i + 1}, '{arcs[i]}', has a leading zero.");
        }
        if (arcs[0] is not ("0" or "1" or "2")) return IdentifierCheck.Refuse($"The first arc is {arcs[0]}; it can be 0, 1 or 2.");
        if (arcs[0] != "2" && (arcs[1].Length > 2 || int.Parse(arcs[1], CultureInfo.InvariantCulture) > 39))
            return IdentifierCheck.Refuse($"The second arc is {arcs[1]}; below {arcs[0]} it can be 0 to 39.");
        return IdentifierCheck.Accept(text);
    }

    /// <summary>RFC 5952 §4: lower case, the longest run of zero fields as <c>::</c>, no leading zeros.</summary>
    public static IdentifierCheck Ipv6(string text)
    {
        if (text.ContainsAny(['%', '/', '[']) || !IPAddress.TryParse(text, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6)
            return IdentifierCheck.Refuse("Expected an IPv6 address without zone, prefix length or port, as 2001:db8::1.");
        return IdentifierCheck.Accept(address.ToString());
    }

    private static bool ContainsAny(this string text, ReadOnlySpan<char> characters) => text.AsSpan().IndexOfAny(characters) >= 0;

    /// <summary>RFC 9039 §3: <c>urn:dev:</c> mac, ow, org, os or ops, with their parts; hexadecimal digits in lower case.</summary>
    public static IdentifierCheck DevUrn(string text)
    {
        var urn = Urn(text);
        if (!urn.IsValid) return urn;
        var parts = urn.Value!.Split(':');
        if (parts[1] != "dev" || parts.Length < 4) return IdentifierCheck.Refuse("Expected urn:dev:KIND:NAME.");
        var (kind, body) = (parts[2].ToLowerInvariant(), string.Join(':', parts[3..]));
        return kind switch
        {
            "mac" or "ow" => HexDevUrn(kind, body),
            "org" => OrganisationDevUrn(kind, body, hyphens: 1),
            "os" => OrganisationDevUrn(kind, body, hyphens: 1),
            "ops" => OrganisationDevUrn(kind, body, hyphens: 2),
            _ => IdentifierCheck.Refuse($"'{kind}' is not a kind of device URN: mac, ow, org, os, ops."),
        };
    }

    private static IdentifierCheck HexDevUrn(string kind, string body)
    {
        var (hex, component) = body.IndexOf('_', StringComparison.Ordinal) is >= 0 and var at ? (body[..at], body[at..]) : (body, "");
        hex = hex.ToLowerInvariant();
        return FaultOfHex(hex, 16) is { } fault ? IdentifierCheck.Refuse(fault) : IdentifierCheck.Accept($"urn:dev:{kind}:{hex}{component}");
    }

    /// <summary>A private enterprise number, then the organisation's own parts.</summary>
    private static IdentifierCheck OrganisationDevUrn(string kind, string body, int hyphens)
    {
        var parts = body.Split('-', hyphens + 1);
        if (parts.Length <= hyphens || parts.Any(static p => p.Length == 0) || !IsDigits(parts[0]) || parts[0][0] == '0')
            return IdentifierCheck.Refuse($"After urn:dev:{kind}: come an enterprise number and {hyphens} more part(s), with hyphens between.");
        return IdentifierCheck.Accept($"urn:dev:{kind}:{body}");
    }

    /// <summary>RFC 3650 §3: prefix and suffix with a slash between; ASCII letters of the prefix are equal in both cases.</summary>
    public static IdentifierCheck Handle(string text)
    {
        text = WithoutPrefix(text, "https://hdl.handle.net/", "http://hdl.handle.net/", "info:hdl/", "hdl:");
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == text.Length - 1) return IdentifierCheck.Refuse("A handle is PREFIX/NAME, as 88.111.1/4321.");
        var prefix = text[..slash].ToLowerInvariant();
        if (prefix.Split('.').Any(static part => part.Length == 0)) return IdentifierCheck.Refuse("The prefix has an empty part between its dots.");
        var fault = FaultOfCharacters(prefix, static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_',
            "letters, digits and . - _ before the slash");
        if (fault is not null) return IdentifierCheck.Refuse(fault);
        var name = FieldNumbers.FreeText(text[slash..]);
        return name.IsValid ? IdentifierCheck.Accept(prefix + name.Value) : name;
    }
}
