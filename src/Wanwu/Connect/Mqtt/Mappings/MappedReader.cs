using System.Text.Encodings.Web;
using System.Text.Json;
using Wanwu.Connect.Intake;
using Wanwu.Telemetry;
using Wanwu.Things;
using Wanwu.Things.Expressions;

namespace Wanwu.Connect.Mqtt.Mappings;

/// <summary>Reads messages of mapped topics. What is found goes the way of every report: the model, its units and bounds, the time and the quality are held against it.</summary>
internal readonly struct MappedReader(MessageIntake intake)
{
    private const int OnStack = 64;
    internal static readonly JsonReaderOptions Json = new() { MaxDepth = 32 };

    /// <summary>Reads the message by the first mapping whose condition it fulfils. False: none of them takes it, and nothing was read.</summary>
    public bool TryRead(ReadOnlySpan<byte> payload, MappedTopic topic, Timestamp received, ReportBuffer into)
    {
        if (intake.Reader.IsRefusedWhole(payload, into)) return true;
        JsonException? broken = null;
        foreach (var route in topic.Routes)
        {
            try
            {
                if (route.Mapping.IsPlain ? TryReadPlain(payload, route, received, into) : TryRead(payload, payload, route, received, into)) return true;
            }
            catch (JsonException fault)
            {
                broken ??= fault;
            }
        }
        if (broken is null) return false;
        into.Clear();
        into.Refuse(RefusalReason.BrokenJson, $"The payload is not JSON: line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}.", payload);
        return true;
    }

    /// <summary>A payload that is one number, boolean or text is read as the JSON of the same.</summary>
    private bool TryReadPlain(ReadOnlySpan<byte> payload, MappedRoute route, Timestamp received, ReportBuffer into)
    {
        var trimmed = PlainPayload.Trim(payload);
        return TryRead(PlainPayload.IsScalar(trimmed) ? trimmed : PlainPayload.ToJson(trimmed), payload, route, received, into);
    }

    private bool TryRead(ReadOnlySpan<byte> json, ReadOnlySpan<byte> payload, MappedRoute route, Timestamp received, ReportBuffer into)
    {
        var paths = route.Entry.MessagePaths;
        var found = paths.Count <= OnStack ? stackalloc JsonSlice[paths.Count] : new JsonSlice[paths.Count];
        paths.Find(json, found, Json);
        var scope = new ExpressionScope { Json = json, Found = found, Captures = route.Captures };
        if (route.Mapping.When is { UsesElement: false } condition && !condition.Evaluate(scope).IsTrue) return false;
        var report = new MappedReport(intake, route, received, into, payload);
        if (route.Mapping.Each is null) report.Read(scope);
        else ReadEach(route, report, scope);
        intake.Reader.IsOverfull(payload, into);
        return true;
    }

    private static void ReadEach(MappedRoute route, in MappedReport report, in ExpressionScope message)
    {
        var array = route.Mapping.Each!.Locate(message, out var json);
        if (array.Kind != JsonTokenType.StartArray)
        {
            report.RefuseWhole($"There is no array at {route.Mapping.Each}, where the mapping '{route.Entry.Id}' expects one.");
            return;
        }
        var paths = route.Entry.ElementPaths;
        var found = paths.Count <= OnStack ? stackalloc JsonSlice[paths.Count] : new JsonSlice[paths.Count];
        var elements = array.Of(json);
        var reader = new Utf8JsonReader(elements, Json);
        reader.Read();
        var taken = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var element = elements[start..(int)reader.BytesConsumed];
            paths.Find(element, found, Json);
            var scope = new ExpressionScope { Json = message.Json, Found = message.Found, Captures = message.Captures, Element = element, FoundInElement = found };
            if (route.Mapping.When is { UsesElement: true } condition && !condition.Evaluate(scope).IsTrue) continue;
            taken = true;
            report.Read(scope);
            // What comes after the bound is not looked at: the message is refused whole.
            if (report.IsFull) return;
        }
        if (!taken) report.RefuseWhole($"The array at {route.Mapping.Each} has no element that the mapping '{route.Entry.Id}' takes.");
    }
}

/// <summary>Tells payloads that are a JSON number or boolean as they stand.</summary>
internal static class PlainPayload
{
    private static ReadOnlySpan<byte> Blank => " \t\r\n\0"u8;

    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> payload) => payload.Trim(Blank);

    /// <summary>The payload as JSON: a number or boolean as it stands, anything else as a text.</summary>
    public static byte[] ToJson(ReadOnlySpan<byte> payload)
    {
        payload = Trim(payload);
        return IsScalar(payload) ? payload.ToArray() : [(byte)'"', .. JsonEncodedText.Encode(payload, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes, (byte)'"'];
    }

    public static bool IsScalar(ReadOnlySpan<byte> payload)
    {
        if (payload.SequenceEqual("true"u8) || payload.SequenceEqual("false"u8)) return true;
        if (payload.IsEmpty || payload.Length > 32 || (!char.IsAsciiDigit((char)payload[0]) && payload[0] != '-')) return false;
        foreach (var b in payload)
            if (!char.IsAsciiDigit((char)b) && b is not ((byte)'.' or (byte)'-' or (byte)'+' or (byte)'e' or (byte)'E')) return false;
        return IsNumber(payload);
    }

    /// <summary>RFC 8259 §6; what is nearly a number, as <c>007</c> or <c>1.2.3</c>, stays a text.</summary>
    private static bool IsNumber(ReadOnlySpan<byte> text)
    {
        var rest = text[0] == '-' ? text[1..] : text;
        var whole = Digits(ref rest);
        if (whole == 0 || (whole > 1 && text[text.Length - rest.Length - whole] == '0')) return false;
        if (rest.StartsWith("."u8))
        {
            rest = rest[1..];
            if (Digits(ref rest) == 0) return false;
        }
        if (rest.IsEmpty) return true;
        if (rest[0] is not ((byte)'e' or (byte)'E')) return false;
        rest = rest[1..];
        if (!rest.IsEmpty && rest[0] is (byte)'+' or (byte)'-') rest = rest[1..];
        return Digits(ref rest) > 0 && rest.IsEmpty;
    }

    private static int Digits(ref ReadOnlySpan<byte> rest)
    {
        var count = 0;
        while (count < rest.Length && char.IsAsciiDigit((char)rest[count])) count++;
        rest = rest[count..];
        return count;
    }
}
