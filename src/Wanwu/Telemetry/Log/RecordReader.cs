using System.Buffers.Binary;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Corrections;
using Wanwu.Things;

namespace Wanwu.Telemetry.Log;

/// <summary>What stands at the head of a message or a repeat.</summary>
internal readonly ref struct RecordHead(Timestamp received, ulong origin, ThingId thing, ReadOnlySpan<byte> protocol)
{
    public Timestamp Received => received;
    public ulong Origin => origin;
    public ThingId Thing => thing;
    public ReadOnlySpan<byte> Protocol { get; } = protocol;
}

/// <summary>One observation as it lies in the log. <see cref="Text"/> points into the record.</summary>
internal readonly ref struct RecordedObservation
{
    public required int Series { get; init; }
    public required long Time { get; init; }
    public required Quality Quality { get; init; }
    public required ValueKind Kind { get; init; }
    /// <summary>The number, the latitude, or the bits of the integer.</summary>
    public double A { get; init; }
    /// <summary>The longitude.</summary>
    public double B { get; init; }
    public ReadOnlySpan<byte> Text { get; init; }

    public Value ToValue() => Kind switch
    {
        ValueKind.Number => Value.OfNumber(A),
        ValueKind.Integer => Value.OfInteger(BitConverter.DoubleToInt64Bits(A)),
        ValueKind.Boolean => Value.OfBoolean(A != 0),
        ValueKind.Point => Value.OfPoint(A, B),
        ValueKind.Text => Value.OfText(System.Text.Encoding.UTF8.GetString(Text)),
        ValueKind.Object => Value.OfObject(System.Text.Encoding.UTF8.GetString(Text)),
        _ => Value.None,
    };
}

/// <summary>Reads the payload of one record front to back. The checksum has been proved, so what is wrong here is a fault of ours, not of the disk.</summary>
internal ref struct RecordReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    /// <summary>Bytes that were not read yet.</summary>
    public readonly int Left => _rest.Length;

    public RecordHead Head()
    {
        var received = new Timestamp(Int64());
        var origin = (ulong)Int64();
        var thing = ThingId.ReadBytes(Take(16));
        return new RecordHead(received, origin, thing, Take(Byte()));
    }

    public RecordedObservation Observation() => Observation(Int32(), Int64());

    /// <summary>What stands before the message of a <see cref="RecordType.Correction"/>.</summary>
    public CorrectionNote Note()
    {
        Int32();
        var (number, kind) = (Int64(), (CallerKind)Byte());
        var (by, reason) = (Text16(), Text16());
        var originals = new Original[Int32()];
        for (var i = 0; i < originals.Length; i++)
        {
            var received = Int64();
            var original = Observation(0, received);
            originals[i] = new Original(original.ToValue(), original.Quality, new Timestamp(received));
        }
        return new CorrectionNote(number, kind, by, reason, originals);
    }

    /// <summary>Steps over what stands before the message.</summary>
    public void SkipNote() => Take(Int32());

    private RecordedObservation Observation(int series, long time)
    {
        var quality = (Quality)Byte();
        var kind = (ValueKind)Byte();
        double a = 0, b = 0;
        ReadOnlySpan<byte> text = default;
        switch (kind)
        {
            case ValueKind.Number or ValueKind.Integer: a = Double(); break;
            case ValueKind.Boolean: a = Byte(); break;
            case ValueKind.Point: (a, b) = (Double(), Double()); break;
            case ValueKind.Text or ValueKind.Object: text = Take(Int32()); break;
        }
        return new RecordedObservation { Series = series, Time = time, Quality = quality, Kind = kind, A = a, B = b, Text = text };
    }

    public Refusal Refusal()
    {
        var reason = (RefusalReason)Int16();
        var has = Byte();
        var count = Int32();
        ThingId? thing = (has & 1) != 0 ? ThingId.ReadBytes(Take(16)) : null;
        var detail = Text16();
        var property = (has & 2) != 0 ? Text16() : null;
        var source = (has & 4) != 0 ? Text16() : null;
        return new Refusal(reason, detail, thing, property, count, Take(Int16()).ToArray(), source);
    }

    public (int Number, ThingId Thing, PropertyName Property) Definition()
    {
        var number = Int32();
        var thing = ThingId.ReadBytes(Take(16));
        return (number, thing, PropertyName.Parse(Text16(), null));
    }

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));
    private byte Byte() => Take(1)[0];
    private ushort Int16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));
    private long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));
    private double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));
    private string Text16() => System.Text.Encoding.UTF8.GetString(Take(Int16()));

    private ReadOnlySpan<byte> Take(int count)
    {
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
