using Wanwu.Console.Language;
using Wanwu.Registry;
using Wanwu.Registry.Organisations;
using Wanwu.Registry.Regions;

namespace Wanwu.Console.Parts;

/// <summary>Organisations and regions by name, in the reader's language: for pickers, cells and filters.</summary>
internal sealed class Places(ThingDirectory things, Words words)
{
    private const int Most = 12;

    /// <param name="visible">What the reader may know of.</param>
    public IReadOnlyList<Pick> FindOrganisations(string text, Func<string, bool> visible)
    {
        var tree = things.Organisations;
        return [.. (OrganisationSearch.Page(tree, new OrganisationFilter { Text = text }, visible, null, Most) ?? []).Select(entry => new Pick(entry.Id, entry.Name.For(words.Culture), AboveOf(tree, entry.Id)))];
    }

    private string AboveOf(OrganisationTree tree, string id) => string.Join(" › ", tree.Ancestors(id).Take(3).Reverse().Select(above => above.Name.For(words.Culture)));

    public string? OrganisationName(string? id) => things.Organisations.Find(id)?.Name.For(words.Culture);

    public IReadOnlyList<Pick> FindRegions(string text)
    {
        var found = text.Length == 0 ? RegionTable.Children(null) : RegionTable.Search(text).Take(Most);
        return [.. found.Select(region => new Pick(region.Code, region.Name.For(words.Culture), string.Join(" › ", RegionTable.PathOf(region.Code).SkipLast(1).Select(above => above.Name.For(words.Culture)).Append(region.Code))))];
    }

    public string? RegionName(string? code) => RegionTable.Find(code)?.Name.For(words.Culture);

    /// <summary>From the province down, with the code.</summary>
    public string RegionInFull(string code) => RegionTable.PathOf(code) is { Count: > 0 } path
        ? $"{string.Join(" › ", path.Select(region => region.Name.For(words.Culture)))} ({code})"
        : code;
}
