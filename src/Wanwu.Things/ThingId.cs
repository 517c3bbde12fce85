using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Wanwu.Things;

/// <summary>The platform's own name for a thing: a UUID version 7 (RFC 9562 §5.7) written as 26 lower-case letters and digits.</summary>
/// <remarks>
/// The text is Crockford base 32 without check symbol, most significant bit first, so that text order is byte order is order of creation.
/// On the way in, case is folded and a UUID in its 8-4-4-4-12 form is accepted too; one thing has one canonical text.
/// </remarks>
[JsonConverter(typeof(TextJsonConverter<ThingId>))]
public readonly record struct ThingId : ISpanParsable<ThingId>, IUtf8SpanParsable<ThingId>, IComparable<ThingId>
{
    /// <summary>Length of the canonical text.</summary>
    public const int TextLength = 26;
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private readonly UInt128 _bits;

    private ThingId(UInt128 bits) => _bits = bits;

    public ThingId(Guid uuid)
    {
        Span<byte> bytes = stackalloc byte[16];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        _bits = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>A new id; ids made later sort later (to the millisecond).</summary>
    public static ThingId New(TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        return new ThingId(Guid.CreateVersion7(clock.GetUtcNow()));
    }

    public bool IsNone => _bits == UInt128.Zero;

    /// <summary>The same 128 bits as a UUID; <c>urn:uuid:</c> followed by it is the thing's public name.</summary>
    public Guid ToUuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        WriteBytes(bytes);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>Writes the 16 bytes, most significant first.</summary>
    public void WriteBytes(Span<byte> destination) =>
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(destination, _bits);

    /// <summary>Reads 16 bytes, most significant first.</summary>
    public static ThingId ReadBytes(ReadOnlySpan<byte> source) =>
        new(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(source));

    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out ThingId result)
    {
        result = default;
        if (s.Length == TextLength)
        {
            Span<byte> utf8 = stackalloc byte[TextLength];
            return System.Text.Ascii.FromUtf16(s, utf8, out _) == OperationStatus.Done && TryParse(utf8, provider, out result);
        }
        if (s.Length != 36 || !Guid.TryParseExact(s, "D", out var uuid)) return false;
        result = new ThingId(uuid);
        return true;
    }

    public static bool TryParse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider, out ThingId result)
    {
        result = default;
        if (utf8Text.Length != TextLength) return false;
        var bits = UInt128.Zero;
        foreach (var symbol in utf8Text)
        {
            var digit = DigitOf(symbol);
            if (digit < 0) return false;
            bits = (bits << 5) | (uint)digit;
        }
        // 26 symbols carry 130 bits: the first may only use its lower three.
        if (DigitOf(utf8Text[0]) > 7) return false;
        result = new ThingId(bits);
        return true;
    }

    private static int DigitOf(byte symbol) => symbol switch
    {
        >= (byte)'0' and <= (byte)'9' => symbol - '0',
        >= (byte)'A' and <= (byte)'Z' => Alphabet.IndexOf((char)(symbol | 0x20), StringComparison.Ordinal),
        >= (byte)'a' and <= (byte)'z' => Alphabet.IndexOf((char)symbol, StringComparison.Ordinal),
        _ => -1,
    };

    public static ThingId Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"'{s}' is not a thing id: 26 letters and digits, or a UUID.");

    public static ThingId Parse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider = null) =>
        TryParse(utf8Text, provider, out var id) ? id : throw new FormatException("The text is not a thing id: 26 letters and digits.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ThingId result) =>
        TryParse(s.AsSpan(), provider, out result);

    public static ThingId Parse(string s, IFormatProvider? provider = null) => Parse(s.AsSpan(), provider);

    public override string ToString() => string.Create(TextLength, _bits, static (text, bits) =>
    {
        for (var i = text.Length - 1; i >= 0; i--, bits >>= 5) text[i] = Alphabet[(int)(bits & 31)];
    });

    public int CompareTo(ThingId other) => _bits.CompareTo(other._bits);

    public static bool operator <(ThingId left, ThingId right) => left._bits < right._bits;
    public static bool operator >(ThingId left, ThingId right) => left._bits > right._bits;
    public static bool operator <=(ThingId left, ThingId right) => left._bits <= right._bits;
    public static bool operator >=(ThingId left, ThingId right) => left._bits >= right._bits;
}
