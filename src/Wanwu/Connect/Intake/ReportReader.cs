using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Extensions.Options;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Intake;

/// <summary>Reads the payload of a report, whatever brought it: a flat object, an object with time and quality, an array of those, or SenML.</summary>
/// <remarks>
/// Works on the received bytes; a flat report of numbers makes no string and no object. What can be stored is stored, the rest is refused by name;
/// a payload that is no JSON at all is refused whole, so that half a message is never kept.
/// </remarks>
internal sealed class ReportReader(IOptions<IntakeOptions> options)
{
    private static readonly JsonReaderOptions Json = new() { MaxDepth = 16 };
    private readonly IntakeOptions _options = options.Value;

    public int MaxPropertiesPerThing => _options.MaxPropertiesPerThing;
    public int MaxPayloadBytes => _options.MaxPayloadBytes;

    /// <summary>Fills <paramref name="into"/>, which was begun for this message.</summary>
    public void Read(ReadOnlySpan<byte> payload, ReportingThing thing, Timestamp received, ReportBuffer into)
    {
        if (IsRefusedWhole(payload, into)) return;
        var report = new Report(thing, received, new Timestamp(received.Microseconds + _options.MaxFutureSeconds * 1_000_000L), into, payload);
        try
        {
            var reader = new Utf8JsonReader(payload, Json);
            reader.Read();
            ReadMessage(ref reader, ref report);
            reader.Read();
        }
        catch (JsonException fault)
        {
            into.Clear();
            into.Refuse(RefusalReason.BrokenJson, $"The payload is not JSON: line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}.", payload);
        }
        if (into.Count > _options.MaxObservationsPerMessage) RefuseCount(into, payload);
        else if (into.Count == 0) into.Refuse(RefusalReason.Malformed, "The report is empty: send at least one property, as {\"temperature\":21.5}.", payload);
    }

    /// <summary>Reads the payload of an event: any JSON value, or <c>{"t":…,"data":…}</c>. It becomes one observation under the event's name.</summary>
    public void ReadEvent(ReadOnlySpan<byte> payload, ReportingThing thing, ReadOnlySpan<byte> name, Timestamp received, ReportBuffer into)
    {
        if (payload.IsEmpty) payload = "true"u8;
        if (IsRefusedWhole(payload, into)) return;
        if (thing.FindEvent(name, out var reason, out var detail) is not { } slot)
        {
            into.Refuse(reason, detail, payload, ReportingThing.Show(name));
            return;
        }
        var report = new Report(thing, received, new Timestamp(received.Microseconds + _options.MaxFutureSeconds * 1_000_000L), into, payload);
        report.Begin(thing.Series.NextTime(received));
        try
        {
            EventReader.Read(slot, ref report, Json);
        }
        catch (JsonException fault)
        {
            into.Clear();
            into.Refuse(RefusalReason.BrokenJson, $"The payload is not JSON: line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}.", payload, ReportingThing.Show(name));
        }
    }

    /// <summary>Begins a message of another form than a report, for a reader of that form.</summary>
    public Report Begin(ReadOnlySpan<byte> payload, ReportingThing thing, Timestamp received, ReportBuffer into) =>
        new(thing, received, new Timestamp(received.Microseconds + _options.MaxFutureSeconds * 1_000_000L), into, payload);

    /// <summary>Refuses a message whole that has brought more values than one may.</summary>
    public bool IsOverfull(ReadOnlySpan<byte> payload, ReportBuffer into)
    {
        if (into.Count <= _options.MaxObservationsPerMessage) return false;
        RefuseCount(into, payload);
        return true;
    }

    private void RefuseCount(ReportBuffer into, ReadOnlySpan<byte> payload)
    {
        into.Clear();
        into.Refuse(RefusalReason.TooManyValues, $"The message has more than {_options.MaxObservationsPerMessage} values: send several.", payload);
    }

    /// <summary>What keeps a payload from being looked at.</summary>
    internal bool IsRefusedWhole(ReadOnlySpan<byte> payload, ReportBuffer into)
    {
        if (payload.Length > _options.MaxPayloadBytes)
            into.Refuse(RefusalReason.TooLarge, $"The payload has {payload.Length} bytes; at most {_options.MaxPayloadBytes} are taken. Send several.", payload);
        else if (!Utf8.IsValid(payload))
            into.Refuse(RefusalReason.NotUtf8, "The payload is not UTF-8.", payload);
        else if (payload.IsEmpty)
            into.Refuse(RefusalReason.BrokenJson, "The payload is empty: send JSON, as {\"temperature\":21.5}.", payload);
        else return false;
        return true;
    }

    private void ReadMessage(ref Utf8JsonReader reader, ref Report report)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            ReadReport(ref reader, ref report);
            return;
        }
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            report.Into.Refuse(RefusalReason.Malformed, "A report is a JSON object or an array of them, as {\"temperature\":21.5}.", report.Payload);
            reader.Skip();
            return;
        }
        if (SenMLReader.Recognises(reader))
        {
            new SenMLReader(_options.MaxObservationsPerMessage).Read(ref reader, ref report);
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject) ReadReport(ref reader, ref report);
            else
            {
                report.Into.Refuse(RefusalReason.Malformed, "An array of reports holds objects only.", report.Payload);
                reader.Skip();
            }
            // What comes after the bound is not looked at: the message is refused whole.
            if (report.Into.Count > _options.MaxObservationsPerMessage) SkipRest(ref reader);
        }
    }

    private static void SkipRest(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.CurrentDepth > 0)
        {
        }
    }

    /// <summary>One report: with an envelope if it has a member <c>values</c> that is an object, otherwise flat.</summary>
    private static void ReadReport(ref Utf8JsonReader reader, ref Report report)
    {
        report.Begin(report.Thing.Series.NextTime(report.Received));
        if (report.MayHaveEnvelope && HasEnvelope(reader))
        {
            EnvelopeReader.Read(ref reader, ref report);
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) report.ReadProperty(ref reader);
    }

    /// <summary>Looks ahead, so that nothing of an envelope is ever taken for a property.</summary>
    private static bool HasEnvelope(Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var values = reader.ValueTextEquals("values"u8);
            reader.Read();
            if (values && reader.TokenType == JsonTokenType.StartObject) return true;
            reader.Skip();
        }
        return false;
    }
}
