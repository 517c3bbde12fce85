using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Wanwu.Telemetry.Corrections;
using Wanwu.Things;

namespace Wanwu.Telemetry.Log;

/// <summary>A growing buffer of records in their form on disk. Numbers are written without allocating.</summary>
internal sealed class RecordWriter(int capacity)
{
    private byte[] _bytes = new byte[capacity];
    private int _frame;

    public int Length { get; private set; }

    public Span<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>Forgets the records; a buffer that one burst made large is given back.</summary>
    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > 16 * capacity) _bytes = new byte[capacity];
    }

    public void CutTo(int length) => Length = length;

    public void Message(scoped in MessageRecord message)
    {
        Begin(message.Correction is null ? RecordType.Message : RecordType.Correction);
        if (message.Correction is { } note) Note(note);
        Head(message.Protocol, message.Thing, message.Received, message.Origin);
        Int32(message.Observations.Length);
        Int32(message.Refusals.Length);
        foreach (ref readonly var observation in message.Observations) Observation(observation);
        foreach (ref readonly var refusal in message.Refusals) Refusal(refusal);
        End();
    }

    /// <summary>Stands before the message, with its length, so that it can be stepped over.</summary>
    private void Note(CorrectionNote note)
    {
        var start = Length;
        Int32(0);
        Int64(note.Number);
        Byte((byte)note.ByKind);
        Text16(note.By);
        Text16(note.Reason);
        Int32(note.Originals.Count);
        foreach (var original in note.Originals)
        {
            Int64(original.Received.Microseconds);
            Byte((byte)original.Quality);
            Byte((byte)original.Value.Kind);
            Content(original.Value);
        }
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(start), Length - start - 4);
    }

    public void Repeat(string protocol, ThingId thing, Timestamp received, ulong origin, int count)
    {
        Begin(RecordType.Repeat);
        Head(protocol, thing, received, origin);
        Int32(count);
        End();
    }

    public void Definition(Series series)
    {
        Begin(RecordType.SeriesDefinition);
        Int32(series.Number);
        series.Thing.WriteBytes(Take(16));
        Bytes16(series.NameUtf8);
        End();
    }

    /// <summary>A record whose payload somebody else has written.</summary>
    public void Opaque(RecordType type, ReadOnlySpan<byte> payload)
    {
        Begin(type);
        payload.CopyTo(Take(payload.Length));
        End();
    }

    public void Probe()
    {
        Begin(RecordType.Probe);
        End();
    }

    private void Head(string protocol, ThingId thing, Timestamp received, ulong origin)
    {
        if (protocol.Length is 0 or > 32) throw new ArgumentException($"'{protocol}' is not a protocol's short name: 1 to 32 characters.", nameof(protocol));
        Int64(received.Microseconds);
        Int64((long)origin);
        thing.WriteBytes(Take(16));
        Byte((byte)protocol.Length);
        Encoding.ASCII.GetBytes(protocol, Take(protocol.Length));
    }

    private void Observation(in Observation observation)
    {
        var fixedPart = Take(14);
        BinaryPrimitives.WriteInt32LittleEndian(fixedPart, observation.Series.Number);
        BinaryPrimitives.WriteInt64LittleEndian(fixedPart[4..], observation.Time.Microseconds);
        fixedPart[12] = (byte)observation.Quality;
        fixedPart[13] = (byte)observation.Value.Kind;
        Content(observation.Value);
    }

    private void Content(in Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.Number: Double(value.AsNumber); break;
            case ValueKind.Integer: Int64(value.AsInteger); break;
            case ValueKind.Boolean: Byte(value.AsBoolean ? (byte)1 : (byte)0); break;
            case ValueKind.Point:
                Double(value.Latitude);
                Double(value.Longitude);
                break;
            case ValueKind.Text or ValueKind.Object: Text32(value.AsText); break;
        }
    }

    private void Refusal(in Refusal refusal)
    {
        Int16((ushort)refusal.Reason);
        Byte((byte)((refusal.Thing is null ? 0 : 1) | (refusal.Property is null ? 0 : 2) | (refusal.Source is null ? 0 : 4)));
        Int32(refusal.Count);
        if (refusal.Thing is { } thing) thing.WriteBytes(Take(16));
        Text16(refusal.Detail);
        if (refusal.Property is { } property) Text16(property);
        if (refusal.Source is { } source) Text16(source);
        Bytes16(refusal.Bytes.Length > Telemetry.Refusal.MaxBytes ? refusal.Bytes.Span[..Telemetry.Refusal.MaxBytes] : refusal.Bytes.Span);
    }

    private void Begin(RecordType type)
    {
        _frame = Length;
        LogFormat.WriteFrame(Take(LogFormat.FrameBytes), type, 0);
    }

    private void End() => BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(_frame + 8), Length - _frame - LogFormat.FrameBytes);

    private Span<byte> Take(int count)
    {
        if (_bytes.Length - Length < count) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + count));
        var taken = _bytes.AsSpan(Length, count);
        Length += count;
        return taken;
    }

    private void Byte(byte value) => Take(1)[0] = value;
    private void Int16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(2), value);
    private void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(4), value);
    private void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);
    private void Double(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Take(8), value);

    private void Bytes16(ReadOnlySpan<byte> bytes)
    {
        Int16((ushort)bytes.Length);
        bytes.CopyTo(Take(bytes.Length));
    }

    /// <summary>At most 4 096 bytes of UTF-8, cut between characters.</summary>
    private void Text16(string text)
    {
        const int most = 4096;
        var space = Take(2 + Math.Min(most, text.Length * 3));
        Utf8.FromUtf16(text, space[2..], out _, out var written);
        BinaryPrimitives.WriteUInt16LittleEndian(space, (ushort)written);
        Length -= space.Length - 2 - written;
    }

    private void Text32(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Int32(length);
        Encoding.UTF8.GetBytes(text, Take(length));
    }
}
