using System.Globalization;
using System.Text.Json;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary>Policies and holds as JSON: what a request says, and what the registry keeps.</summary>
internal static class RetentionDocument
{
    private const int MostText = 500, MostListed = 200;
    private static readonly string[] PolicyMembers = ["note", "property", "model", "organisation", "coldFor", "rollupsFor"];
    private static readonly string[] HoldMembers = ["reason", "things", "models", "organisations", "properties", "from", "to"];

    /// <param name="hotHours">How long a day stays hot after its end: a policy cannot be shorter.</param>
    public static RetentionPolicy? ReadPolicy(string id, JsonElement json, int hotHours, FieldFaults faults)
    {
        var members = JsonBody.Members(json, PolicyMembers, faults);
        var policy = new RetentionPolicy
        {
            Id = id,
            Note = Text(members, "note", MostText, faults),
            Property = Text(members, "property", PropertyName.MaxLength, faults),
            Model = Text(members, "model", ThingRules.MaxName, faults),
            Organisation = Text(members, "organisation", ThingRules.MaxOrganisation, faults),
            ColdFor = Keep(members, "coldFor", faults),
            RollupsFor = Keep(members, "rollupsFor", faults),
        };
        if (policy.Property is { } property && !PropertyName.TryParse(property, null, out _)) faults.Add("property", $"'{ThingRules.Short(property)}' is not a property name.");
        if (policy.Model is { } model && ModelRules.FaultOfId(model) is { } fault) faults.Add("model", fault);
        var isDefault = id == RetentionPolicy.DefaultId;
        if ((policy.Property ?? policy.Model ?? policy.Organisation) is null != isDefault)
            faults.Add("", isDefault ? "The default policy names no property, model or organisation: it is for everything else." : "Name a property, a model or an organisation; the policy for everything else is 'default'.");
        HoldAgainstHot(policy, hotHours, faults);
        HoldAgainstEachOther(policy, faults);
        return faults.IsEmpty ? policy : null;
    }

    /// <summary>Nothing goes before it could become cold.</summary>
    private static void HoldAgainstHot(RetentionPolicy policy, int hotHours, FieldFaults faults)
    {
        var hot = new KeepFor((hotHours + 23) / 24, KeepUnit.Day);
        if (policy.ColdFor is { } cold && !hot.IsWithin(cold))
            faults.Add("coldFor", $"A day stays in the hot store for {hotHours.ToString(CultureInfo.InvariantCulture)} hours after its end (Telemetry:Cold:CloseAfterHours); keep it at least as long.");
    }

    /// <summary>Rollups are made of observations, and never go before them.</summary>
    private static void HoldAgainstEachOther(RetentionPolicy policy, FieldFaults faults)
    {
        if (policy.ColdFor is { IsForever: true }) faults.Add("coldFor", "Observations are kept for ever where coldFor is null.");
        if (policy.RollupsFor is not { } rollups) return;
        if (policy.ColdFor is not { } cold) faults.Add("rollupsFor", "Observations are kept for ever, and rollups with them: leave rollupsFor out, or say how long observations are kept.");
        else if (!cold.IsWithin(rollups)) faults.Add("rollupsFor", "Rollups are kept at least as long as observations.");
    }

    public static string Write(RetentionPolicy policy) => JsonSerializer.Serialize(new
    {
        note = policy.Note, property = policy.Property, model = policy.Model, organisation = policy.Organisation,
        coldFor = policy.ColdFor?.ToString(), rollupsFor = policy.RollupsFor?.ToString(),
    });

    /// <exception cref="InvalidDataException">The registry holds something that is no policy.</exception>
    public static RetentionPolicy ParsePolicy(string id, string json)
    {
        var faults = new FieldFaults();
        using var document = JsonDocument.Parse(json);
        // Written under the settings of its day: that the hot store keeps longer now makes it no less valid.
        return ReadPolicy(id, document.RootElement, 0, faults)
            ?? throw new InvalidDataException($"The retention policy '{id}' in the registry cannot be read. {string.Join(" ", faults.All.Select(fault => $"{fault.Key}: {fault.Value[0]}"))}");
    }

    public static LegalHold? ReadHold(string id, JsonElement json, Timestamp placed, string by, FieldFaults faults)
    {
        var members = JsonBody.Members(json, HoldMembers, faults);
        var reason = Text(members, "reason", MostText, faults);
        if (reason is null && !faults.All.ContainsKey("reason")) faults.Add("reason", "Say why: an order, a case, a person to ask.");
        var hold = new LegalHold
        {
            Id = id,
            Reason = reason ?? "",
            Things = List(members, "things", faults),
            Models = List(members, "models", faults),
            Organisations = List(members, "organisations", faults),
            Properties = List(members, "properties", faults),
            From = Time(members, "from", faults),
            To = Time(members, "to", faults),
            Placed = placed,
            PlacedBy = by,
        };
        foreach (var thing in hold.Things)
            if (!ThingId.TryParse(thing, null, out _)) faults.Add("things", $"'{ThingRules.Short(thing)}' is not a thing's id.");
        if (hold.From is { } from && hold.To is { } to && to <= from) faults.Add("to", "The end of what is held comes after its beginning.");
        return faults.IsEmpty ? hold : null;
    }

    public static string Write(LegalHold hold) => JsonSerializer.Serialize(new
    {
        reason = hold.Reason, things = hold.Things, models = hold.Models, organisations = hold.Organisations, properties = hold.Properties,
        from = hold.From?.ToString(), to = hold.To?.ToString(),
    });

    /// <exception cref="InvalidDataException">The registry holds something that is no hold.</exception>
    public static LegalHold ParseHold(LegalHoldRow row)
    {
        var faults = new FieldFaults();
        using var document = JsonDocument.Parse(row.Json);
        var hold = ReadHold(row.Id, document.RootElement, row.Placed, row.PlacedBy, faults)
            ?? throw new InvalidDataException($"The legal hold '{row.Id}' in the registry cannot be read. {string.Join(" ", faults.All.Select(fault => $"{fault.Key}: {fault.Value[0]}"))}");
        return hold with { Lifted = row.Lifted, LiftedBy = row.LiftedBy, LiftReason = row.LiftReason };
    }

    public static string? Text(Dictionary<string, JsonElement> members, string name, int most, FieldFaults faults)
    {
        if (members.Text(name, faults) is not { } text) return null;
        if (text.Length <= most && !string.IsNullOrWhiteSpace(text) && !text.Any(char.IsControl)) return text.Trim();
        faults.Add(name, string.Create(CultureInfo.InvariantCulture, $"Expected 1 to {most} characters, none of them control characters."));
        return null;
    }

    private static KeepFor? Keep(Dictionary<string, JsonElement> members, string name, FieldFaults faults)
    {
        if (members.Text(name, faults) is not { } text) return null;
        if (KeepFor.TryParse(text, out var keep)) return keep;
        faults.Add(name, $"'{ThingRules.Short(text)}' is not whole days, months or years, as P90D, P6M or P3Y{(name == "coldFor" ? "; null is for ever" : ", or forever; null is as long as observations")}.");
        return null;
    }

    private static Timestamp? Time(Dictionary<string, JsonElement> members, string name, FieldFaults faults)
    {
        if (members.Text(name, faults) is not { } text) return null;
        if (Timestamp.TryParse(text, null, out var time)) return time;
        faults.Add(name, "Expected a time in RFC 3339 with zone, as 2026-01-31T08:00:00Z.");
        return null;
    }

    private static string[] List(Dictionary<string, JsonElement> members, string name, FieldFaults faults)
    {
        if (!members.TryGetValue(name, out var json) || json.ValueKind == JsonValueKind.Null) return [];
        if (json.ValueKind == JsonValueKind.Array && json.GetArrayLength() <= MostListed && json.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String && one.GetString()!.Length is > 0 and <= 200))
            return [.. json.EnumerateArray().Select(one => one.GetString()!).Distinct(StringComparer.Ordinal)];
        faults.Add(name, string.Create(CultureInfo.InvariantCulture, $"Expected an array of at most {MostListed} texts."));
        return [];
    }
}
