using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Retention;

/// <summary>What a file has of one series.</summary>
internal readonly record struct FileCount(int Series, long Rows, long First, long Last);

/// <summary>How many rows each cold file has of each series. Counted when first asked, and kept in the store: files do not change.</summary>
/// <remarks>Worked out from the files, so it may be lost and counted again. Thread-safe.</remarks>
internal sealed class FileCounts(StoreDatabase database)
{
    public const string Table = "cold_counts";
    public const string Create = $"""
        CREATE TABLE IF NOT EXISTS {Table} (file VARCHAR NOT NULL, series INTEGER NOT NULL, rows BIGINT NOT NULL, first_t BIGINT NOT NULL, last_t BIGINT NOT NULL);
        """;
    private readonly Lock _counting = new();

    /// <summary>Counts files that are new, and forgets those that are gone.</summary>
    public void Refresh(DuckDBConnection connection, CancellationToken stop)
    {
        lock (_counting)
        {
            using var held = database.Cold.Hold();
            connection.Execute($"DELETE FROM {Table} WHERE file NOT IN (SELECT name FROM cold_files)");
            var counted = Names(connection);
            foreach (var file in ColdManifest.Read(connection).Where(file => !counted.Contains(file.Name) && !database.Cold.Damaged.ContainsKey(file.Name)))
            {
                stop.ThrowIfCancellationRequested();
                try
                {
                    connection.Execute(Insert(file.Name, database.Cold.PathOf(file)));
                }
                catch (StoreException) when (database.Cold.SetAsideDamaged(connection, [file]))
                {
                    // It is named as damaged, and answers nothing.
                }
            }
        }
    }

    /// <summary>The statement that counts one file.</summary>
    public static string Insert(string name, string path) => $"""
        INSERT INTO {Table} SELECT {ColdSql.Quote(name)}, series, count(*), min(epoch_us(t)), max(epoch_us(t)) FROM {ColdSql.Parquet([path])} GROUP BY series
        """;

    private static HashSet<string> Names(DuckDBConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT DISTINCT file FROM {Table}";
        using var reader = command.ExecuteReader();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read()) names.Add(reader.GetString(0));
        return names;
    }

    public static List<FileCount> Of(DuckDBConnection connection, string file, string table = Table)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // A name of ours.
        command.CommandText = $"SELECT series, rows, first_t, last_t FROM {table} WHERE file = $file";
#pragma warning restore CA2100
        command.Parameters.Add(new DuckDBParameter("file", file));
        using var reader = command.ExecuteReader();
        var counts = new List<FileCount>();
        while (reader.Read()) counts.Add(new FileCount(reader.GetInt32(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3)));
        return counts;
    }

    public static void Forget(DuckDBConnection connection, string file) => connection.Execute(string.Create(CultureInfo.InvariantCulture, $"DELETE FROM {Table} WHERE file = {ColdSql.Quote(file)}"));
}
