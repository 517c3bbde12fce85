using System.Text.Json;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>Reads a thing's description: whole when it is created, in part (RFC 7396 merge patch) when it is changed. Unknown members are refused by name.</summary>
internal static class ThingBody
{
    private const string Members = "name, model, identifiers, organisation, region, place, labels, lifecycle, gateway, timeZone";

    public static ThingDraft Read(JsonElement body, FieldFaults faults)
    {
        var draft = new ThingDraft();
        if (body.ValueKind != JsonValueKind.Object)
        {
            faults.Add("", $"Expected an object with {Members}.");
            return draft;
        }
        foreach (var member in body.EnumerateObject()) ReadMember(draft, member.Name, member.Value, faults);
        return draft;
    }

    /// <summary>Reads a new thing: the name must be there.</summary>
    public static ThingDraft ReadNew(JsonElement body, FieldFaults faults)
    {
        var draft = Read(body, faults);
        if (faults.IsEmpty && (draft.NameHant.Value ?? draft.NameHans.Value ?? draft.NameEn.Value) is null) faults.Add("name", "A thing needs a name.");
        if (draft.Lifecycle.IsSet && draft.Lifecycle.Value is Lifecycle.Retired) faults.Add("lifecycle", "A thing cannot begin its life retired.");
        return draft;
    }

    private static void ReadMember(ThingDraft draft, string name, JsonElement value, FieldFaults faults)
    {
        switch (name)
        {
            case "name": (draft.NameHant, draft.NameHans, draft.NameEn) = NameBody.Read(value, faults); break;
            case "model": draft.Model = ReadText(value, name, ModelRules.FaultOfId, faults); break;
            case "organisation": draft.Organisation = ReadText(value, name, ThingRules.FaultOfOrganisation, faults); break;
            case "region": draft.Region = ReadText(value, name, ThingRules.FaultOfRegion, faults); break;
            case "timeZone": draft.Zone = ReadText(value, name, FaultOfZone, faults); break;
            case "place": draft.Place = ReadPlace(value, faults); break;
            case "gateway": draft.Gateway = ReadGateway(value, faults); break;
            case "lifecycle": ReadLifecycle(draft, value, faults); break;
            case "identifiers": draft.Identifiers = new(ReadIdentifiers(value, faults)); break;
            case "labels": ReadLabels(draft, value, faults); break;
            default: faults.Add(ThingRules.Short(name), $"This member is not known. Known are: {Members}."); break;
        }
    }

    private static Optional<string?> ReadText(JsonElement value, string member, Func<string, string?> faultOf, FieldFaults faults)
    {
        if (value.ValueKind == JsonValueKind.Null) return new(null);
        if (value.ValueKind != JsonValueKind.String)
        {
            faults.Add(member, "Expected a text or null.");
            return default;
        }
        var text = value.GetString()!.Trim();
        if (faultOf(text) is not { } fault) return text;
        faults.Add(member, fault);
        return default;
    }

    private static string? FaultOfZone(string name) =>
        TimeZones.TryFind(name, out _) ? null : $"'{ThingRules.Short(name)}' is not a time zone: expected an IANA name, as Asia/Shanghai.";

    private static Optional<Place?> ReadPlace(JsonElement value, FieldFaults faults)
    {
        if (value.ValueKind == JsonValueKind.Null) return new(null);
        if (value.ValueKind != JsonValueKind.Object || !TryReadDegrees(value, "lat", out var lat) || !TryReadDegrees(value, "lon", out var lon)
            || value.GetPropertyCount() != 2)
        {
            faults.Add("place", "Expected {\"lat\":…,\"lon\":…} in degrees, or null.");
            return default;
        }
        if (ThingRules.FaultOfPlace(lat, lon) is not { } fault) return new Place(lat, lon);
        faults.Add("place", fault);
        return default;
    }

    private static bool TryReadDegrees(JsonElement place, string member, out double degrees)
    {
        degrees = 0;
        return place.TryGetProperty(member, out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetDouble(out degrees);
    }

    private static Optional<ThingId?> ReadGateway(JsonElement value, FieldFaults faults)
    {
        if (value.ValueKind == JsonValueKind.Null) return new(null);
        if (value.ValueKind == JsonValueKind.String && ThingId.TryParse(value.GetString(), null, out var id)) return id;
        faults.Add("gateway", "Expected the id of a thing, or null.");
        return default;
    }

    private static void ReadLifecycle(ThingDraft draft, JsonElement value, FieldFaults faults)
    {
        if (value.ValueKind == JsonValueKind.String && LifecycleSteps.TryParse(value.GetString(), out var lifecycle)) draft.Lifecycle = lifecycle;
        else faults.Add("lifecycle", $"Expected one of {LifecycleSteps.Names}.");
    }

    private static List<Identifier> ReadIdentifiers(JsonElement value, FieldFaults faults)
    {
        if (value.ValueKind == JsonValueKind.Null) return [];
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > ThingRules.MaxIdentifiers)
        {
            faults.Add("identifiers", $"Expected an array of at most {ThingRules.MaxIdentifiers} identifiers.");
            return [];
        }
        List<Identifier> identifiers = [];
        foreach (var element in value.EnumerateArray())
        {
            var member = $"identifiers[{identifiers.Count}]";
            if (!TryReadIdentifier(element, member, faults, out var identifier)) identifiers.Add(default);
            else if (identifiers.Contains(identifier)) faults.Add(member, $"{identifier} is given twice.");
            else identifiers.Add(identifier);
        }
        return identifiers;
    }

    private static bool TryReadIdentifier(JsonElement element, string member, FieldFaults faults, out Identifier identifier)
    {
        identifier = default;
        if (element.ValueKind != JsonValueKind.Object || element.GetPropertyCount() != 2
            || !element.TryGetProperty("scheme", out var scheme) || scheme.ValueKind != JsonValueKind.String
            || !element.TryGetProperty("value", out var value) || value.ValueKind != JsonValueKind.String)
        {
            faults.Add(member, "Expected {\"scheme\":\"…\",\"value\":\"…\"}.");
            return false;
        }
        var name = scheme.GetString()!;
        if (IdentifierSchemes.Find(name) is null)
        {
            Identifier.TryCreate(ThingRules.Short(name), null, out _, out var unknown);
            faults.Add($"{member}.scheme", unknown!);
            return false;
        }
        if (Identifier.TryCreate(name, value.GetString(), out identifier, out var fault)) return true;
        faults.Add($"{member}.value", fault);
        return false;
    }

    private static void ReadLabels(ThingDraft draft, JsonElement value, FieldFaults faults)
    {
        if (value.ValueKind == JsonValueKind.Null) { draft.ClearsLabels = true; return; }
        if (value.ValueKind != JsonValueKind.Object || value.GetPropertyCount() > ThingRules.MaxLabels)
        {
            faults.Add("labels", $"Expected an object of at most {ThingRules.MaxLabels} texts.");
            return;
        }
        List<KeyValuePair<string, string?>> labels = [];
        foreach (var label in value.EnumerateObject())
        {
            var member = $"labels.{ThingRules.Short(label.Name)}";
            if (ThingRules.FaultOfLabelKey(label.Name) is { } keyFault) faults.Add(member, keyFault);
            else if (label.Value.ValueKind == JsonValueKind.Null) labels.Add(new(label.Name, null));
            else if (label.Value.ValueKind != JsonValueKind.String) faults.Add(member, "Expected a text or null.");
            else if (ThingRules.FaultOfLabelValue(label.Value.GetString()!) is { } fault) faults.Add(member, fault);
            else labels.Add(new(label.Name, label.Value.GetString()));
        }
        draft.Labels = labels;
    }
}
