using Wanwu.Things;

namespace Wanwu.Registry.Organisations;

/// <summary>Which organisations a list shows. What is not set, does not filter.</summary>
internal sealed record OrganisationFilter
{
    /// <summary>Words, each of which is found in id, name or credit code.</summary>
    public string? Text { get; init; }
    /// <summary>Those directly below; empty for those at the top.</summary>
    public string? Parent { get; init; }
    /// <summary>The organisation itself and all below it.</summary>
    public string? Within { get; init; }
}

/// <summary>Finds organisations, in the order of the tree.</summary>
internal static class OrganisationSearch
{
    /// <param name="visible">What the caller may know of (<see cref="Security.Access.AccessRules.VisibleOrganisations"/>).</param>
    /// <param name="after">The last one of the page before, or null for the first page.</param>
    /// <returns>At most <paramref name="limit"/>; null where the one it is to follow is gone.</returns>
    public static IReadOnlyList<OrganisationEntry>? Page(OrganisationTree tree, OrganisationFilter filter, Func<string, bool> visible, string? after, int limit)
    {
        if (after is not null && tree.Find(after) is null) return null;
        var words = SearchText.Fold(filter.Text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return [.. Of(tree, filter).SkipWhile(entry => after is not null && entry.Id != after).Skip(after is null ? 0 : 1).Where(entry => Has(entry, words) && visible(entry.Id)).Take(limit)];
    }

    private static IEnumerable<OrganisationEntry> Of(OrganisationTree tree, OrganisationFilter filter)
    {
        if (filter.Parent is not { } parent) return filter.Within is { } top ? tree.Within(top).ToArray() : tree.All;
        var children = tree.Children(parent.Length == 0 ? null : parent);
        return filter.Within is { } ancestor ? children.Where(child => tree.IsWithin(child.Id, ancestor)) : children;
    }

    private static bool Has(OrganisationEntry organisation, string[] words)
    {
        foreach (var word in words)
            if (!Holds(organisation.Id, word) && !Holds(organisation.Uscc, word) && !HasName(organisation.Name, word)) return false;
        return true;
    }

    private static bool HasName(LocalizedText name, string word) => Holds(name.TraditionalChinese, word) || Holds(name.SimplifiedChinese, word) || Holds(name.English, word);

    private static bool Holds(string? text, string word) => text is not null && SearchText.Fold(text).Contains(word, StringComparison.Ordinal);
}
