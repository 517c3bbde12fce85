using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Erasure;

/// <summary>A file that was written anew, or removed, for an erasure.</summary>
/// <param name="File">What it was called; empty for one that is new.</param>
/// <param name="Made">What stands in its place; empty where nothing is left.</param>
internal sealed record ErasedFile(string File, string Sha256, string Made, string MadeSha256, long Rows);

/// <summary>What erasures did to files and rows, in the store itself: written in the transaction that does it. A store put back from a backup knows by it which orders it has not seen.</summary>
internal static class ErasureJournal
{
    private const string Done = "done";

    public const string Create = """
        CREATE TABLE IF NOT EXISTS erasures (id VARCHAR NOT NULL, kind VARCHAR NOT NULL, file VARCHAR NOT NULL, file_sha256 VARCHAR NOT NULL, made VARCHAR NOT NULL,
            made_sha256 VARCHAR NOT NULL, rows BIGINT NOT NULL, time BIGINT NOT NULL);
        """;

    public static readonly string[] Tables = ["erasures"];

    /// <summary>To be called within the transaction.</summary>
    public static void Write(DuckDBConnection connection, string id, Timestamp now, ColdFile? file, ColdFile? made, long rows) => Write(connection, id, "file", now, file, made, rows);

    private static void Write(DuckDBConnection connection, string id, string kind, Timestamp now, ColdFile? file, ColdFile? made, long rows) =>
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"""
            INSERT INTO erasures VALUES ({ColdSql.Quote(id)}, '{kind}', {ColdSql.Quote(file?.Name ?? "")}, {ColdSql.Quote(file?.Sha256 ?? "")},
                {ColdSql.Quote(made?.Name ?? "")}, {ColdSql.Quote(made?.Sha256 ?? "")}, {rows}, {now.Microseconds})
            """));

    public static void WriteDone(DuckDBConnection connection, string id, Timestamp now) => Write(connection, id, Done, now, null, null, 0);

    public static bool IsDone(DuckDBConnection connection, string id) => connection.Scalar($"SELECT count(*) FROM erasures WHERE kind = '{Done}' AND id = {ColdSql.Quote(id)}") > 0;

    /// <summary>What was done to files for an order, in the order of time.</summary>
    public static List<ErasedFile> Files(DuckDBConnection connection, string id)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT file, file_sha256, made, made_sha256, rows FROM erasures WHERE id = $id AND kind = 'file' ORDER BY time, file, made";
        command.Parameters.Add(new DuckDBParameter("id", id));
        using var reader = command.ExecuteReader();
        var files = new List<ErasedFile>();
        while (reader.Read()) files.Add(new ErasedFile(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetInt64(4)));
        return files;
    }
}
