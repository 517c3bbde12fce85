namespace Wanwu.Things;

/// <summary>GS1 Digital Link: a web address whose path names a thing by a GS1 key and its qualifiers.</summary>
/// <remarks>
/// Every resolver may serve the same key, so the canonical form is the one at id.gs1.org, with numeric application identifiers, GTIN-14 and
/// without the attributes after <c>?</c>, which describe the thing and do not name it.
/// </remarks>
internal static class Gs1DigitalLink
{
    /// <summary>The keys, each with its old short name, its rule and the qualifiers that may follow it, in their fixed order.</summary>
    private static readonly (string Ai, string ShortName, IdentifierRule Rule, string[] Qualifiers)[] Keys =
    [
        ("01", "gtin", Gs1Keys.Gtin, ["22", "10", "21", "235"]),
        ("00", "sscc", Gs1Keys.Sscc, []),
        ("253", "gdti", Gs1Keys.Gdti, []),
        ("414", "gln", Gs1Keys.Gln, ["254", "7040"]),
        ("8003", "grai", Gs1Keys.Grai, []),
        ("8004", "giai", Gs1Keys.Giai, ["7040"]),
        ("8013", "gmn", Gs1Keys.Gmn, []),
        ("8017", "gsrnp", Gs1Keys.Gsrn, ["8019"]),
        ("8018", "gsrn", Gs1Keys.Gsrn, ["8019"]),
    ];

    private static readonly Dictionary<string, string> QualifierNames = new(StringComparer.Ordinal)
    {
        ["cpv"] = "22", ["lot"] = "10", ["ser"] = "21", ["glnx"] = "254", ["srin"] = "8019",
    };

    public static IdentifierCheck Check(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            return IdentifierCheck.Refuse("Expected a web address, as https://id.gs1.org/01/09506000134352.");
        var segments = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        // The key is looked for from the right: what stands before it is the resolver's own path. A lot may read like a key, so the first that fits counts.
        var check = IdentifierCheck.Refuse("The path has no GS1 key, as /01/ followed by a GTIN.");
        for (var at = segments.Length - 2; at >= 0 && !check.IsValid; at--)
            foreach (var key in Keys)
                if (segments[at] == key.Ai || segments[at] == key.ShortName) check = Check(segments.AsSpan(at + 1), key.Ai, key.Rule, key.Qualifiers);
        return check;
    }

    private static IdentifierCheck Check(ReadOnlySpan<string> rest, string ai, IdentifierRule rule, string[] qualifiers)
    {
        var key = rule(Uri.UnescapeDataString(rest[0]));
        if (!key.IsValid) return key;
        if (rest.Length % 2 == 0) return IdentifierCheck.Refuse($"The qualifier {rest[^1]} has no value.");
        var path = $"https://id.gs1.org/{ai}/{Uri.EscapeDataString(key.Value!)}";
        var next = 0;
        for (var i = 1; i < rest.Length; i += 2)
        {
            var name = QualifierNames.GetValueOrDefault(rest[i], rest[i]);
            var place = Array.IndexOf(qualifiers, name, next);
            if (place < 0)
            {
                var allowed = qualifiers.Length == 0 ? "nothing" : string.Join(", ", qualifiers);
                return IdentifierCheck.Refuse($"{name} cannot stand here; after {ai} may come, in this order: {allowed}.");
            }
            var value = Uri.UnescapeDataString(rest[i + 1]);
            if (value.Length > 30 || Gs1Keys.FaultOf82(value) is not null)
                return IdentifierCheck.Refuse($"The value of {name}, '{value}', is not 1 to 30 GS1 characters.");
            path += $"/{name}/{Uri.EscapeDataString(value)}";
            next = place + 1;
        }
        return IdentifierCheck.Accept(path);
    }
}
