using System.Globalization;
using System.Text.Json.Serialization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

[JsonConverter(typeof(JsonStringEnumConverter<ExpiryKind>))]
internal enum ExpiryKind : byte
{
    /// <summary>A cold file went whole.</summary>
    [JsonStringEnumMemberName("file")] File,
    /// <summary>A cold file was written anew without what has expired.</summary>
    [JsonStringEnumMemberName("rewritten")] Rewritten,
    /// <summary>Rows of the hot store that no file is there for.</summary>
    [JsonStringEnumMemberName("hot")] Hot,
    /// <summary>Rollups that had outlived their observations.</summary>
    [JsonStringEnumMemberName("rollups")] Rollups,
    /// <summary>Somebody ordered it: a file without rows of a subject, or hot rows.</summary>
    [JsonStringEnumMemberName("erased")] Erased,
}

/// <summary>One thing that expired.</summary>
/// <param name="File">The file that went, or was written anew; empty for hot rows.</param>
/// <param name="From">Start of its period.</param>
/// <param name="To">End of its period, exclusive.</param>
/// <param name="Rows">Observations that went, or rows of rollups.</param>
/// <param name="Bytes">Bytes of files that were set free.</param>
/// <param name="Policies">The policies by which, separated by commas; or the order.</param>
internal sealed record ExpiryView(long Id, Timestamp Time, ExpiryKind Kind, string File, Timestamp From, Timestamp To, long Rows, long Bytes, string Policies);

/// <summary>What has expired, in the store itself: written in the transaction that lets it go.</summary>
internal static class ExpiryJournal
{
    private const int Kept = 10_000;

    /// <summary>The sums go on when the oldest entries of the journal go.</summary>
    public const string Create = """
        CREATE TABLE IF NOT EXISTS expiries (id BIGINT NOT NULL, time BIGINT NOT NULL, kind UTINYINT NOT NULL, file VARCHAR NOT NULL,
            from_t BIGINT NOT NULL, to_t BIGINT NOT NULL, rows BIGINT NOT NULL, bytes BIGINT NOT NULL, policies VARCHAR NOT NULL);
        CREATE TABLE IF NOT EXISTS expired (entries BIGINT NOT NULL, rows BIGINT NOT NULL, bytes BIGINT NOT NULL);
        INSERT INTO expired SELECT 0, 0, 0 WHERE NOT EXISTS (FROM expired);
        """;

    public static readonly string[] Tables = ["expiries", "expired"];

    /// <summary>Observations that have expired since the installation began.</summary>
    public static long Total(DuckDBConnection connection) => connection.Scalar("SELECT rows FROM expired");

    /// <summary>To be called within the transaction.</summary>
    public static void Write(DuckDBConnection connection, Timestamp now, ExpiryKind kind, string file, ColdPeriod period, long rows, long bytes, string policies)
    {
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"""
            UPDATE expired SET entries = entries + 1, rows = rows + {(kind == ExpiryKind.Rollups ? 0 : rows)}, bytes = bytes + {bytes};
            INSERT INTO expiries SELECT entries, {now.Microseconds}, {(byte)kind}, {ColdSql.Quote(file)}, {period.From}, {period.To}, {rows}, {bytes}, {ColdSql.Quote(policies)} FROM expired;
            DELETE FROM expiries WHERE id <= (SELECT entries FROM expired) - {Kept}
            """));
    }

    /// <summary>Newest first.</summary>
    public static List<ExpiryView> Read(DuckDBConnection connection, long before, int limit)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, time, kind, file, from_t, to_t, rows, bytes, policies FROM expiries WHERE id < $before ORDER BY id DESC LIMIT $limit";
        command.Parameters.Add(new DuckDBParameter("before", before));
        command.Parameters.Add(new DuckDBParameter("limit", limit));
        using var reader = command.ExecuteReader();
        var entries = new List<ExpiryView>();
        while (reader.Read())
        {
            entries.Add(new ExpiryView(reader.GetInt64(0), new Timestamp(reader.GetInt64(1)), (ExpiryKind)reader.GetByte(2), reader.GetString(3),
                new Timestamp(reader.GetInt64(4)), new Timestamp(reader.GetInt64(5)), reader.GetInt64(6), reader.GetInt64(7), reader.GetString(8)));
        }
        return entries;
    }
}
