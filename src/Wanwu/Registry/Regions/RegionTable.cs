using System.Collections.Frozen;
using System.Reflection;
using Wanwu.Things;

namespace Wanwu.Registry.Regions;

/// <summary>The regions of China by their codes (GB/T 2260 and the changes since), those that have ended among them: what was written with their codes stays readable.</summary>
/// <remarks>Read from <c>regions.tsv</c> beside this file, whose head says what it was made of.</remarks>
internal static class RegionTable
{
    /// <summary>The month as of which the list holds.</summary>
    public const string Version = "2025-01";

    /// <summary>All of them, by code.</summary>
    public static readonly IReadOnlyList<Region> All = Read();

    private static readonly FrozenDictionary<string, Region> ByCode = All.ToFrozenDictionary(region => region.Code, StringComparer.Ordinal);
    private static readonly ILookup<string, Region> Below = All.ToLookup(region => ParentOf(region.Code) ?? "", StringComparer.Ordinal);

    public static Region? Find(string? code) => code is not null && ByCode.TryGetValue(code, out var region) ? region : null;

    /// <summary>Those directly below, by code; of null the provinces.</summary>
    public static IEnumerable<Region> Children(string? code, bool withEnded = false) => Below[code ?? ""].Where(region => withEnded || region.Until is null);

    /// <summary>The code of what it lies in: a county that stands directly below its province has no prefecture between.</summary>
    public static string? ParentOf(string code) => Region.LevelOf(code) switch
    {
        RegionLevel.Province => null,
        RegionLevel.County when ByCode.ContainsKey(code[..4] + "00") => code[..4] + "00",
        _ => code[..2] + "0000",
    };

    /// <summary>The regions a code lies in, from the province down to itself, as far as they are known.</summary>
    public static IReadOnlyList<Region> PathOf(string code)
    {
        List<Region> path = [];
        for (string? at = code; at is not null; at = ParentOf(at))
            if (Find(at) is { } region) path.Insert(0, region);
        return path;
    }

    /// <summary>Each word is found in the code's beginning or in a name, of the region itself or of one it lies in; best those that bear it themselves.</summary>
    public static IEnumerable<Region> Search(string text, bool withEnded = false)
    {
        var words = SearchText.Fold(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) return [];
        return All.Where(region => (withEnded || region.Until is null) && words.Any(word => Has(region, word)) && words.All(word => PathOf(region.Code).Any(at => Has(at, word))))
            .OrderBy(region => region.Until is not null).ThenBy(region => words.Any(word => IsNamed(region, word)) ? 0 : 1).ThenBy(region => region.Level);
    }

    /// <summary>What is odd about a code of right form that a thing is to have; null when nothing is.</summary>
    public static string? DoubtOf(string code) => Find(code) switch
    {
        null => $"The region {code} is not in the list of {Version}. It was taken as it is; look whether it is right.",
        { Until: { } until } region => $"The region {code} ({region.Name.English ?? region.Name.SimplifiedChinese}) has ended: it stood last in the list of {until}.",
        _ => null,
    };

    private static bool Has(Region region, string word) =>
        region.Code.StartsWith(word, StringComparison.Ordinal) || Holds(region.Name.SimplifiedChinese, word) || Holds(region.Name.TraditionalChinese, word) || Holds(region.Name.English, word);

    private static bool IsNamed(Region region, string word) =>
        region.Code == word || IsPrefix(region.Name.SimplifiedChinese, word) || IsPrefix(region.Name.TraditionalChinese, word) || IsPrefix(region.Name.English, word);

    private static bool IsPrefix(string? name, string word) => name is not null && SearchText.Fold(name).StartsWith(word, StringComparison.Ordinal);

    private static bool Holds(string? name, string word) => name is not null && SearchText.Fold(name).Contains(word, StringComparison.Ordinal);

    private static List<Region> Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("regions.tsv")!;
        using var reader = new StreamReader(stream);
        List<Region> regions = [];
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            var parts = line.Split('\t');
            var (hans, hant, en, until) = (parts[1], Part(parts, 2), Part(parts, 3), Part(parts, 4));
            regions.Add(new Region(parts[0], LocalizedText.Of(hant ?? hans, hans, en), until is null ? null : $"{until[..4]}-{until[4..]}"));
        }
        return regions;
    }

    private static string? Part(string[] parts, int at) => parts.Length > at && parts[at].Length > 0 ? parts[at] : null;
}
