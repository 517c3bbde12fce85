using Microsoft.Data.Sqlite;
using Wanwu.Things;

namespace Wanwu.Security.Certificates;

/// <summary>That a certificate was revoked.</summary>
internal sealed record Revocation(string Serial, Timestamp When, string? Reason);

/// <summary>Revocations as a registry holds them that is not the one in use, as one that a restore has put aside.</summary>
internal static class Revocations
{
    private const string Revoked = "SELECT Serial, Revoked, Reason FROM Certificates WHERE Revoked IS NOT NULL";

    /// <summary>All of them; null where the file cannot be read, or is older than certificates.</summary>
    public static List<Revocation>? Read(string registry)
    {
        try
        {
            var revocations = new List<Revocation>();
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = registry, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = Revoked;
            using var row = command.ExecuteReader();
            while (row.Read()) revocations.Add(new Revocation(row.GetString(0), new Timestamp(row.GetInt64(1)), row.IsDBNull(2) ? null : row.GetString(2)));
            return revocations;
        }
        catch (SqliteException)
        {
            return null;
        }
    }
}
