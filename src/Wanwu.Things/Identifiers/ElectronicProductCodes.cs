using System.Globalization;
using static Wanwu.Things.IdentifierText;

namespace Wanwu.Things;

/// <summary>Electronic product codes in their pure identity URI (GS1 EPC Tag Data Standard 1.13), and SGTIN-96 as a reader gives it.</summary>
internal static class ElectronicProductCodes
{
    /// <summary>
    /// The kinds: how many digits the company prefix and the part after it have together (0: text), and how long a serial may be (0: none).
    /// </summary>
    private static readonly (string Kind, int Digits, int MaxSerial)[] Kinds =
    [
        ("sgtin", 13, 20), ("sscc", 17, 0), ("sgln", 12, 20), ("grai", 12, 16), ("gsrn", 17, 0), ("gsrnp", 17, 0), ("gdti", 12, 17), ("giai", 0, 0),
    ];

    public static IdentifierCheck Check(string text)
    {
        if (text.Length == 24 && FaultOfHex(text, 24) is null) return FromTag(text);
        text = WithoutPrefix(text, "urn:epc:id:");
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) return IdentifierCheck.Refuse("Expected urn:epc:id:KIND:…, or the 24 hexadecimal digits of an SGTIN-96 tag.");
        var kind = text[..colon].ToLowerInvariant();
        foreach (var row in Kinds)
            if (row.Kind == kind) return Check(kind, text[(colon + 1)..], row.Digits, row.MaxSerial);
        return IdentifierCheck.Refuse($"'{kind}' is not a known kind of EPC: {string.Join(", ", Kinds.Select(static k => k.Kind))}.");
    }

    private static IdentifierCheck Check(string kind, string body, int digits, int maxSerial)
    {
        var parts = body.Split('.', digits == 0 ? 2 : 3);
        if (parts.Length != (maxSerial > 0 ? 3 : 2))
            return IdentifierCheck.Refuse($"An {kind} has {(maxSerial > 0 ? 3 : 2)} parts with dots between.");
        if (parts[0].Length is < 6 or > 12 || !IsDigits(parts[0]))
            return IdentifierCheck.Refuse($"The company prefix, '{parts[0]}', should be 6 to 12 digits.");
        if (digits > 0 && (!IsDigits(parts[1]) || parts[0].Length + parts[1].Length != digits))
            return IdentifierCheck.Refuse($"Company prefix and reference should be {digits} digits together, found '{parts[0]}' and '{parts[1]}'.");
        var serial = digits == 0 ? parts[1] : maxSerial > 0 ? parts[2] : "0";
        var limit = digits == 0 ? 30 - parts[0].Length : Math.Max(maxSerial, 1);
        if (serial.Length == 0 || Uri.UnescapeDataString(serial).Length > limit)
            return IdentifierCheck.Refuse($"The serial should have 1 to {limit} characters.");
        var fault = FaultOfCharacters(serial, static c => !"\"&/<>?".Contains(c, StringComparison.Ordinal) && Gs1Keys.Is82(c),
            "the GS1 characters, with \" % & / < > ? escaped as %hh");
        return fault is null ? IdentifierCheck.Accept($"urn:epc:id:{kind}:{body}") : IdentifierCheck.Refuse("In the serial: " + fault);
    }

    /// <summary>Header 30h (8 bits), filter (3), partition (3), company prefix (20 to 40), item (24 to 4), serial (38).</summary>
    private static IdentifierCheck FromTag(string hex)
    {
        var bits = UInt128.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if ((uint)(bits >> 88) != 0x30) return IdentifierCheck.Refuse($"The tag's header is {hex[..2]}; only SGTIN-96 (30) is read.");
        ReadOnlySpan<byte> prefixBits = [40, 37, 34, 30, 27, 24, 20];
        var partition = (int)(bits >> 82) & 7;
        if (partition == 7) return IdentifierCheck.Refuse("The tag's partition is 7; 0 to 6 are defined.");
        var (prefixDigits, itemDigits, itemBits) = (12 - partition, partition + 1, 44 - prefixBits[partition]);
        var prefix = (ulong)(bits >> (38 + itemBits)) & ((1UL << prefixBits[partition]) - 1);
        var item = (ulong)(bits >> 38) & ((1UL << itemBits) - 1);
        var serial = (ulong)bits & ((1UL << 38) - 1);
        var (prefixText, itemText) = (Decimal(prefix, prefixDigits), Decimal(item, itemDigits));
        if (prefixText.Length > prefixDigits || itemText.Length > itemDigits)
            return IdentifierCheck.Refuse("The tag's company prefix or item does not fit its digits.");
        return IdentifierCheck.Accept(string.Create(CultureInfo.InvariantCulture, $"urn:epc:id:sgtin:{prefixText}.{itemText}.{serial}"));
    }

    private static string Decimal(ulong number, int digits) => number.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
}
