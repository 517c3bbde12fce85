using System.Collections.Concurrent;
using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Cold;

/// <summary>What all rows of a file have alike, by the statistics in its footer: what is known need not be read. Mostly a file has one kind of value and is good throughout.</summary>
/// <param name="Quality">Null where rows differ.</param>
/// <param name="Kind">Null where rows differ.</param>
internal readonly record struct ColdConstants(long? Quality, long? Kind)
{
    /// <summary>Of several files.</summary>
    public ColdConstants And(ColdConstants other) => new(Quality == other.Quality ? Quality : null, Kind == other.Kind ? Kind : null);

    /// <summary>The columns <c>quality</c> and <c>kind</c> of a file that is called <c>c</c>.</summary>
    public string Columns => $"{Column("quality", Quality)}, {Column("kind", Kind)}";

    private static string Column(string name, long? value) => value is { } one ? string.Create(CultureInfo.InvariantCulture, $"{one}::UTINYINT AS {name}") : $"c.{name}";
}

/// <summary>Finds out about each file once: files never change, and a name is never given twice. Thread-safe.</summary>
internal sealed class ColdFooters
{
    private const int FilesKnown = 10_000;
    private readonly ConcurrentDictionary<string, ColdConstants> _known = new(StringComparer.Ordinal);

    /// <param name="files">At least one.</param>
    public ColdConstants Of(DuckDBConnection connection, ColdView cold, IReadOnlyList<ColdFile> files)
    {
        List<ColdFile> others = [.. files.Where(file => !_known.ContainsKey(file.Name))];
        if (_known.Count > FilesKnown) _known.Clear();
        foreach (var file in others) _known[file.Name] = Read(connection, cold.PathOf(file));
        return files.Select(file => _known.GetValueOrDefault(file.Name)).Aggregate((all, one) => all.And(one));
    }

    private static ColdConstants Read(DuckDBConnection connection, string path)
    {
        long? Only(string column)
        {
            using var rows = new NumberRows(connection, $"""
                SELECT count(DISTINCT stats_min_value), count(DISTINCT stats_max_value), bool_and(stats_min_value = stats_max_value)::BIGINT, min(stats_min_value)::BIGINT, count(*) - count(stats_min_value)
                FROM parquet_metadata({ColdSql.Quote(path)}) WHERE path_in_schema = '{column}'
                """);
            return rows.Read() && rows.Int64(0) == 1 && rows.Int64(1) == 1 && rows.Int64(2) == 1 && rows.Int64(4) == 0 ? rows.Int64(3) : null;
        }

        return new ColdConstants(Only("quality"), Only("kind"));
    }
}
