using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Wanwu.Registry.Mappings;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <param name="Faults">What is wrong, a sentence each; empty when all is well.</param>
internal sealed record RegistryFindings(long Things, long Models, IReadOnlyList<string> Faults);

/// <summary>Reads the whole registry and says what is wrong with it. Changes nothing.</summary>
internal sealed class RegistryCheck(RegistryDatabase database)
{
    private const int MostFaults = 100;

    public Task<RegistryFindings> RunAsync(CancellationToken stop) => Task.Run(() =>
    {
        List<string> faults = [];
        using var connection = database.Open();
        Each(connection, $"PRAGMA integrity_check({MostFaults})", row =>
        {
            if (row.GetString(0) != "ok") faults.Add($"The file is damaged: {row.GetString(0)}.");
        }, stop);
        Each(connection, "PRAGMA foreign_key_check", row =>
            faults.Add($"A row of {row.GetString(0)} refers to a row of {row.GetString(2)} that is not there."), stop);
        Each(connection, "SELECT ModelId, Version, Json FROM ModelVersions", row =>
        {
            if (!ThingModel.TryRead(row.GetString(2), out _, out var ofModel))
                faults.Add($"Version {row.GetInt32(1)} of the model '{row.GetString(0)}' cannot be read. {string.Join(" ", ofModel)}");
        }, stop);
        Each(connection, "SELECT MappingId, Version, Json FROM MappingVersions", row =>
        {
            if (FaultOfMapping(row.GetString(2)) is { } fault) faults.Add($"Version {row.GetInt32(1)} of the mapping '{row.GetString(0)}' cannot be read. {fault}");
        }, stop);
        Each(connection, "SELECT Id, NameHant, NameHans, NameEn, Labels FROM Things", row =>
        {
            if (FaultOf(row) is { } fault) faults.Add($"The thing '{row.GetString(0)}' {fault}.");
        }, stop);
        faults.AddRange(DanglingIn(connection, stop));
        return new RegistryFindings(Count(connection, "Things"), Count(connection, "Models WHERE NOT IsRemoved"), [.. faults.Take(MostFaults)]);
    }, stop);

    internal static List<string> DanglingIn(SqliteConnection connection, CancellationToken stop)
    {
        List<string> faults = [];
        foreach (var (sql, tell) in Dangling) Each(connection, sql, row => faults.Add(string.Format(CultureInfo.InvariantCulture, tell, row.GetString(0), row.GetString(1))), stop);
        return faults;
    }

    /// <summary>What refers to what is not there, without a key of the database that would say so.</summary>
    private static readonly (string Sql, string Tell)[] Dangling =
    [
        ("SELECT o.Id, o.ParentId FROM Organisations o WHERE NOT o.IsRemoved AND o.ParentId IS NOT NULL AND NOT EXISTS (SELECT 1 FROM Organisations p WHERE p.Id = o.ParentId AND NOT p.IsRemoved)",
            "The organisation '{0}' stands below '{1}', which is not there."),
        ("WITH RECURSIVE up (Id, Above) AS (SELECT Id, ParentId FROM Organisations WHERE NOT IsRemoved UNION SELECT up.Id, o.ParentId FROM up JOIN Organisations o ON o.Id = up.Above) SELECT Id, Above FROM up WHERE Id = Above",
            "The organisation '{0}' lies within itself."),
        ("SELECT t.Id, t.Organisation FROM Things t WHERE t.Organisation IS NOT NULL AND NOT EXISTS (SELECT 1 FROM Organisations o WHERE o.Id = t.Organisation AND NOT o.IsRemoved)",
            "The thing '{0}' is of the organisation '{1}', which is not there."),
        ("SELECT g.Id, g.Organisation FROM Grants g WHERE g.Ended IS NULL AND g.Organisation IS NOT NULL AND NOT EXISTS (SELECT 1 FROM Organisations o WHERE o.Id = g.Organisation AND NOT o.IsRemoved)",
            "The grant '{0}' is over the organisation '{1}', which is not there."),
        ("SELECT g.Id, g.Subject FROM Grants g WHERE g.Ended IS NULL AND NOT EXISTS (SELECT 1 FROM People p WHERE p.Id = g.Subject) AND NOT EXISTS (SELECT 1 FROM AccessTokens t WHERE t.Id = g.Subject) AND NOT EXISTS (SELECT 1 FROM Programs c WHERE c.Id = g.Subject)",
            "The grant '{0}' is to '{1}', who is not there."),
        ("SELECT t.Id, t.Owner FROM AccessTokens t WHERE t.Revoked IS NULL AND t.Owner IS NOT NULL AND NOT EXISTS (SELECT 1 FROM People p WHERE p.Id = t.Owner)",
            "The token '{0}' speaks for '{1}', who is not there."),
        ("SELECT c.Id, c.Organisation FROM Programs c WHERE c.Organisation IS NOT NULL AND NOT EXISTS (SELECT 1 FROM Organisations o WHERE o.Id = c.Organisation AND NOT o.IsRemoved)",
            "The program '{0}' is of the organisation '{1}', which is not there."),
    ];

    private static string? FaultOfMapping(string json)
    {
        try
        {
            var faults = new FieldFaults();
            using var document = JsonDocument.Parse(json);
            return MappingReader.Read(document.RootElement, faults) is null ? string.Join(" ", faults.All.Select(fault => $"{fault.Key}: {fault.Value[0]}")) : null;
        }
        catch (JsonException)
        {
            return "It is not JSON.";
        }
    }

    private static string? FaultOf(SqliteDataReader thing)
    {
        if (!ThingId.TryParse(thing.GetString(0), null, out _)) return "has no right id";
        if (!LocalizedText.TryCreate(Text(thing, 1), Text(thing, 2), Text(thing, 3), out _, out var fault)) return $"has no right name: {fault.TrimEnd('.')}";
        try
        {
            if (Text(thing, 4) is { } labels) JsonSerializer.Deserialize<Dictionary<string, string>>(labels);
            return null;
        }
        catch (JsonException)
        {
            return "has labels that cannot be read";
        }
    }

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static void Each(SqliteConnection connection, string sql, Action<SqliteDataReader> take, CancellationToken stop)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            stop.ThrowIfCancellationRequested();
            take(reader);
        }
    }

    private static long Count(SqliteConnection connection, string table)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM {table}";
        return (long)command.ExecuteScalar()!;
    }
}
