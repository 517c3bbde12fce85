using System.Text;

namespace Wanwu.Registry;

/// <summary>The form in which texts are searched: case, width and composition do not count, everything else does.</summary>
internal static class SearchText
{
    /// <summary>Between the texts of one thing, so that nothing is found across two of them.</summary>
    private const char Separator = '\u0001';

    public static string Fold(string text)
    {
        if (!text.IsNormalized(NormalizationForm.FormKC)) text = text.Normalize(NormalizationForm.FormKC);
        return text.ToLowerInvariant();
    }

    /// <summary>The words of a query, each to be found somewhere.</summary>
    private static byte[][] Words(string query) =>
        [.. Fold(query).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Distinct().Select(Encoding.UTF8.GetBytes)];

    /// <summary>What a thing of the filter must have in its text: the words, and the identifier whole.</summary>
    public static byte[][] WordsOf(ThingFilter filter)
    {
        var words = Words(filter.Text ?? "");
        return filter.Identifier is { } identifier ? [Encoding.UTF8.GetBytes(Fold(identifier.Value)), .. words] : words;
    }

    /// <summary>All that a thing is found by: its names, its id and its identifiers.</summary>
    public static byte[] Of(ThingEntry thing)
    {
        var text = new StringBuilder(160).Append(Separator);
        Add(text, thing.Name.TraditionalChinese);
        if (thing.Name.SimplifiedChinese != thing.Name.TraditionalChinese) Add(text, thing.Name.SimplifiedChinese);
        if (thing.Name.English != thing.Name.TraditionalChinese) Add(text, thing.Name.English);
        text.Append(thing.Id.ToString()).Append(Separator);
        foreach (var identifier in thing.Identifiers)
        {
            Add(text, identifier.Value);
            if (!ReferenceEquals(identifier.Raw, identifier.Value)) Add(text, identifier.Raw);
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Add(StringBuilder text, string? part)
    {
        if (part is not null) text.Append(Fold(part)).Append(Separator);
    }
}
