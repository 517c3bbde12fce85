using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;

namespace Wanwu.Tests.Telemetry.Erasure;

/// <summary>A name and a number that occur nowhere else, and a look for them in every byte of a folder and in every value of its tables, however they are compressed.</summary>
internal sealed class Canary
{
    public string Name { get; } = RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 24);

    public double Number { get; } = Math.Round(RandomNumberGenerator.GetInt32(1_000_000) / 7.0, 9);

    public string NumberText => Number.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Where they were found: file by file, and column by column. The server must not run.</summary>
    public List<string> FindIn(string folder, IReadOnlyCollection<string>? butNot = null)
    {
        var found = new List<string>();
        var patterns = Patterns();
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var bytes = File.ReadAllBytes(path);
            found.AddRange(patterns.Where(pattern => bytes.AsSpan().IndexOf(pattern.Bytes) >= 0).Select(pattern => $"{Path.GetRelativePath(folder, path)} has the {pattern.What}"));
        }
        found.AddRange(FindInColumns(folder));
        return [.. found.Where(one => butNot?.Any(place => one.StartsWith(place, StringComparison.Ordinal)) != true)];
    }

    private List<(string What, byte[] Bytes)> Patterns() =>
    [
        ("name", Encoding.UTF8.GetBytes(Name)), ("name's beginning", Encoding.UTF8.GetBytes(Name[..8])), ("number", BitConverter.GetBytes(Number)), ("number in digits", Encoding.UTF8.GetBytes(NumberText)),
    ];

    private List<string> FindInColumns(string folder)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        var store = Path.Combine(folder, StoreDatabase.FileName);
        if (File.Exists(store)) connection.Execute($"ATTACH {ColdSql.Quote(store)} AS store (READ_ONLY)");
        List<(string Name, string Relation)> relations =
        [
            .. Texts(connection, "SELECT table_name FROM duckdb_tables() WHERE database_name = 'store'").Select(table => (table, $"store.{table}")),
            .. Directory.EnumerateFiles(folder, "*.parquet", SearchOption.AllDirectories).Select(path => (Path.GetRelativePath(folder, path), ColdSql.Parquet([path]))),
        ];
        return [.. relations.SelectMany(relation => FindIn(connection, relation.Name, relation.Relation))];
    }

    private IEnumerable<string> FindIn(DuckDBConnection connection, string name, string relation)
    {
        foreach (var column in Texts(connection, $"SELECT column_name FROM (DESCRIBE SELECT * FROM {relation})"))
        {
            var condition = $"contains(\"{column}\"::VARCHAR, '{Name}') OR contains(\"{column}\"::VARCHAR, '{NumberText}')";
            if (connection.Scalar($"SELECT count(*) FROM {relation} WHERE {condition}") is var count and > 0) yield return $"{name}.{column} has it in {count} rows";
        }
    }

    private static List<string> Texts(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var texts = new List<string>();
        while (reader.Read()) texts.Add(reader.GetString(0));
        return texts;
    }
}
