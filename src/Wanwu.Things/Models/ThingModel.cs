using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Wanwu.Things;

/// <summary>Fetches a thing model that another one extends or refers to; null when there is none at that address.</summary>
/// <param name="href">The address as the document has it, without its fragment.</param>
public delegate ReadOnlyMemory<byte>? ModelSource(string href);

/// <summary>
/// What a kind of thing can say and do. Its file is the W3C WoT Thing Model (TD 1.1 §9), JSON-LD of media type <c>application/tm+json</c>.
/// </summary>
/// <remarks>
/// The document is the truth: it is written back as it was read, members unknown to the platform included. The properties of this type are what
/// the platform understands of it, after <c>tm:ref</c> and <c>tm:extends</c> are resolved (§9.3.2). Immutable; to change a model, change its
/// document.
/// </remarks>
[JsonConverter(typeof(ThingModelJsonConverter))]
public sealed class ThingModel
{
    /// <summary>Longest document, in bytes.</summary>
    public const int MaxBytes = 1 << 20;
    private static readonly JsonDocumentOptions ReadOptions = new() { MaxDepth = 48, AllowDuplicateProperties = false };
    private readonly Dictionary<PropertyName, PropertyAffordance> _byName;

    internal ThingModel(JsonElement document) => (Document, _byName) = (document, []);

    /// <summary>The document as it was read.</summary>
    public JsonElement Document { get; }
    public string? Id { get; internal init; }
    /// <summary><c>version.model</c>.</summary>
    public string? Version { get; internal init; }
    public LocalizedText? Title { get; internal init; }
    public LocalizedText? Description { get; internal init; }
    /// <inheritdoc cref="ModelTerms.Sector"/>
    public string? Sector { get; internal init; }
    /// <inheritdoc cref="ModelTerms.DataClass"/>
    public DataClass? DataClass { get; internal init; }
    /// <summary>Semantic annotations (<c>@type</c>), <c>tm:ThingModel</c> among them.</summary>
    public IReadOnlyList<string> SemanticTypes { get; internal init; } = [];
    /// <summary>The properties, in the order of the document.</summary>
    public IReadOnlyList<PropertyAffordance> Properties
    {
        get;
        internal init
        {
            field = value;
            foreach (var property in value) _byName.TryAdd(property.Name, property);
        }
    } = [];
    public IReadOnlyList<ActionAffordance> Actions { get; internal init; } = [];
    public IReadOnlyList<EventAffordance> Events { get; internal init; } = [];
    public IReadOnlyList<ModelLink> Links { get; internal init; } = [];

    /// <summary>Of what class a property is: the higher of what it and the model say, <see cref="DataClass.Internal"/> where neither says anything.</summary>
    /// <param name="property">Null for one that the model does not have: it is of the model's class.</param>
    public DataClass ClassOf(PropertyAffordance? property) => (property?.DataClass, DataClass) switch
    {
        ({ } own, { } all) => own > all ? own : all,
        (var own, var all) => own ?? all ?? Things.DataClass.Internal,
    };

    public PropertyAffordance? FindProperty(PropertyName name) => _byName.GetValueOrDefault(name);
    public ActionAffordance? FindAction(PropertyName name) => Actions.FirstOrDefault(a => a.Name == name);
    public EventAffordance? FindEvent(PropertyName name) => Events.FirstOrDefault(e => e.Name == name);

    /// <summary>Reads a document. Never throws on what it holds; every fault is listed (the first hundred).</summary>
    /// <remarks>Models that this one extends or refers to are asked of the source; without one, a reference out of the document is a fault.</remarks>
    public static bool TryRead(
        ReadOnlyMemory<byte> utf8Json, [NotNullWhen(true)] out ThingModel? model, out IReadOnlyList<ModelFault> faults, ModelSource? source = null)
    {
        model = null;
        if (utf8Json.Length > MaxBytes)
        {
            faults = [new ModelFault("", null, $"A thing model has at most {MaxBytes} bytes, found {utf8Json.Length}.")];
            return false;
        }
        if (!JsonText.IsWellFormed(utf8Json.Span))
        {
            faults = [new ModelFault("", null, "Holds broken text: bytes that are not UTF-8, or half of a surrogate pair.")];
            return false;
        }
        try
        {
            using var document = JsonDocument.Parse(utf8Json, ReadOptions);
            return TryReadDocument(document.RootElement.Clone(), out model, out faults, source);
        }
        catch (JsonException fault)
        {
            faults = [new ModelFault("", null, $"Not well-formed JSON: {fault.Message}")];
            return false;
        }
    }

    /// <inheritdoc cref="TryRead(ReadOnlyMemory{byte}, out ThingModel?, out IReadOnlyList{ModelFault}, ModelSource?)"/>
    public static bool TryRead(
        string json, [NotNullWhen(true)] out ThingModel? model, out IReadOnlyList<ModelFault> faults, ModelSource? source = null) =>
        TryRead(Encoding.UTF8.GetBytes(json), out model, out faults, source);

    /// <inheritdoc cref="TryRead(ReadOnlyMemory{byte}, out ThingModel?, out IReadOnlyList{ModelFault}, ModelSource?)"/>
    public static bool TryRead(
        JsonElement document, [NotNullWhen(true)] out ThingModel? model, out IReadOnlyList<ModelFault> faults, ModelSource? source = null) =>
        TryRead(JsonMarshal.GetRawUtf8Value(document).ToArray(), out model, out faults, source);

    private static bool TryReadDocument(
        JsonElement document, [NotNullWhen(true)] out ThingModel? model, out IReadOnlyList<ModelFault> faults, ModelSource? source)
    {
        var found = new List<ModelFault>();
        faults = found;
        model = null;
        var root = ThingModelReader.Root(document, found);
        if (!ThingModelReader.CheckDeclaration(root)) return false;
        var resolved = new ModelReferences(root, source).Resolve();
        model = new ThingModelReader(root with { Json = resolved }).Read(document);
        if (found.Count > 0) model = null;
        return model is not null;
    }

    /// <exception cref="FormatException">The document has faults; the message names them.</exception>
    public static ThingModel Parse(string json) =>
        TryRead(json, out var model, out var faults) ? model : throw new FormatException(string.Join(" ", faults));

    /// <summary>Makes a model of what a thing without one has sent: a property of that name and kind for each, to be read and observed.</summary>
    /// <remarks>A name seen with integers and numbers becomes a number; one seen with kinds that do not go together is left open.</remarks>
    public static ThingModel Infer(LocalizedText title, IEnumerable<(PropertyName Name, ValueKind Kind)> seen)
    {
        ArgumentNullException.ThrowIfNull(seen);
        var draft = new ThingModelDraft { Title = title };
        foreach (var property in seen.Where(static s => s.Kind != ValueKind.None).GroupBy(static s => s.Name))
        {
            var kinds = property.Select(static s => s.Kind).Distinct().ToArray();
            draft.Properties.Add(new PropertyDraft(property.Key, kinds.Length == 1 ? kinds[0] : Common(kinds)));
        }
        return draft.ToModel();
    }

    private static ValueKind Common(ValueKind[] kinds) =>
        kinds.All(static k => k is ValueKind.Integer or ValueKind.Number) ? ValueKind.Number : ValueKind.None;

    /// <summary>Writes the document as it was read.</summary>
    public void WriteTo(Utf8JsonWriter writer) => Document.WriteTo(writer);

    /// <summary>The document in UTF-8.</summary>
    public byte[] ToJson(bool indented = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        // Chinese stays readable; the document is never put into a page as it is.
        var options = new JsonWriterOptions { Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(buffer, options)) Document.WriteTo(writer);
        return buffer.WrittenSpan.ToArray();
    }

    public override string ToString() => Title?.ToString() ?? Id ?? "";
}

/// <summary>A model in JSON is its document.</summary>
public sealed class ThingModelJsonConverter : JsonConverter<ThingModel>
{
    public override ThingModel Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return ThingModel.TryRead(document.RootElement, out var model, out var faults) ? model : throw new JsonException(string.Join(" ", faults));
    }

    public override void Write(Utf8JsonWriter writer, ThingModel value, JsonSerializerOptions options) => value.WriteTo(writer);
}
