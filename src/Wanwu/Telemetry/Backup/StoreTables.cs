using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;

namespace Wanwu.Telemetry.Backup;

/// <summary>What a store holds, as it says itself: a table that is added later is copied and checked without being named here.</summary>
internal static class StoreTables
{
    private const string Ours = "database_name = current_database() AND schema_name = 'main'";

    public static IReadOnlyList<string> Names(DuckDBConnection connection) =>
        [.. Read(connection, $"SELECT table_name, '' FROM duckdb_tables() WHERE {Ours} AND NOT internal AND NOT temporary ORDER BY table_name").Select(row => row.Item1)];

    /// <summary>The tables with the statements that make them, then what is built upon them.</summary>
    public static IReadOnlyList<(string Name, string Sql)> Definitions(DuckDBConnection connection) =>
        Read(connection, $"SELECT table_name, sql FROM duckdb_tables() WHERE {Ours} AND NOT internal AND NOT temporary ORDER BY table_name");

    public static IReadOnlyList<string> Indexes(DuckDBConnection connection) => [.. Read(connection, $"SELECT index_name, sql FROM duckdb_indexes() WHERE {Ours}").Select(row => row.Item2)];

    /// <summary>Every file below the cold folder that some table names with its size and checksum.</summary>
    public static IReadOnlyList<BackupFile> Files(DuckDBConnection connection)
    {
        var lists = Read(connection, $"""
            SELECT table_name, '' FROM duckdb_columns() WHERE {Ours} AND column_name IN ('name', 'bytes', 'sha256') AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE {Ours})
            GROUP BY table_name HAVING count(*) = 3 ORDER BY table_name
            """);
        var files = new List<BackupFile>();
        foreach (var (table, _) in lists)
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT name, bytes, sha256 FROM {table} WHERE name IS NOT NULL AND sha256 IS NOT NULL";
            using var reader = command.ExecuteReader();
            while (reader.Read()) files.Add(new BackupFile($"{ColdFiles.FolderName}/{reader.GetString(0)}", reader.GetInt64(1), reader.GetString(2)));
        }
        return [.. files.DistinctBy(file => file.Path)];
    }

    private static List<(string, string)> Read(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<(string, string)>();
        while (reader.Read()) rows.Add((reader.GetString(0), reader.GetString(1)));
        return rows;
    }
}
