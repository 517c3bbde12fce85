using System.Buffers.Binary;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Telemetry.Erasure;

/// <summary>Records of the log with and without what is to be erased.</summary>
internal static class RecordErasure
{
    public static bool Takes(in LogRecord record, ErasureSubject subject, IErasedRecords? journal) => record.Type switch
    {
        RecordType.Message => Message(record, subject, null),
        RecordType.Correction => Correction(record, subject),
        _ => LogFormat.IsJournal(record.Type) && journal?.Takes(record, subject) == true,
    };

    /// <summary>The record without it, as long as it was; null where it has none of it.</summary>
    public static byte[]? Without(in LogRecord record, ErasureSubject subject, IErasedRecords? journal)
    {
        if (!Takes(record, subject, journal)) return null;
        var bytes = new byte[record.Bytes.Length];
        var isMessage = record.Type == RecordType.Message;
        LogFormat.WriteFrame(bytes, isMessage ? RecordType.Message : RecordType.Probe, record.Payload.Length);
        if (isMessage) Message(record, subject, bytes.AsSpan(LogFormat.FrameBytes));
        LogFormat.Seal(bytes, record.Position);
        return bytes;
    }

    /// <summary>Whether the message has some of it.</summary>
    /// <param name="left">Takes what is left: head, counts, and the observations and refusals that stay.</param>
    private static bool Message(in LogRecord record, ErasureSubject subject, Span<byte> left)
    {
        var payload = record.Payload;
        var reader = new RecordReader(payload);
        var head = reader.Head();
        var counts = payload.Length - reader.Left;
        var (observations, refusals, at, has) = (reader.Int32(), reader.Int32(), counts + 8, false);
        if (!left.IsEmpty) payload[..counts].CopyTo(left);
        var (kept, keptRefusals) = (0, 0);
        for (var i = 0; i < observations; i++)
        {
            var start = payload.Length - reader.Left;
            var one = reader.Observation();
            if (subject.Takes(one.Series, new Timestamp(one.Time), head.Received, one.ToValue())) has = true;
            else
            {
                Keep(payload[start..^reader.Left], left, ref at);
                kept++;
            }
        }
        for (var i = 0; i < refusals; i++)
        {
            var start = payload.Length - reader.Left;
            if (head.Received <= subject.Order.Ordered && subject.Has(reader.Refusal().Thing ?? head.Thing)) has = true;
            else
            {
                Keep(payload[start..^reader.Left], left, ref at);
                keptRefusals++;
            }
        }
        if (left.IsEmpty) return has;
        BinaryPrimitives.WriteInt32LittleEndian(left[counts..], kept);
        BinaryPrimitives.WriteInt32LittleEndian(left[(counts + 4)..], keptRefusals);
        return has;
    }

    private static void Keep(ReadOnlySpan<byte> part, Span<byte> left, ref int at)
    {
        if (left.IsEmpty) return;
        part.CopyTo(left[at..]);
        at += part.Length;
    }

    /// <summary>Whether the correction is of some of it, or made some of it. It is in the store by now, so all of the record may go.</summary>
    private static bool Correction(in LogRecord record, ErasureSubject subject)
    {
        var reader = new RecordReader(record.Payload);
        var note = reader.Note();
        var head = reader.Head();
        var count = reader.Int32();
        reader.Int32();
        for (var i = 0; i < count; i++)
        {
            var one = reader.Observation();
            var time = new Timestamp(one.Time);
            if (subject.Takes(one.Series, time, head.Received, one.ToValue())) return true;
            if (i < note.Originals.Count && subject.Takes(one.Series, time, head.Received, note.Originals[i].Value)) return true;
        }
        return false;
    }
}
