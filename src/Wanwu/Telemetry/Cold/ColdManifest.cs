using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Rollups.Kept;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Cold;

/// <summary>The files there are, as the store's own tables say: a change of them commits together with the rows that move, or not at all.</summary>
internal static class ColdManifest
{
    /// <summary>The generation counts changes of the list, so that a reader knows whether what it remembers still stands. <c>cold_series</c> keeps what a start must know of a series without opening files.</summary>
    public const string Create = """
        CREATE TABLE IF NOT EXISTS cold_state (generation BIGINT NOT NULL);
        INSERT INTO cold_state SELECT 0 WHERE NOT EXISTS (FROM cold_state);
        CREATE TABLE IF NOT EXISTS cold_files (name VARCHAR NOT NULL, from_t BIGINT NOT NULL, to_t BIGINT NOT NULL, low_series INTEGER NOT NULL, high_series INTEGER NOT NULL,
            first_t BIGINT NOT NULL, last_t BIGINT NOT NULL, first_series INTEGER NOT NULL, last_series INTEGER NOT NULL, rows BIGINT NOT NULL, bytes BIGINT NOT NULL,
            sha256 VARCHAR NOT NULL, written BIGINT NOT NULL, damage VARCHAR);
        CREATE TABLE IF NOT EXISTS cold_series (series INTEGER NOT NULL, first_t BIGINT NOT NULL, t BIGINT NOT NULL, received BIGINT NOT NULL,
            quality UTINYINT NOT NULL, kind UTINYINT NOT NULL, number DOUBLE, number2 DOUBLE, integer BIGINT, text VARCHAR);
        """;

    public static readonly string[] Tables = ["cold_state", "cold_files", "cold_series"];

    public static long Generation(DuckDBConnection connection) => connection.Known("SELECT generation FROM cold_state");

    /// <summary>Every file, damaged ones too, in order of time and series.</summary>
    public static List<ColdFile> Read(DuckDBConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT name, from_t, to_t, low_series, high_series, first_t, last_t, first_series, last_series, rows, bytes, sha256, written, damage
            FROM cold_files ORDER BY from_t, low_series
            """;
        using var reader = command.ExecuteReader();
        var files = new List<ColdFile>();
        while (reader.Read())
        {
            var span = new ColdSpan(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt32(3), reader.GetInt32(4));
            files.Add(new ColdFile(reader.GetString(0), span, reader.GetInt64(5), reader.GetInt64(6), reader.GetInt32(7), reader.GetInt32(8),
                reader.GetInt64(9), reader.GetInt64(10), reader.GetString(11), reader.GetInt64(12), reader.IsDBNull(13) ? null : reader.GetString(13)));
        }
        return files;
    }

    /// <summary>Puts <paramref name="made"/> in the place of <paramref name="replaced"/>. To be called within a transaction.</summary>
    public static void Replace(DuckDBConnection connection, IReadOnlyList<ColdFile> replaced, IReadOnlyList<ColdFile> made, RollupChange rollups)
    {
        foreach (var file in replaced) connection.Execute($"DELETE FROM cold_files WHERE name = {ColdSql.Quote(file.Name)}");
        foreach (var (file, span) in made.Select(file => (file, file.Span)))
        {
            connection.Execute(string.Create(CultureInfo.InvariantCulture, $"""
                INSERT INTO cold_files VALUES ({ColdSql.Quote(file.Name)}, {span.From}, {span.To}, {span.LowSeries}, {span.HighSeries}, {file.FirstTime}, {file.LastTime},
                    {file.FirstSeries}, {file.LastSeries}, {file.Rows}, {file.Bytes}, {ColdSql.Quote(file.Sha256)}, {file.Written}, NULL)
                """));
        }
        RollupManifest.Replace(connection, rollups);
        connection.Execute("UPDATE cold_state SET generation = generation + 1");
    }

    public static void SetDamage(DuckDBConnection connection, string name, string? damage)
    {
        foreach (var table in (ReadOnlySpan<string>)["cold_files", "rollup_files", KeptManifest.Table])
            connection.Execute($"UPDATE {table} SET damage = {(damage is null ? "NULL" : ColdSql.Quote(damage))} WHERE name = {ColdSql.Quote(name)}");
    }

    /// <summary>Every file there is below the cold folder: observations, their rollups, and rollups that have outlived them.</summary>
    public static IEnumerable<ColdFile> ReadAll(DuckDBConnection connection) => Read(connection).Concat(RollupManifest.Read(connection).Concat(KeptManifest.Read(connection)).Select(rollup => rollup.File));
}
