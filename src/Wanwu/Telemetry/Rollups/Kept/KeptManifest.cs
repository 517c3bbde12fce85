using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Rollups.Kept;

/// <summary>A file of rollups that have outlived their observations, and what it has of each series.</summary>
internal sealed record KeptFile(RollupFile Rollup, IReadOnlyList<FileCount> Counts);

/// <summary>The rollups of observations that have expired. They add up with all else there is: no observation is summed up here and there.</summary>
/// <remarks>Nobody makes them anew, for there is nothing to make them of: only an expiry writes and replaces them.</remarks>
internal static class KeptManifest
{
    public const string Table = "kept_rollups";
    public const string Counts = "kept_counts";
    public const string Create = $"""
        CREATE TABLE IF NOT EXISTS {Table} (level VARCHAR NOT NULL, name VARCHAR NOT NULL, from_t BIGINT NOT NULL, to_t BIGINT NOT NULL, low_series INTEGER NOT NULL,
            high_series INTEGER NOT NULL, first_t BIGINT NOT NULL, last_t BIGINT NOT NULL, first_series INTEGER NOT NULL, last_series INTEGER NOT NULL, rows BIGINT NOT NULL,
            bytes BIGINT NOT NULL, sha256 VARCHAR NOT NULL, written BIGINT NOT NULL, damage VARCHAR);
        CREATE TABLE IF NOT EXISTS {Counts} (file VARCHAR NOT NULL, series INTEGER NOT NULL, rows BIGINT NOT NULL, first_t BIGINT NOT NULL, last_t BIGINT NOT NULL);
        """;

    /// <summary>Every file, damaged ones too, in order of level, time and series.</summary>
    public static List<RollupFile> Read(DuckDBConnection connection) => RollupManifest.Read(connection, Table);

    /// <summary>Names files. To be called within the transaction that lets the observations go.</summary>
    public static void Add(DuckDBConnection connection, IReadOnlyList<KeptFile> made)
    {
        foreach (var (rollup, _) in made) RollupManifest.Add(connection, rollup, Table);
        if (made.Count == 0) return;
        using var appender = new ColumnAppender(connection, Counts);
        foreach (var (rollup, counts) in made)
            foreach (var (series, rows, first, last) in counts)
            {
                appender.Text(0, rollup.File.Name);
                appender.Int32(1, series);
                appender.Int64(2, rows);
                appender.Int64(3, first);
                appender.Int64(4, last);
                appender.Next();
            }
        appender.Finish();
    }

    /// <summary>To be called within a transaction.</summary>
    public static void Remove(DuckDBConnection connection, ColdFile file) =>
        connection.Execute($"DELETE FROM {Table} WHERE name = {ColdSql.Quote(file.Name)}; DELETE FROM {Counts} WHERE file = {ColdSql.Quote(file.Name)}");

    /// <summary>Whether one of the times lies where only rollups are left of the series.</summary>
    public static bool HasAnyOf(DuckDBConnection connection, int series, IReadOnlyList<Timestamp> times) => times.Count > 0 && connection.Scalar(string.Create(CultureInfo.InvariantCulture, $"""
        SELECT count(*) FROM {Counts} k, (SELECT unnest([{string.Join(", ", times.Select(time => time.Microseconds))}]) AS t) WHERE k.series = {series} AND t BETWEEN k.first_t AND k.last_t
        """)) > 0;

    /// <summary>First and last time of each series.</summary>
    public static List<(int Series, long First, long Last)> Bounds(DuckDBConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT series, min(first_t), max(last_t) FROM {Counts} GROUP BY series";
        using var reader = command.ExecuteReader();
        var bounds = new List<(int, long, long)>();
        while (reader.Read()) bounds.Add((reader.GetInt32(0), reader.GetInt64(1), reader.GetInt64(2)));
        return bounds;
    }
}
