using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Wanwu.Things;
using Wanwu.Things.Expressions;

namespace Wanwu.Registry.Mappings;

/// <summary>Reads a mapping's document and says everything that is wrong with it, by member.</summary>
internal sealed class MappingReader(FieldFaults faults)
{
    private const int MaxRegistered = 100_000, DefaultRegistered = 1_000;
    private static readonly JsonWriterOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private IReadOnlyList<string> _captures = [];
    private bool _hasEach;

    /// <returns>The mapping, or null when there are faults.</returns>
    public static Mapping? Read(JsonElement document, FieldFaults faults) => new MappingReader(faults).Read(new DocumentNode(document, "", faults));

    private Mapping? Read(DocumentNode root)
    {
        if (!root.IsObject("name", "enabled", "topic", "from", "thing", "register", "payload", "each", "when", "time", "quality", "values")) return null;
        var name = ReadName(root);
        var topic = ReadTopic(root);
        // A pattern that is refused still names its parts: expressions that use them are not refused for it once more.
        _captures = topic?.Names ?? [.. (DocumentNode.TextOf(root.Json, "topic") ?? "").Split('{').Skip(1).Select(part => part.Split('}')[0])];
        _hasEach = root.Has("each", out _);
        var each = ReadEach(root);
        var from = ReadPublishers(root);
        var thing = ReadThing(root);
        var mapping = new
        {
            Enabled = root.Flag("enabled", true), Register = ReadRegistration(root, thing), IsPlain = ReadPayload(root), When = Expression(root, "when"),
            Time = ReadTime(root), Quality = ReadQuality(root), Values = ReadValues(root),
        };
        if (!faults.IsEmpty || name is null || topic is null || from is null || thing is null) return null;
        return new Mapping
        {
            Name = name, IsEnabled = mapping.Enabled, Topic = topic, From = from, Thing = thing, Register = mapping.Register, IsPlain = mapping.IsPlain,
            Each = each, When = mapping.When, Time = mapping.Time, Quality = mapping.Quality, Values = mapping.Values, Json = OnOneLine(root.Json),
        };
    }

    private static string OnOneLine(JsonElement document)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, OneLine)) document.WriteTo(writer);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static LocalizedText? ReadName(DocumentNode root)
    {
        if (!root.Has("name", out var name)) root.Fault("name", "A mapping needs a name.");
        else if (LocalizedText.TryRead(name.Json, out var text, out var fault, Mapping.MaxName)) return text;
        else root.Fault("name", fault);
        return null;
    }

    private static TopicPattern? ReadTopic(DocumentNode root)
    {
        if (root.Text("topic", needed: true, TopicPattern.MaxLength) is not { } text) return null;
        if (TopicPattern.TryParse(text, out var pattern, out var fault)) return pattern;
        root.Fault("topic", fault);
        return null;
    }

    private Expression? Expression(DocumentNode node, string member, bool needed = false)
    {
        var expression = node.Expression(member, _captures, needed);
        if (expression is { UsesElement: true } && !_hasEach) node.Fault(member, "@ is an element of the array that each names; without each, paths begin with $.");
        return expression;
    }

    private Expression? ReadEach(DocumentNode root)
    {
        var each = root.Expression("each", _captures);
        if (each is null or { IsPath: true, UsesElement: false }) return each;
        root.Fault("each", "Expected a path to an array, as $.readings, or $ when the message is an array.");
        return null;
    }

    private static bool ReadPayload(DocumentNode root)
    {
        var payload = root.Text("payload") ?? "json";
        if (payload is not ("json" or "plain")) root.Fault("payload", "Expected json, or plain for a message that is one number or text.");
        return payload == "plain";
    }

    private static MappingPublishers? ReadPublishers(DocumentNode root)
    {
        const string Forms = "Expected \"any\" for whoever has signed in, or an object with one of thing, model, organisation, account.";
        if (!root.Has("from", out var from)) root.Fault("from", $"This member is needed. {Forms}");
        else if (from.Json.ValueKind == JsonValueKind.String && from.Json.ValueEquals("any"u8)) return new MappingPublishers(PublisherKind.Any, "");
        else if (from.Json.ValueKind != JsonValueKind.Object || from.Json.GetPropertyCount() != 1) root.Fault("from", Forms);
        else if (from.IsObject("thing", "model", "organisation", "account")) return ReadPublisher(from, from.Json.EnumerateObject().First().Name);
        return null;
    }

    private static MappingPublishers? ReadPublisher(DocumentNode from, string member)
    {
        if (from.Text(member, needed: true) is not { } value) return null;
        if (member == "thing" && !ThingId.TryParse(value, null, out _)) from.Fault("thing", $"'{ThingRules.Short(value)}' is not a thing's id.");
        else if (member == "model" && ModelRules.FaultOfId(value) is { } fault) from.Fault("model", fault);
        return new MappingPublishers(member switch
        {
            "thing" => PublisherKind.Thing,
            "model" => PublisherKind.Model,
            "organisation" => PublisherKind.Organisation,
            _ => PublisherKind.Account,
        }, value);
    }

    private MappedThing? ReadThing(DocumentNode root)
    {
        const string Forms = "Expected \"publisher\", {\"scheme\":…,\"value\":…} for the thing that bears an identifier, or {\"local\":…} for a device behind the publishing gateway.";
        if (!root.Has("thing", out var thing)) root.Fault("thing", $"This member is needed. {Forms}");
        else if (thing.Json.ValueKind == JsonValueKind.String && thing.Json.ValueEquals("publisher"u8)) return new MappedThing(ThingSource.Publisher);
        else if (thing.Json.ValueKind != JsonValueKind.Object) root.Fault("thing", Forms);
        else if (thing.Has("local", out _)) return ReadLocal(thing);
        else if (thing.IsObject("scheme", "value"))
        {
            var scheme = thing.Text("scheme", needed: true);
            var value = Expression(thing, "value", needed: true);
            if (IdentifierSchemes.Find(scheme) is { } known) return new MappedThing(ThingSource.Identifier, known, value);
            if (scheme is not null) thing.Fault("scheme", FaultOfScheme(scheme));
        }
        return null;
    }

    private static string FaultOfScheme(string scheme)
    {
        Identifier.TryCreate(ThingRules.Short(scheme), null, out _, out var fault);
        return fault!;
    }

    private MappedThing? ReadLocal(DocumentNode thing)
    {
        if (!thing.IsObject("local", "gateway")) return null;
        var local = Expression(thing, "local", needed: true);
        ThingId? gateway = null;
        if (thing.Text("gateway") is { } text)
        {
            if (ThingId.TryParse(text, null, out var id)) gateway = id;
            else thing.Fault("gateway", $"'{ThingRules.Short(text)}' is not a thing's id.");
        }
        return new MappedThing(ThingSource.LocalName, null, local, gateway);
    }

    private MappedRegistration? ReadRegistration(DocumentNode root, MappedThing? thing)
    {
        if (!root.Has("register", out var register) || !register.IsObject("model", "name", "atMost")) return null;
        if (thing is { Source: ThingSource.Publisher }) root.Fault("register", "The publisher is registered already; leave register out.");
        var atMost = DefaultRegistered;
        if (register.Has("atMost", out var most) && (most.Json.ValueKind != JsonValueKind.Number || !most.Json.TryGetInt32(out atMost) || atMost is < 1 or > MaxRegistered))
            register.Fault("atMost", $"Expected a number from 1 to {MaxRegistered}.");
        var model = register.Text("model");
        if (model is not null && ModelRules.FaultOfId(model) is { } fault) register.Fault("model", fault);
        return new MappedRegistration(model, Expression(register, "name"), atMost);
    }

    private MappedTime? ReadTime(DocumentNode root)
    {
        if (!root.Has("time", out var time) || !time.IsObject("value", "form", "zone")) return null;
        var value = Expression(time, "value", needed: true);
        TimeForm? form = (time.Text("form") ?? "rfc3339") switch
        {
            "rfc3339" => TimeForm.Rfc3339,
            "seconds" => TimeForm.Seconds,
            "milliseconds" => TimeForm.Milliseconds,
            "local" => TimeForm.Local,
            _ => null,
        };
        if (form is null) time.Fault("form", "Expected rfc3339, seconds or milliseconds (since 1970), or local (date and time without a zone).");
        TimeZoneInfo? zone = null;
        if (time.Text("zone") is { } name)
        {
            if (form != TimeForm.Local) time.Fault("zone", "A zone goes with the form local alone.");
            else if (!TimeZones.TryFind(name, out zone)) time.Fault("zone", $"'{ThingRules.Short(name)}' is not a time zone; expected an IANA name, as Asia/Shanghai.");
        }
        return value is null || form is null ? null : new MappedTime(value, form.Value, zone);
    }

    private MappedQuality? ReadQuality(DocumentNode root)
    {
        if (!root.Has("quality", out var quality) || !quality.IsObject("value", "map")) return null;
        var value = Expression(quality, "value", needed: true);
        var map = ReadMap(quality);
        if (quality.Has("map", out var entries) && entries.Json.ValueKind == JsonValueKind.Object)
            foreach (var entry in entries.Json.EnumerateObject())
                if (entry.Value.ValueKind != JsonValueKind.String || !QualityNames.All.Contains(entry.Value.GetString()))
                    entries.Fault(ThingRules.Short(entry.Name), $"Expected a quality: {string.Join(", ", QualityNames.All)}.");
        return value is null ? null : new MappedQuality(value, map);
    }

    private List<MappedValue> ReadValues(DocumentNode root)
    {
        List<MappedValue> values = [];
        if (!root.Has("values", out var list)) root.Fault("values", "This member is needed: an array of what becomes observations.");
        else
            foreach (var item in list.Items(Mapping.MaxValues))
                if ((item.Json.ValueKind == JsonValueKind.Object && item.Has("members", out _) ? ReadMembers(item) : ReadValue(item)) is { } value) values.Add(value);
        foreach (var twice in values.Where(value => !value.IsMembers).GroupBy(value => value.Property).Where(group => group.Count() > 1))
            root.Fault("values", $"'{twice.Key}' appears {twice.Count()} times; join the expressions with first(…, …).");
        return values;
    }

    private MappedValue? ReadValue(DocumentNode item)
    {
        if (!item.IsObject("property", "value", "unit", "kind", "map")) return null;
        var name = item.Text("property", needed: true);
        if (name is not null && !PropertyName.TryParse(name, null, out _))
            item.Fault("property", $"'{ThingRules.Short(name)}' is not a property name: 1 to {PropertyName.MaxLength} letters, digits and _ - . : ~ @ % ( ).");
        var value = Expression(item, "value", needed: true);
        var unit = item.Text("unit");
        if (unit is not null && !UnitAliases.TryResolve(unit, out _, out var fault)) item.Fault("unit", fault);
        var kind = ReadKind(item);
        var map = ReadMap(item);
        if (map is not null && kind is not null) item.Fault("kind", "A map says already what its values are.");
        if (value is null || !PropertyName.TryParse(name, null, out var property)) return null;
        return new MappedValue { Property = property, NameUtf8 = Encoding.UTF8.GetBytes(property.ToString()), Value = value, Unit = unit, Kind = kind, Map = map };
    }

    private static ValueKind? ReadKind(DocumentNode item)
    {
        switch (item.Text("kind"))
        {
            case null: return null;
            case "number": return ValueKind.Number;
            case "integer": return ValueKind.Integer;
            case "boolean": return ValueKind.Boolean;
            case "text": return ValueKind.Text;
            default:
                item.Fault("kind", "Expected number, integer, boolean or text.");
                return null;
        }
    }

    private static ValueMap? ReadMap(DocumentNode item)
    {
        if (!item.Has("map", out var map)) return null;
        if (map.Json.ValueKind != JsonValueKind.Object || map.Json.GetPropertyCount() is 0 or > Mapping.MaxMapped)
        {
            item.Fault("map", $"Expected an object of 1 to {Mapping.MaxMapped} texts and what each stands for, as {{\"ON\":true,\"OFF\":false}}.");
            return null;
        }
        List<KeyValuePair<string, Value>> values = [];
        foreach (var entry in map.Json.EnumerateObject())
        {
            if (entry.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array) map.Fault(ThingRules.Short(entry.Name), "Expected a number, a text, true, false or null.");
            else values.Add(new(entry.Name, entry.Value.Deserialize<Value>()));
        }
        return new ValueMap(values);
    }

    private MappedValue? ReadMembers(DocumentNode item)
    {
        if (!item.IsObject("members", "take", "prefix", "except")) return null;
        var members = Expression(item, "members", needed: true);
        if (members is { IsPath: false }) item.Fault("members", "Expected a path to an object, as $.ENERGY, or $ for the whole message.");
        var take = item.Text("take") ?? "numbers";
        if (take is not ("numbers" or "all")) item.Fault("take", "Expected numbers, or all for texts and booleans too.");
        var prefix = item.Text("prefix", most: 32) ?? "";
        if (prefix.Length > 0 && !PropertyName.TryParse(prefix, null, out _)) item.Fault("prefix", "Expected the beginning of a property name.");
        List<byte[]> except = [];
        if (item.Has("except", out var list))
            foreach (var name in list.Items(Mapping.MaxMapped))
            {
                if (name.Json.ValueKind == JsonValueKind.String) except.Add(Encoding.UTF8.GetBytes(name.Json.GetString()!));
                else name.Fault("", "Expected a member's name.");
            }
        return members is null ? null : new MappedValue
        {
            Value = members, TakesAll = take == "all", Prefix = Encoding.UTF8.GetBytes(prefix), Except = except,
        };
    }
}
