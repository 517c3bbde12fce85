using Wanwu.Things;

namespace Wanwu.Registry.Regions;

internal enum RegionLevel : byte
{
    Province,
    Prefecture,
    County,
}

/// <summary>A region of GB/T 2260.</summary>
/// <param name="Until">Year and month of the last list it stood in, as <c>2009-12</c>; null while it is there.</param>
internal sealed record Region(string Code, LocalizedText Name, string? Until)
{
    public RegionLevel Level => LevelOf(Code);

    /// <summary>Two digits a level: a province ends in 0000, a prefecture in 00.</summary>
    public static RegionLevel LevelOf(string code) =>
        !code.EndsWith("00", StringComparison.Ordinal) ? RegionLevel.County : code.EndsWith("0000", StringComparison.Ordinal) ? RegionLevel.Province : RegionLevel.Prefecture;
}
