using System.Buffers.Binary;
using Wanwu.Things;

namespace Wanwu.Security.Audit.Chain;

internal enum FrameKind : byte
{
    /// <summary>An <see cref="AuditEvent"/> in JSON.</summary>
    Event = 1,
    /// <summary>A signature over the chain up to here.</summary>
    Checkpoint = 2,
}

internal enum ReadOutcome : byte
{
    Done,
    /// <summary>Nothing is left.</summary>
    End,
    /// <summary>The file ends within it, as after a crash.</summary>
    Torn,
    /// <summary>This was never written so.</summary>
    Malformed,
}

/// <summary>The head of a file of the trail (docs/formats/audit.md).</summary>
/// <param name="First">Sequence of the first record.</param>
/// <param name="Previous">Hash of the record before it; zeros at the very beginning.</param>
/// <param name="Key">The public key that signs (SubjectPublicKeyInfo).</param>
internal sealed record AuditHead(AuditSuite Suite, long First, Timestamp Created, byte[] Previous, byte[] Key)
{
    public const ushort Version = 1;
    private const int FixedLength = 64, MaxKey = 1_024;
    private static ReadOnlySpan<byte> Magic => "WWAUDIT\0"u8;

    /// <summary>Length with the hash that ends it.</summary>
    public int Length => FixedLength + Key.Length + ChainHash.Length;

    public byte[] ToBytes(ChainHash hash)
    {
        var bytes = new byte[Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(10), (ushort)Suite);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Key.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), First);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), Created.Microseconds);
        Previous.CopyTo(bytes, 32);
        Key.CopyTo(bytes, FixedLength);
        hash.Compute(bytes.AsSpan(..^ChainHash.Length), bytes.AsSpan(^ChainHash.Length));
        return bytes;
    }

    /// <summary>Reads the head that begins a file. Its hash is checked by whoever verifies.</summary>
    public static ReadOutcome TryRead(ReadOnlySpan<byte> file, out AuditHead head)
    {
        head = null!;
        if (file.Length < FixedLength) return ReadOutcome.Torn;
        if (!file.StartsWith(Magic) || BinaryPrimitives.ReadUInt16LittleEndian(file[8..]) != Version) return ReadOutcome.Malformed;
        var suite = (AuditSuite)BinaryPrimitives.ReadUInt16LittleEndian(file[10..]);
        var key = BinaryPrimitives.ReadInt32LittleEndian(file[12..]);
        var created = BinaryPrimitives.ReadInt64LittleEndian(file[24..]);
        if (!Enum.IsDefined(suite) || key is < 1 or > MaxKey || !Timestamp.IsInRange(created)) return ReadOutcome.Malformed;
        if (file.Length < FixedLength + key + ChainHash.Length) return ReadOutcome.Torn;
        head = new AuditHead(suite, BinaryPrimitives.ReadInt64LittleEndian(file[16..]), new Timestamp(created), file[32..64].ToArray(), file.Slice(FixedLength, key).ToArray());
        return ReadOutcome.Done;
    }
}

/// <summary>One record as it lies in its file.</summary>
internal readonly ref struct AuditFrame
{
    /// <summary>Largest payload; what would be longer is cut short before it gets here.</summary>
    public const int MaxPayload = 32 * 1024;
    private const int LengthBytes = 4, BodyHead = 17;

    private AuditFrame(ReadOnlySpan<byte> hashed, ReadOnlySpan<byte> hash)
    {
        Hashed = hashed;
        Hash = hash;
        var body = hashed[(ChainHash.Length + LengthBytes)..];
        Sequence = BinaryPrimitives.ReadInt64LittleEndian(body);
        Microseconds = BinaryPrimitives.ReadInt64LittleEndian(body[8..]);
        Kind = (FrameKind)body[16];
        Payload = body[BodyHead..];
    }

    public long Sequence { get; }
    public long Microseconds { get; }
    public FrameKind Kind { get; }
    public ReadOnlySpan<byte> Payload { get; }
    /// <summary>What its hash is made of: the hash before it, then itself.</summary>
    public ReadOnlySpan<byte> Hashed { get; }
    public ReadOnlySpan<byte> Hash { get; }
    /// <summary>The hash before it.</summary>
    public ReadOnlySpan<byte> Before => Hashed[..ChainHash.Length];
    public int Length => Hashed.Length;

    /// <summary>Reads the record at <paramref name="at"/>, which lies behind a hash.</summary>
    public static ReadOutcome TryRead(ReadOnlySpan<byte> file, int at, out AuditFrame frame)
    {
        frame = default;
        var left = file.Length - at;
        if (left == 0) return ReadOutcome.End;
        if (left < LengthBytes) return ReadOutcome.Torn;
        var body = BinaryPrimitives.ReadInt32LittleEndian(file[at..]);
        // A file system may leave zeros where a write did not get to.
        if (body == 0 && !file[at..].ContainsAnyExcept((byte)0)) return ReadOutcome.Torn;
        if (body is < BodyHead or > MaxPayload + BodyHead) return ReadOutcome.Malformed;
        if (left < LengthBytes + body + ChainHash.Length) return ReadOutcome.Torn;
        var end = at + LengthBytes + body;
        frame = new AuditFrame(file[(at - ChainHash.Length)..end], file.Slice(end, ChainHash.Length));
        return ReadOutcome.Done;
    }

    /// <summary>Room that a record of the payload takes.</summary>
    public static int LengthOf(int payload) => LengthBytes + BodyHead + payload + ChainHash.Length;

    /// <summary>Writes a record behind the hash that ends the last one: <paramref name="target"/> begins with that hash.</summary>
    /// <returns>Bytes written behind that hash.</returns>
    public static int Write(Span<byte> target, (long Sequence, Timestamp Time, FrameKind Kind) name, ReadOnlySpan<byte> payload, ChainHash hash)
    {
        var frame = target[ChainHash.Length..];
        BinaryPrimitives.WriteInt32LittleEndian(frame, BodyHead + payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(frame[4..], name.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(frame[12..], name.Time.Microseconds);
        frame[20] = (byte)name.Kind;
        payload.CopyTo(frame[(LengthBytes + BodyHead)..]);
        var length = LengthBytes + BodyHead + payload.Length;
        hash.Compute(target[..(ChainHash.Length + length)], frame[length..]);
        return length + ChainHash.Length;
    }
}
