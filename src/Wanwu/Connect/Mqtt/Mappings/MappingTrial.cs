using System.Text;
using System.Text.Json;
using Wanwu.Connect.Http;
using Wanwu.Connect.Intake;
using Wanwu.Registry;
using Wanwu.Registry.Mappings;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Things;
using Wanwu.Things.Expressions;

namespace Wanwu.Connect.Mqtt.Mappings;

/// <summary>One step of a trial.</summary>
/// <param name="Step">What was looked at: <c>topic publisher payload when thing time quality value</c>.</param>
/// <param name="Of">The property or name, for a value or a part of the topic.</param>
/// <param name="Ok">Whether the message passed it.</param>
/// <param name="Found">What came out, as it would be read; null for what is not in the message.</param>
/// <param name="Detail">What is wrong, if anything is.</param>
internal sealed record TrialStep(string Step, string? Of, bool Ok, string? Found, string? Detail);

/// <param name="Thing">The thing; null for one that would be registered.</param>
internal sealed record TrialObservation(ThingId? Thing, string? ThingName, PropertyName Property, Value Value, string? Unit, Timestamp Time, Quality Quality);

/// <summary>What a mapping makes of a message. Nothing of it is stored.</summary>
/// <param name="Takes">Whether the mapping takes the message: topic, publisher and condition fit.</param>
internal sealed record TrialView(bool Takes, IReadOnlyList<TrialStep> Steps, IReadOnlyList<TrialObservation> Observations, IReadOnlyList<RefusedView> Refused);

/// <summary>Holds a message against a mapping and tells what would become of it, step by step, without storing anything.</summary>
internal sealed class MappingTrial(MessageIntake intake)
{
    private readonly List<TrialStep> _steps = [];
    private readonly Dictionary<ThingId, ThingEntry> _imagined = [];

    public TrialView Run(MappingEntry entry, string topic, string payload, Caller publisher)
    {
        var fits = TryTopic(entry, topic, out var captures) & TryPublisher(entry, publisher);
        var bytes = Encoding.UTF8.GetBytes(payload);
        Func<string, ThingEntry>? imagine = entry.Mapping.Register is null ? null : name =>
        {
            var arrival = DeviceArrivals.Imagine(intake, entry.Mapping, DeviceArrivals.TitleOf(name), publisher);
            Add("register", null, ok: true, name, null);
            return _imagined[arrival.Id] = arrival;
        };
        var things = new MappedThings(intake, publisher, entry.Mapping.Thing, new SeriesTable(), imagine);
        var route = new MappedRoute(entry, captures, things);
        var read = new ReportBuffer();
        read.Begin(publisher.Thing, topic);
        TryExpressions(entry, bytes, captures);
        var takes = new MappedReader(intake).TryRead(bytes, MappedTopic.Of(route), intake.Now, read);
        if (entry.Mapping.When is { } when) Add("when", when.Source, takes, takes ? "true" : null, takes ? null : "The condition does not hold for this message.");
        return new TrialView(fits && takes, _steps, Observations(read), Refusals(read));
    }

    private void Add(string step, string? of, bool ok, string? found, string? detail) => _steps.Add(new TrialStep(step, of, ok, found, detail));

    private bool TryTopic(MappingEntry entry, string topic, out string[] captures)
    {
        captures = [];
        var pattern = entry.Mapping.Topic;
        if (!pattern.TryMatch(Encoding.UTF8.GetBytes(topic), out var found))
        {
            Add("topic", null, ok: false, topic, $"The topic is not of the pattern {pattern.Text}.");
            return false;
        }
        captures = found;
        Add("topic", null, ok: true, topic, null);
        for (var i = 0; i < captures.Length; i++) Add("topic", pattern.Names[i], ok: true, captures[i], null);
        return true;
    }

    private bool TryPublisher(MappingEntry entry, Caller publisher)
    {
        var allowed = entry.Mapping.From.Allow(publisher, intake.Things);
        Add("publisher", null, allowed, publisher.Name, allowed ? null : "The mapping does not read this publisher's messages: its member from says whose it reads.");
        return allowed;
    }

    private void TryExpressions(MappingEntry entry, byte[] payload, string[] captures)
    {
        try
        {
            var json = entry.Mapping.IsPlain ? PlainPayload.ToJson(payload) : payload;
            var found = new JsonSlice[entry.MessagePaths.Count];
            entry.MessagePaths.Find(json, found, MappedReader.Json);
            var scope = new ExpressionScope { Json = json, Found = found, Captures = captures };
            Add("payload", null, ok: true, entry.Mapping.IsPlain ? "plain" : "json", null);
            var element = FirstElement(entry, scope);
            var foundInElement = new JsonSlice[entry.ElementPaths.Count];
            if (element.Length > 0) entry.ElementPaths.Find(element, foundInElement, MappedReader.Json);
            TryEach(entry.Mapping, new ExpressionScope { Json = json, Found = found, Captures = captures, Element = element, FoundInElement = foundInElement });
        }
        catch (JsonException fault)
        {
            Add("payload", null, ok: false, null, $"The payload is not JSON: line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}.");
        }
    }

    private byte[] FirstElement(MappingEntry entry, in ExpressionScope scope)
    {
        if (entry.Mapping.Each is not { } each) return [];
        var place = each.Locate(scope, out var json);
        var reader = new Utf8JsonReader(place.Of(json));
        var isArray = place.Kind == JsonTokenType.StartArray && reader.Read() && reader.Read() && reader.TokenType != JsonTokenType.EndArray;
        Add("each", each.Source, isArray, isArray ? "[…]" : null, isArray ? null : "There is no array with an element here.");
        if (!isArray) return [];
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return place.Of(json)[start..(int)reader.BytesConsumed].ToArray();
    }

    private void TryEach(Mapping mapping, in ExpressionScope scope)
    {
        if (mapping.Thing.Value is { } name) AddResult("thing", null, name.Evaluate(scope));
        if (mapping.Time is { } time) AddResult("time", null, time.Value.Evaluate(scope));
        if (mapping.Quality is { } quality) AddResult("quality", null, quality.Value.Evaluate(scope));
        foreach (var value in mapping.Values) AddResult("value", value.Property?.ToString() ?? value.Value.Source, value.Value.Evaluate(scope));
    }

    private void AddResult(string step, string? of, in Operand result) =>
        Add(step, of, !result.IsFault, result.IsFault ? null : TextOf(result), result.Text is { } fault && result.IsFault ? fault : null);

    /// <summary>Null for what is not in the message.</summary>
    private static string? TextOf(in Operand result) => result.Kind switch
    {
        OperandKind.Nothing => null,
        OperandKind.Text => result.Text,
        OperandKind.Composite => "{…}",
        _ => result.ToString(),
    };

    private List<TrialObservation> Observations(ReportBuffer read)
    {
        List<TrialObservation> observations = [];
        foreach (ref readonly var observation in read.Observations)
        {
            var known = intake.Things.Find(observation.Series.Thing);
            var thing = known ?? _imagined.GetValueOrDefault(observation.Series.Thing);
            ModelProperty? model = null;
            thing?.Model?.TryGetProperty(observation.Series.NameUtf8, out model);
            observations.Add(new TrialObservation(known?.Id, thing?.Name.ToString(), observation.Series.Property, observation.Value, model?.Unit?.Code, observation.Time, observation.Quality));
        }
        return observations;
    }

    private static List<RefusedView> Refusals(ReportBuffer read)
    {
        List<RefusedView> refused = [];
        foreach (ref readonly var refusal in read.Refusals) refused.Add(RefusedView.Of(refusal));
        return refused;
    }
}
