using Microsoft.Extensions.Primitives;
using Wanwu.Telemetry.Query.Many;

namespace Wanwu.Console.PersonalRoom;

/// <summary>Whose personal data: a thing, what things have in common, a value. It lives in the address.</summary>
public sealed record SubjectQuery(string? Thing, string? Label, string? Organisation, string? Value)
{
    /// <summary>Things beyond which an address would be too long.</summary>
    private const int MostNamed = 100;

    public bool IsEmpty => Thing is null && Label is null && Organisation is null && Value is null;

    /// <summary>By the names of the API's parameters.</summary>
    public Dictionary<string, StringValues> ToParameters() => Named().ToDictionary(part => part.Name, part => new StringValues(part.Value), StringComparer.Ordinal);

    public string ToAddress() => "personal" + (IsEmpty ? "" : "?" + string.Join('&', Named().Select(part => Written(part.Name, part.Value!))));

    /// <summary>The file with what was found, without the format; null where it would have to name too many things.</summary>
    internal string? ToExport(PersonalFound found)
    {
        const string start = "api/v1/observations/export?personal=true&";
        if (Value is null) return start + string.Join('&', Named().Select(part => Written(part.Name, part.Value!)));
        var things = found.Series.Select(series => series.Thing.ToString()).Distinct().ToList();
        return found.IsCut || things.Count > MostNamed ? null
            : start + string.Join('&', things.Select(thing => Written("thing", thing)).Concat(found.Series.Select(series => series.Property).Distinct().Select(property => Written("property", property))));
    }

    private IEnumerable<(string Name, string? Value)> Named() =>
        new (string Name, string? Value)[] { ("thing", Thing), ("label", Label), ("organisation", Organisation), ("value", Value) }.Where(part => part.Value is not null);

    private static string Written(string name, string value) => $"{name}={Uri.EscapeDataString(value)}";
}
