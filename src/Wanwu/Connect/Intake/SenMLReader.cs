using System.Text.Json;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Intake;

/// <summary>Reads a SenML pack (RFC 8428): records with base values, relative times and units.</summary>
/// <remarks>The base name says which device the pack is about; that is known from the sender, so only the name of a record is taken as the property.</remarks>
internal readonly struct SenMLReader(int maxObservations)
{
    /// <summary>Below it a time is relative to now (RFC 8428 §4.5.3).</summary>
    private const double FirstAbsolute = 268_435_456;
    private const int NewestVersion = 10;

    private ref struct Base
    {
        public ReadOnlySpan<byte> Name;
        public string? Unit;
        public double Time;
        public double Value;
    }

    private ref struct Record
    {
        public ReadOnlySpan<byte> Name;
        public string? Unit;
        public double Time;
        public Utf8JsonReader Value;
        public bool HasValue;
        public bool IsNumber;
        /// <summary>Why the record cannot be used, if it cannot.</summary>
        public string? Fault;
    }

    /// <summary>Whether the array at which the reader stands begins with a record that has a base name, or a name and a value.</summary>
    public static bool Recognises(Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
        var (named, valued) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var baseName = reader.ValueTextEquals("bn"u8);
            var name = baseName || reader.ValueTextEquals("n"u8);
            valued |= reader.ValueTextEquals("v"u8) || reader.ValueTextEquals("vs"u8) || reader.ValueTextEquals("vb"u8) || reader.ValueTextEquals("vd"u8) || reader.ValueTextEquals("s"u8);
            reader.Read();
            if (name && reader.TokenType == JsonTokenType.String)
            {
                if (baseName) return true;
                named = true;
            }
            reader.Skip();
        }
        return named && valued;
    }

    public void Read(ref Utf8JsonReader reader, ref Report report)
    {
        var bases = new Base();
        var now = report.Thing.Series.NextTime(report.Received);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                report.Into.Refuse(RefusalReason.Malformed, "A SenML pack holds records only.", report.Payload);
                reader.Skip();
                continue;
            }
            var record = new Record();
            ReadRecord(ref reader, ref bases, ref record);
            if (report.Into.Count <= maxObservations) Add(ref report, bases, record, now);
        }
    }

    private static void ReadRecord(ref Utf8JsonReader reader, ref Base bases, ref Record record)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var label = reader.ValueSpan;
            reader.Read();
            if (label.SequenceEqual("n"u8)) record.Name = Text(reader, ref record);
            else if (label.SequenceEqual("bn"u8)) bases.Name = Text(reader, ref record);
            else if (label.SequenceEqual("u"u8)) record.Unit = Unit(reader, ref record);
            else if (label.SequenceEqual("bu"u8)) bases.Unit = Unit(reader, ref record);
            else if (label.SequenceEqual("t"u8)) record.Time = Number(reader, ref record);
            else if (label.SequenceEqual("bt"u8)) bases.Time = Number(reader, ref record);
            else if (label.SequenceEqual("bv"u8)) bases.Value = Number(reader, ref record);
            else if (label.SequenceEqual("bver"u8) && Number(reader, ref record) > NewestVersion) record.Fault = $"The pack is of a version after {NewestVersion}.";
            else if (label.SequenceEqual("v"u8) || label.SequenceEqual("vs"u8) || label.SequenceEqual("vb"u8)) TakeValue(reader, label.Length == 1, ref record);
            else if (label.SequenceEqual("vd"u8)) record.Fault = "Binary values (vd) are not taken: send a text.";
            else if (label.SequenceEqual("s"u8)) record.Fault ??= record.HasValue ? null : "Sums (s) are not taken: send a value.";
            // §4.4: a label ending in _ must be understood.
            else if (label.Length > 0 && label[^1] == (byte)'_') record.Fault = $"The label '{ReportingThing.Show(label)}' must be understood, and is not.";
            reader.Skip();
        }
    }

    private static void TakeValue(Utf8JsonReader reader, bool number, ref Record record)
    {
        if (number != (reader.TokenType == JsonTokenType.Number)) record.Fault = "v is a number, vs a text, vb a boolean.";
        record.Value = reader;
        record.HasValue = true;
        record.IsNumber = number;
    }

    private static ReadOnlySpan<byte> Text(Utf8JsonReader reader, scoped ref Record record)
    {
        if (reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped) return reader.ValueSpan;
        record.Fault = "A name is a text without escapes.";
        return default;
    }

    private static string? Unit(Utf8JsonReader reader, ref Record record)
    {
        var text = Text(reader, ref record);
        return text.Length > UcumUnit.MaxLength ? "too long" : System.Text.Encoding.UTF8.GetString(text);
    }

    private static double Number(Utf8JsonReader reader, ref Record record)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) && double.IsFinite(number)) return number;
        record.Fault = "A time or base value is no number.";
        return 0;
    }

    private static void Add(ref Report report, in Base bases, in Record record, Timestamp now)
    {
        if (record.Fault is { } fault)
        {
            report.Into.Refuse(RefusalReason.Malformed, fault, report.Payload, record.Name.IsEmpty ? null : ReportingThing.Show(record.Name));
            return;
        }
        // A record of base values alone sets them for those after it.
        if (!record.HasValue) return;
        if (!report.TryFindSlot(record.Name.IsEmpty ? LastPart(bases.Name) : record.Name, out var slot)) return;
        report.Begin(now);
        if (TryReadTime(bases.Time + record.Time, report, now, out var time, out var detail) is { } reason)
        {
            report.Refuse(reason, detail, slot);
            return;
        }
        report.Time = time;
        if (TryReadValue(report, bases, record, slot, out var value, out detail) is { } refused) report.Refuse(refused, detail, slot);
        else report.Add(slot, value);
    }

    /// <summary>Without a record name, the last part of the base name is the property: <c>urn:dev:mac:0024befffe804ff1:temperature</c>.</summary>
    private static ReadOnlySpan<byte> LastPart(ReadOnlySpan<byte> name)
    {
        var cut = name.LastIndexOfAny(":/;"u8);
        return cut < 0 ? name : name[(cut + 1)..];
    }

    private static RefusalReason? TryReadTime(double seconds, in Report report, Timestamp now, out Timestamp time, out string detail)
    {
        (time, detail) = (now, "");
        if (seconds == 0) return null;
        var absolute = seconds >= FirstAbsolute;
        if (Math.Abs(seconds) < 1e12)
        {
            time = new Timestamp((absolute ? 0 : report.Received.Microseconds) + (long)Math.Round(seconds * 1_000_000));
            return ReportTime.Judge(time, report.Latest, out detail);
        }
        detail = "The time is beyond the calendar: SenML times are seconds.";
        return RefusalReason.BadTime;
    }

    private static RefusalReason? TryReadValue(in Report report, in Base bases, in Record record, PropertySlot slot, out Value value, out string detail)
    {
        var reader = record.Value;
        (value, detail) = (default, "");
        var unit = record.Unit ?? bases.Unit;
        if (!record.IsNumber || (bases.Value == 0 && (unit is null || slot.Model?.Unit is null)))
            return ValueReader.TryRead(ref reader, report.Payload, slot.Model, out value, out detail);
        if (!reader.TryGetDouble(out var number) || !double.IsFinite(number += bases.Value))
        {
            detail = "The value is beyond what a number can hold.";
            return RefusalReason.OutOfRange;
        }
        if (unit is not null && slot.Model is { Unit: not null } model)
            return QuantityReader.TryConvert(number, unit, senML: true, model, out value, out detail) ?? ValueReader.Check(ref value, model, out detail);
        value = Value.OfNumber(number);
        return slot.Model is { } schema ? ValueReader.Check(ref value, schema, out detail) : null;
    }
}
