using DuckDB.NET.Data;
using Wanwu.Telemetry.Sql;

namespace Wanwu.Tests.Telemetry.Sql;

/// <summary>Every function and setting that DuckDB has at run time: on the list, or refused in every place where it could stand.</summary>
public sealed class SqlFunctionListTests
{
    private static readonly SqlParser Parser = new();

    private static readonly string[] Tables = ["range", "generate_series", "unnest"];

    private static List<(string Name, string Type, string Stability, string Definition)> Functions()
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT function_name, function_type, coalesce(stability, ''), coalesce(macro_definition, '') FROM duckdb_functions() ORDER BY ALL";
        using var reader = command.ExecuteReader();
        var functions = new List<(string, string, string, string)>();
        while (reader.Read()) functions.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3)));
        return functions;
    }

    private static string Quoted(string name) => $"\"{name}\"";

    private static void Refused(string sql)
    {
        var (statement, refusal) = Parser.Read(sql);
        Assert.True(statement is null && refusal!.Kind == SqlRefusalKind.Wrong, $"allowed: {sql}");
    }

    [Fact]
    public void What_is_not_on_the_list_is_refused_wherever_it_stands()
    {
        var functions = Functions();
        Assert.True(functions.Count > 1_000, $"{functions.Count} functions");
        foreach (var name in functions.Select(function => function.Name).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (!Tables.Contains(name))
                foreach (var sql in new[] { $"SELECT * FROM {Quoted(name)}()", $"SELECT * FROM {Quoted(name)}('x')", $"SELECT 1 FROM things, LATERAL {Quoted(name)}(name)" }) Refused(sql);
            foreach (var sql in new[] { $"CALL {Quoted(name)}()", $"PRAGMA {name}", $"SELECT * FROM system.main.{Quoted(name)}()", $"SELECT system.main.{Quoted(name)}()" }) Refused(sql);
            if (SqlFunctions.IsAllowed(name)) continue;
            foreach (var sql in new[] { $"SELECT {Quoted(name)}()", $"SELECT {Quoted(name)}(id, 1) FROM things", $"SELECT {Quoted(name)}(1) OVER ()", $"SELECT 1 WHERE {Quoted(name)}('x') IS NULL", $"SELECT 'x'.{Quoted(name)}()" }) Refused(sql);
        }
    }

    [Fact]
    public void What_is_on_the_list_is_what_somebody_has_looked_at()
    {
        var allowed = Functions().Where(function => SqlFunctions.IsAllowed(function.Name)).ToList();
        Assert.Equal(["random"], allowed.Where(function => function.Stability == "VOLATILE").Select(function => function.Name).Distinct());
        // A macro is what it stands for: it must not reach what could not be called by itself.
        string[] known = ["list_aggr", "list_value", "coalesce", "string_split", "to_json", "list_transform", "array_agg", "list_sort"];
        foreach (var (name, _, _, definition) in allowed.Where(function => function.Type == "macro"))
        {
            foreach (System.Text.RegularExpressions.Match call in System.Text.RegularExpressions.Regex.Matches(definition, @"([a-z_0-9]+)\s*\("))
                Assert.True(SqlFunctions.IsAllowed(call.Groups[1].Value) || known.Contains(call.Groups[1].Value) || call.Groups[1].Value is "cast" or "case" or "in" or "and" or "or", $"{name} calls {call.Groups[1].Value}: {definition}");
        }
        string[] readers = ["read_text", "read_blob", "read_csv", "read_parquet", "read_json", "glob", "getenv", "query", "query_table", "duckdb_secrets", "which_secret", "current_setting", "getvariable", "repeat", "json_execute_serialized_sql"];
        Assert.All(readers, name => Assert.False(SqlFunctions.IsAllowed(name) || SqlFunctions.IsTable(name)));
    }

    [Fact]
    public void No_setting_can_be_read_or_changed()
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM duckdb_settings()";
        using var reader = command.ExecuteReader();
        var count = 0;
        for (; reader.Read(); count++)
            foreach (var sql in new[] { $"SET {reader.GetString(0)} = 1", $"RESET {reader.GetString(0)}", $"PRAGMA {reader.GetString(0)} = 1", $"SELECT current_setting('{reader.GetString(0)}')" }) Refused(sql);
        Assert.True(count > 100, $"{count} settings");
    }

    [Theory]
    [InlineData("ATTACH ':memory:' AS x")]
    [InlineData("COPY FROM DATABASE a TO b")]
    [InlineData("EXPORT DATABASE '/tmp/x'")]
    [InlineData("PREPARE p AS SELECT 1")]
    [InlineData("EXECUTE p(1)")]
    [InlineData("SELECT * FROM 'x.parquet'")]
    [InlineData("SELECT * FROM \"x.csv\"")]
    [InlineData("FROM 's3://bucket/x.parquet' SELECT 1")]
    [InlineData("SELECT * FROM things, 'x.json'")]
    [InlineData("SELECT * FROM (FROM 'x.parquet')")]
    [InlineData("SELECT list_filter([1], lambda x: x > 1)")]
    [InlineData("SELECT list_reduce([1], (x, y) -> x + y)")]
    [InlineData("SELECT len(generate_series(1, 1000000000))")]
    [InlineData("SELECT rpad('x', 2000000000, 'y')")]
    [InlineData("SELECT bar(1, 0, 1, 2000000000)")]
    [InlineData("SELECT array_to_string([1], repeat('x', 9))")]
    [InlineData("WITH RECURSIVE a AS (SELECT 1 AS i UNION SELECT i FROM a) SELECT * FROM a")]
    [InlineData("WITH RECURSIVE a(i) USING KEY (i) AS (SELECT 1 UNION SELECT i FROM a) SELECT * FROM a")]
    [InlineData("SELECT regexp_replace(repeat('a', 9), '(a*)*', 'b')")]
    [InlineData("SELECT * FROM query('FROM refused')")]
    [InlineData("SELECT * FROM query_table(['refused'])")]
    [InlineData("FROM pragma_storage_info('observations')")]
    [InlineData("MERGE INTO things USING series ON id = thing WHEN MATCHED THEN DELETE")]
    [InlineData("SELECT * FROM things; SET search_path = 'telemetry.main'")]
    [InlineData("SELECT variable('x')")]
    public void What_could_reach_further_is_refused(string sql) => Refused(sql);
}
