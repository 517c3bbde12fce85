using System.Globalization;
using System.Text.RegularExpressions;
using Wanwu.Telemetry.Rollups;

namespace Wanwu.Telemetry.Cold;

/// <summary>The name of a file: its period, its first series and the generation that made it, as <c>2026/2026-01-31.s0.g12.parquet</c>.</summary>
internal static partial class ColdName
{
    public static string Of(ColdSpan span, long generation) =>
        string.Create(CultureInfo.InvariantCulture, $"{span.Period.Label}.s{span.LowSeries}.g{generation}{ColdFiles.Extension}");

    /// <summary>The name of a file of rollups: <c>rollups/1h/2026/2026-01-31.s0.g12.parquet</c>.</summary>
    public static string Of(RollupLevel level, ColdSpan span, long generation) => $"rollups/{level.Name()}/{Of(span, generation)}";

    /// <summary>The name of a file of rollups that have outlived their observations: <c>kept/1h/2026/2026-01-31.s0.g12.parquet</c>.</summary>
    public static string OfKept(RollupLevel level, ColdSpan span, long generation) => $"kept/{level.Name()}/{Of(span, generation)}";

    /// <summary>Whether a file below the folder can be one of ours; what others put there is left alone.</summary>
    public static bool IsOurs(string relative) => Pattern().IsMatch(relative.Replace('\\', '/'));

    [GeneratedRegex(@"^((rollups|kept)/1[mhd]/)?\d{4}/\d{4}(-\d\d){0,2}\.s\d+\.g\d+\.parquet$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
