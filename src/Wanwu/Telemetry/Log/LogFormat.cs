using System.Buffers.Binary;
using System.Numerics;

namespace Wanwu.Telemetry.Log;

/// <summary>What a record of the log is. The numbers are on disk: they may be added to, never changed.</summary>
/// <remarks>16 to 31 are the records of sessions, 32 to 47 those of retained messages: the log carries them for the journal that reads them (<see cref="ILogJournal"/>).</remarks>
internal enum RecordType : byte
{
    /// <summary>One message of a protocol: its observations and refusals.</summary>
    Message = 1,
    /// <summary>The number of a series, before its first use.</summary>
    SeriesDefinition = 2,
    /// <summary>A message recognised as a resend of one that is in the log: counted, not stored again.</summary>
    Repeat = 3,
    /// <summary>A message by which somebody puts observations right, with who, why and what was there.</summary>
    Correction = 4,
    /// <summary>A session that outlives its connection begins or is taken up again.</summary>
    SessionOpened = 16,
    /// <summary>Its connection has ended.</summary>
    SessionLeft = 17,
    SessionEnded = 18,
    Subscribed = 19,
    Unsubscribed = 20,
    /// <summary>A message and the sessions it waits in.</summary>
    Published = 21,
    /// <summary>A delivery is over, or its receiver has it.</summary>
    Acknowledged = 22,
    /// <summary>A sender may use a packet identifier for another message.</summary>
    Released = 23,
    /// <summary>A message of QoS 2 was received: the one whose record follows, or one that left nothing else behind.</summary>
    Receipt = 24,
    /// <summary>A session's will was published or is void.</summary>
    WillGone = 25,
    /// <summary>Observations before this position have been handed to their subscribers.</summary>
    Fed = 26,
    /// <summary>Nothing: whoever waits for it waits for everything before it.</summary>
    Barrier = 27,
    /// <summary>In snapshots: a message that waits in sessions.</summary>
    HeldMessage = 28,
    /// <summary>In snapshots: what waits in a session.</summary>
    SessionQueue = 29,
    /// <summary>In snapshots: what holds for all sessions.</summary>
    SnapshotHead = 30,
    /// <summary>In snapshots: nothing is missing.</summary>
    SnapshotEnd = 31,
    /// <summary>A message, kept as the last one of its topic, and the sessions it waits in. Without a payload: the topic's message is removed.</summary>
    Retained = 32,
    /// <summary>Nothing: proof that the disk takes writes again.</summary>
    Probe = 127,
}

/// <summary>The frame around a record and the head of a segment file; docs/formats/log.md draws both.</summary>
/// <remarks>
/// The checksum of a record covers its position, so that bytes left over from elsewhere never pass for a record of this place.
/// </remarks>
internal static class LogFormat
{
    /// <summary>Whether the record is the journal's.</summary>
    public static bool IsJournal(RecordType type) => (byte)type is >= 16 and < 48;

    public const int FrameBytes = 12;
    public const int HeaderBytes = 32;
    public const ushort Version = 1;
    private const ushort FrameMark = 0x4C57;            // "WL"
    private static ReadOnlySpan<byte> FileMark => "WANWULOG"u8;

    /// <summary>Writes the frame's fields except its checksum, which <see cref="Seal"/> adds once the position is known.</summary>
    public static void WriteFrame(Span<byte> frame, RecordType type, int payloadBytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[4..], FrameMark);
        frame[6] = (byte)type;
        frame[7] = 0;
        BinaryPrimitives.WriteInt32LittleEndian(frame[8..], payloadBytes);
    }

    /// <summary>Writes the checksum of every record in <paramref name="records"/>, the first of which will lie at <paramref name="position"/>.</summary>
    public static void Seal(Span<byte> records, long position)
    {
        while (!records.IsEmpty)
        {
            var size = FrameBytes + BinaryPrimitives.ReadInt32LittleEndian(records[8..]);
            BinaryPrimitives.WriteUInt32LittleEndian(records, Checksum(records[4..size], position));
            records = records[size..];
            position += size;
        }
    }

    /// <summary>Whether <paramref name="frame"/> looks like the head of a record; its size includes the frame.</summary>
    public static bool TryReadFrame(ReadOnlySpan<byte> frame, out RecordType type, out long size)
    {
        type = (RecordType)frame[6];
        size = FrameBytes + (long)BinaryPrimitives.ReadUInt32LittleEndian(frame[8..]);
        return BinaryPrimitives.ReadUInt16LittleEndian(frame[4..]) == FrameMark && frame[7] == 0 && size <= int.MaxValue;
    }

    /// <summary>Whether the whole record is as it was written at <paramref name="position"/>.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> record, long position) =>
        BinaryPrimitives.ReadUInt32LittleEndian(record) == Checksum(record[4..], position);

    public static void WriteHeader(Span<byte> header, long firstPosition, ushort version = Version) => WriteHeader(header, firstPosition, version, FileMark);

    internal static void WriteHeader(Span<byte> header, long firstPosition, ushort version, ReadOnlySpan<byte> mark)
    {
        header[..HeaderBytes].Clear();
        mark.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header[8..], version);
        BinaryPrimitives.WriteUInt16LittleEndian(header[10..], HeaderBytes);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], firstPosition);
        BinaryPrimitives.WriteUInt32LittleEndian(header[28..], Checksum(header[..28], 0));
    }

    public static bool TryReadHeader(ReadOnlySpan<byte> header, out ushort version, out long firstPosition) => TryReadHeader(header, out version, out firstPosition, FileMark);

    internal static bool TryReadHeader(ReadOnlySpan<byte> header, out ushort version, out long firstPosition, ReadOnlySpan<byte> mark)
    {
        (version, firstPosition) = (0, 0);
        if (header.Length < HeaderBytes || !header.StartsWith(mark)) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[28..]) != Checksum(header[..28], 0)) return false;
        version = BinaryPrimitives.ReadUInt16LittleEndian(header[8..]);
        firstPosition = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
        return true;
    }

    /// <summary>CRC-32C (Castagnoli, RFC 3720 appendix B.4) of the position as eight little-endian bytes and then <paramref name="bytes"/>.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes, long position)
    {
        var crc = BitOperations.Crc32C(uint.MaxValue, (ulong)position);
        for (; bytes.Length >= 8; bytes = bytes[8..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var last in bytes) crc = BitOperations.Crc32C(crc, last);
        return ~crc;
    }
}
