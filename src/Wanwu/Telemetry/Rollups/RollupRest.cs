using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Rollups;

/// <summary>The rollups of what is left of a file when some of its rows go, or all.</summary>
internal static class RollupRest
{
    /// <param name="writer">Asked for where there is something to write.</param>
    /// <param name="made">What stands in the file's place; null where nothing is left. What else its rollups sum up may have gone already, or be damaged, and is not asked again.</param>
    public static RollupChange Make(StoreDatabase database, DuckDBConnection connection, Func<ColdWriter> writer, ColdOptions options, ColdFile file, ColdFile? made, Timestamp now)
    {
        List<RollupFile> Meeting() => [.. RollupManifest.Read(connection).Where(rollup => rollup.File.Span.Meets(file.Span))];
        var current = Meeting();
        // What is damaged must not be written anew with a fresh checksum.
        if (database.Cold.SetAsideDamaged(connection, [.. current.Select(rollup => rollup.File)])) current = Meeting();
        if (made is null && current.Count == 0) return RollupChange.None;
        var (generation, rollups) = (ColdManifest.Generation(connection) + 1, new RollupWriter(writer(), database.Zones, options));
        return made is null ? rollups.Without(file.Span, current, generation, now) : rollups.Make([made], [file], current, generation, now);
    }
}
