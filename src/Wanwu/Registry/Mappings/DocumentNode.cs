using System.Text.Json;
using Wanwu.Things.Expressions;

namespace Wanwu.Registry.Mappings;

/// <summary>One object of a mapping's document while it is read: knows where it stands, so that each fault names its member.</summary>
internal readonly struct DocumentNode(JsonElement json, string at, FieldFaults faults)
{
    public JsonElement Json => json;

    /// <summary>The place of a member, as <c>values[0].unit</c>.</summary>
    public string At(string member) => at.Length == 0 ? member : member.Length == 0 ? at : $"{at}.{member}";

    public void Fault(string member, string rule) => faults.Add(At(member), rule);

    /// <summary>Whether this is an object; what is in it and not in <paramref name="known"/> is refused.</summary>
    public bool IsObject(params ReadOnlySpan<string> known)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            Fault("", $"Expected an object with {string.Join(", ", known.ToArray())}.");
            return false;
        }
        foreach (var member in json.EnumerateObject())
            if (!known.Contains(member.Name)) Fault(ThingRules.Short(member.Name), $"This member is not known. Known are: {string.Join(", ", known.ToArray())}.");
        return true;
    }

    /// <summary>A member, if it is there and not null.</summary>
    public bool Has(string member, out DocumentNode node)
    {
        node = default;
        if (!json.TryGetProperty(member, out var value) || value.ValueKind == JsonValueKind.Null) return false;
        node = new DocumentNode(value, At(member), faults);
        return true;
    }

    /// <summary>A member's text as it stands, without judging it.</summary>
    public static string? TextOf(JsonElement json, string member) => json.TryGetProperty(member, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    public string? Text(string member, bool needed = false, int most = 200)
    {
        if (!Has(member, out var node))
        {
            if (needed) Fault(member, "This member is needed.");
            return null;
        }
        if (node.Json.ValueKind == JsonValueKind.String && node.Json.GetString() is { Length: > 0 } text && text.Length <= most) return text;
        Fault(member, $"Expected a text of 1 to {most} characters.");
        return null;
    }

    public bool Flag(string member, bool otherwise)
    {
        if (!Has(member, out var node)) return otherwise;
        if (node.Json.ValueKind is JsonValueKind.True or JsonValueKind.False) return node.Json.GetBoolean();
        Fault(member, "Expected true or false.");
        return otherwise;
    }

    public Expression? Expression(string member, IReadOnlyList<string> captures, bool needed = false)
    {
        if (Text(member, needed, Things.Expressions.Expression.MaxLength) is not { } text) return null;
        if (Things.Expressions.Expression.TryParse(text, captures, out var expression, out var fault)) return expression;
        Fault(member, fault.ToString());
        return null;
    }

    /// <summary>The members of an array; a fault and nothing when it is none, empty or too long.</summary>
    public IReadOnlyList<DocumentNode> Items(int most)
    {
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() is 0 || json.GetArrayLength() > most)
        {
            Fault("", $"Expected an array of 1 to {most}.");
            return [];
        }
        var (place, all) = (at, faults);
        return [.. json.EnumerateArray().Select((item, i) => new DocumentNode(item, $"{place}[{i}]", all))];
    }
}
