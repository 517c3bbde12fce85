using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Rollups;

/// <summary>A rollup file of one level. It has a life of its own: what it was made of may go.</summary>
internal sealed record RollupFile(RollupLevel Level, ColdFile File);

/// <summary>What the store keeps of rollups: the files there are, the hours that are hot, and which of all this is out of date.</summary>
internal static class RollupManifest
{
    /// <summary>
    /// Every hot row before the watermark is in <c>rollup_hours</c> or its hour is in <c>rollup_dirty</c>; with series -1 the hour is out of date for all.
    /// <c>rollup_sources</c> names the cold files whose rollups are made, whether or not a level was worth a file.
    /// </summary>
    public const string Create = $"""
        CREATE TABLE IF NOT EXISTS rollup_state (watermark BIGINT NOT NULL);
        INSERT INTO rollup_state SELECT {Nothing} WHERE NOT EXISTS (FROM rollup_state);
        CREATE TABLE IF NOT EXISTS rollup_files (level VARCHAR NOT NULL, name VARCHAR NOT NULL, from_t BIGINT NOT NULL, to_t BIGINT NOT NULL, low_series INTEGER NOT NULL,
            high_series INTEGER NOT NULL, first_t BIGINT NOT NULL, last_t BIGINT NOT NULL, first_series INTEGER NOT NULL, last_series INTEGER NOT NULL, rows BIGINT NOT NULL,
            bytes BIGINT NOT NULL, sha256 VARCHAR NOT NULL, written BIGINT NOT NULL, damage VARCHAR);
        CREATE TABLE IF NOT EXISTS rollup_sources (name VARCHAR NOT NULL);
        CREATE TABLE IF NOT EXISTS rollup_dirty (series INTEGER NOT NULL, hour BIGINT NOT NULL);
        CREATE TABLE IF NOT EXISTS rollup_hours ({RollupSql.Table});
        """;

    public const string Nothing = "-9223372036854775807";
    public const int AllSeries = -1;
    public static readonly string[] Tables = ["rollup_state", "rollup_files", "rollup_sources", "rollup_dirty", "rollup_hours"];

    public static long Watermark(DuckDBConnection connection) => connection.Known("SELECT watermark FROM rollup_state");

    /// <summary>Whether anything at all is out of date.</summary>
    public static bool HasDirty(DuckDBConnection connection) => connection.Known("SELECT count(*) FROM rollup_dirty") > 0;

    /// <summary>Every file, damaged ones too, in order of time and series.</summary>
    public static List<RollupFile> Read(DuckDBConnection connection, string table = "rollup_files")
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // A name of ours.
        command.CommandText = $"""
            SELECT level, name, from_t, to_t, low_series, high_series, first_t, last_t, first_series, last_series, rows, bytes, sha256, written, damage
            FROM {table} ORDER BY level, from_t, low_series
            """;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var files = new List<RollupFile>();
        while (reader.Read())
        {
            var level = Enum.GetValues<RollupLevel>().Single(level => level.Name() == reader.GetString(0));
            var span = new ColdSpan(reader.GetInt64(2), reader.GetInt64(3), reader.GetInt32(4), reader.GetInt32(5));
            files.Add(new RollupFile(level, new ColdFile(reader.GetString(1), span, reader.GetInt64(6), reader.GetInt64(7), reader.GetInt32(8), reader.GetInt32(9),
                reader.GetInt64(10), reader.GetInt64(11), reader.GetString(12), reader.GetInt64(13), reader.IsDBNull(14) ? null : reader.GetString(14))));
        }
        return files;
    }

    /// <summary>Cold files, by name, whose rollups are still to be made.</summary>
    public static HashSet<string> Pending(DuckDBConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM cold_files WHERE damage IS NULL AND name NOT IN (SELECT name FROM rollup_sources)";
        using var reader = command.ExecuteReader();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read()) names.Add(reader.GetString(0));
        return names;
    }

    /// <summary>Puts rollups in place. To be called within the transaction that changes the list of cold files.</summary>
    public static void Replace(DuckDBConnection connection, RollupChange change)
    {
        foreach (var (_, file) in change.Replaced)
        {
            // What else a damaged file answered for is to be made anew.
            if (file.Damage is not null) RemoveSources(connection, file.Span);
            connection.Execute($"DELETE FROM rollup_files WHERE name = {ColdSql.Quote(file.Name)}");
        }
        foreach (var made in change.Made) Add(connection, made);
        foreach (var source in change.Sources) connection.Execute($"INSERT INTO rollup_sources VALUES ({ColdSql.Quote(source.Name)})");
        connection.Execute("DELETE FROM rollup_sources WHERE name NOT IN (SELECT name FROM cold_files)");
    }

    /// <summary>Names a file. To be called within a transaction.</summary>
    public static void Add(DuckDBConnection connection, RollupFile made, string table = "rollup_files")
    {
        var (level, file, span) = (made.Level, made.File, made.File.Span);
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"""
            INSERT INTO {table} VALUES ('{level.Name()}', {ColdSql.Quote(file.Name)}, {span.From}, {span.To}, {span.LowSeries}, {span.HighSeries}, {file.FirstTime},
                {file.LastTime}, {file.FirstSeries}, {file.LastSeries}, {file.Rows}, {file.Bytes}, {ColdSql.Quote(file.Sha256)}, {file.Written}, NULL)
            """));
    }

    private static void RemoveSources(DuckDBConnection connection, ColdSpan span) => connection.Execute(string.Create(CultureInfo.InvariantCulture, $"""
        DELETE FROM rollup_sources WHERE name IN (SELECT name FROM cold_files WHERE from_t < {span.To} AND to_t > {span.From}
            AND low_series <= {span.HighSeries} AND high_series >= {span.LowSeries})
        """));

    /// <summary>What was hot in the span is cold now, with all that was out of date of it.</summary>
    public static void Leave(DuckDBConnection connection, ColdSpan span)
    {
        // What is noted of all series leaves with all of them.
        var lowest = span is { LowSeries: 0, HighSeries: int.MaxValue } ? AllSeries : span.LowSeries;
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"""
            DELETE FROM rollup_hours WHERE start >= {span.From} AND start < {span.To} AND series BETWEEN {span.LowSeries} AND {span.HighSeries};
            DELETE FROM rollup_dirty WHERE hour >= {span.From} AND hour < {span.To} AND series BETWEEN {lowest} AND {span.HighSeries}
            """));
    }
}

/// <summary>Rollup files to come and to go, and the cold files whose rollups they are.</summary>
internal sealed record RollupChange(IReadOnlyList<RollupFile> Replaced, IReadOnlyList<RollupFile> Made, IReadOnlyList<ColdFile> Sources)
{
    public static readonly RollupChange None = new([], [], []);
}
