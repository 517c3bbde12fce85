using Wanwu.Telemetry.Sql;

namespace Wanwu.Tests.Telemetry.Sql;

/// <summary>Statements of somebody who means harm, and of somebody who does not.</summary>
public sealed class SqlHostileTests
{
    private static readonly SqlParser Parser = new();

    public static TheoryData<string> Hostile =>
    [
        // Other statements than SELECT.
        "COPY observations TO '/tmp/stolen.csv'", "COPY (SELECT 1) TO '/tmp/x.parquet' (FORMAT parquet)", "ATTACH '/etc/passwd' AS p", "DETACH telemetry", "INSTALL httpfs", "LOAD httpfs",
        "SET memory_limit = '100GB'", "RESET ALL", "PRAGMA database_list", "CALL pragma_version()", "CREATE TABLE t (x INTEGER)", "CREATE TEMP VIEW observations AS SELECT 1",
        "CREATE MACRO f(x) AS x", "CREATE SECRET s (TYPE s3)", "INSERT INTO observations VALUES (1)", "UPDATE things SET name = 'x'", "DELETE FROM observations", "DROP TABLE observations",
        "ALTER TABLE observations ADD COLUMN x INTEGER", "EXPORT DATABASE '/tmp/x'", "IMPORT DATABASE '/tmp/x'", "VACUUM", "CHECKPOINT", "BEGIN", "COMMIT", "ROLLBACK", "USE main",
        "EXPLAIN SELECT 1", "EXPLAIN ANALYZE SELECT * FROM observations", "PREPARE p AS SELECT 1", "EXECUTE p", "DEALLOCATE p", "DESCRIBE observations", "SHOW TABLES", "SHOW ALL TABLES",
        "SUMMARIZE observations", "PIVOT observations ON property USING avg(value)", "UNPIVOT things ON lat, lon", "SET VARIABLE x = 1", "COMMENT ON TABLE observations IS 'x'",
        // More than one.
        "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE observations", "SELECT 1 /* ; */; COPY things TO '/tmp/x'", "; ; SELECT 1; SELECT 2 --",
        // Tables that are not ours.
        "SELECT * FROM refused", "SELECT * FROM main.refused", "SELECT * FROM telemetry.main.observations", "SELECT * FROM telemetry.refused", "SELECT * FROM temp.main.observations", "SELECT * FROM temp._picked",
        "SELECT * FROM _picked", "SELECT * FROM _things", "SELECT * FROM \"REFUSED\"", "SELECT * FROM /* x */ state", "SELECT * FROM cold_files", "SELECT * FROM thing_accounts", "TABLE refused", "FROM refused",
        "SELECT * FROM information_schema.tables", "SELECT * FROM pg_catalog.pg_class", "SELECT * FROM pg_tables", "SELECT * FROM sqlite_master", "SELECT * FROM duckdb_tables",
        "SELECT (SELECT count(*) FROM refused)", "SELECT 1 WHERE EXISTS (FROM refused)", "SELECT * FROM things WHERE id IN (SELECT thing FROM refused)", "SELECT * FROM things, LATERAL (SELECT * FROM refused) r",
        "SELECT 1 ORDER BY (SELECT count(*) FROM refused)", "SELECT 1 LIMIT (SELECT count(*) FROM refused)", "SELECT sum(1) OVER (ORDER BY (SELECT max(id) FROM refused))", "VALUES ((SELECT count(*) FROM refused))",
        "SELECT count(*) FILTER (WHERE (SELECT true FROM refused LIMIT 1))", "SELECT 1 GROUP BY ALL HAVING (SELECT true FROM refused LIMIT 1)", "SELECT * REPLACE ((SELECT max(id) FROM refused) AS id) FROM things",
        "SELECT * FROM things QUALIFY (SELECT true FROM refused LIMIT 1)", "SELECT * FROM things t JOIN series s ON (SELECT true FROM refused LIMIT 1)", "SELECT 1 UNION ALL SELECT id FROM refused",
        "SELECT * FROM range((SELECT count(*) FROM refused))", "SELECT CASE WHEN (SELECT true FROM refused LIMIT 1) THEN 1 END", "SELECT * FROM observations AT (VERSION => 1)",
        // A WITH that lends its name to the table behind it.
        "WITH refused AS (SELECT * FROM refused) SELECT * FROM refused", "WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a", "SELECT * FROM (WITH refused AS (SELECT 1) SELECT * FROM refused), refused",
        "WITH a AS (WITH refused AS (SELECT 1) SELECT * FROM refused) SELECT * FROM refused", "WITH RECURSIVE refused AS (SELECT * FROM refused UNION ALL SELECT * FROM refused) SELECT * FROM refused",
        "SELECT * FROM (WITH \"cold/x.parquet\" AS (SELECT 1) SELECT * FROM \"cold/x.parquet\") a, \"cold/x.parquet\"",
        // Files.
        "SELECT * FROM 'cold/2026/2026-01-01.s0.g1.parquet'", "SELECT * FROM \"/etc/passwd\"", "SELECT * FROM '/etc/passwd.csv'", "SELECT * FROM 'https://example.org/x.parquet'", "FROM '*.parquet'",
        "SELECT * FROM read_parquet('cold/*/*.parquet')", "SELECT * FROM parquet_scan('x')", "SELECT * FROM READ_CSV('/etc/passwd')", "SELECT * FROM \"read_csv_auto\"('/etc/passwd')", "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/etc/passwd')", "SELECT * FROM read_json('/etc/passwd')", "SELECT * FROM glob('/*')", "SELECT * FROM parquet_metadata('x')", "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM things, LATERAL read_text(things.name)", "SELECT * FROM main.read_text('/etc/passwd')", "SELECT * FROM system.main.read_text('/etc/passwd')", "SELECT * FROM read_duckdb('registry.db')",
        // Functions that read what is not the query's, or do something.
        "SELECT getenv('HOME')", "SELECT current_setting('temp_directory')", "SELECT * FROM duckdb_settings()", "SELECT * FROM duckdb_tables()", "SELECT * FROM pragma_table_info('refused')", "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM query_table('refused')", "SELECT * FROM json_execute_serialized_sql('x')", "SELECT json_serialize_sql('SELECT 1')", "SELECT nextval('s')", "SELECT getvariable('x')", "SELECT current_query()",
        "SELECT write_log('x')", "SELECT pg_sleep(10)", "SELECT sleep_ms(10000)", "SELECT setseed(0.5)", "SELECT version()", "SELECT 'x'.getenv()", "SELECT 'SELECT 1'.json_serialize_sql()", "SELECT main.getenv('HOME')",
        "SELECT getenv('HOME') OVER ()", "SELECT * FROM test_all_types()", "SELECT * FROM seq_scan('refused')", "SELECT * FROM arrow_scan(1, 2, 3)", "SELECT * FROM duckdb_secrets()", "SELECT list_aggregate([1], 'sum')",
        "SELECT ge\u0074env('HOME')", "SELECT \"getenv\"('HOME')", "SELECT GetEnv/**/('HOME')", "SELECT * FROM repeat(1, 5)", "SELECT * FROM summary((SELECT 1))", "SELECT * FROM checkpoint()", "SELECT * FROM which_secret('x', 's3')",
        // Much out of little, and calls that cannot be interrupted.
        "SELECT repeat('x', 4000000000)", "SELECT lpad('x', 2000000000, 'y')", "SELECT len(range(1000000000))", "SELECT list_resize([1], 2000000000)", "SELECT printf('%1000000000d', 1)", "SELECT format('{:1000000000}', 1)",
        "SELECT levenshtein(a, b) FROM (SELECT 'x' a, 'y' b)", "SELECT list_transform([1], x -> x + 1)", "SELECT [x + 1 FOR x IN [1, 2]]", "SELECT NULL::INTEGER[100000][100000]", "SELECT NULL::STRUCT(a INTEGER)",
        "WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM r) SELECT * FROM r", "WITH RECURSIVE r AS (SELECT 'x' AS x UNION ALL SELECT x || x FROM r) SELECT * FROM r",
        "SELECT replace('aaaa', 'a', repeat('b', 100))", "SELECT replace(name, name, name) FROM things", "SELECT regexp_replace('a', 'a', 'b')", "SELECT error('x')",
        Doubling("x || x"), Doubling("concat(x, x)"), Doubling("[x, x]"), Doubling("{'a': x, 'b': x}"), Doubling("row(x, x)"), Doubling("replace(x, 'a', 'aaaa')"), Lateral(40), AfterGathering,
        // Nested deeper than anybody writes.
        "SELECT " + new string('(', 15_000) + "1" + new string(')', 15_000), "SELECT " + string.Join('+', Enumerable.Repeat("1", 5_000)), "SELECT " + string.Concat(Enumerable.Repeat("- ", 15_000)) + "1",
        new string('x', SqlRequest.MaxText + 1), "SELECT '\0'", "", "   ", "--", "SELEC 1", "SELECT FROM WHERE", "\uFEFF", "'; DROP TABLE observations; --",
    ];

    /// <summary>WITH a1 AS (… of a0), a2 AS (… of a1) …: forty times twice.</summary>
    private static string Doubling(string expression) => "WITH a0 AS (SELECT name AS x FROM things)"
        + string.Concat(Enumerable.Range(1, 40).Select(i => $", a{i} AS (SELECT {expression} AS x FROM a{i - 1})")) + " SELECT x FROM a40";

    private static string Lateral(int times) =>
        "SELECT name AS x0, " + string.Join(", ", Enumerable.Range(1, times).Select(i => $"x{i - 1} || x{i - 1} AS x{i}")) + " FROM things";

    private const string AfterGathering = "SELECT s || s || s || s || s || s || s || s || s || s || s FROM (SELECT string_agg(text) AS s FROM observations)";

    [Theory, MemberData(nameof(Hostile))]
    public void Hostile_statements_are_refused(string sql)
    {
        var (statement, refusal) = Parser.Read(sql);
        Assert.Null(statement);
        Assert.Equal(SqlRefusalKind.Wrong, refusal!.Kind);
        Assert.NotEmpty(refusal.Message);
    }

    [Fact]
    public void There_are_many_of_them() => Assert.True(Hostile.Count > 150);

    [Theory]
    [InlineData("SELECT 1")]
    [InlineData("  SELECT 1 ; -- the end")]
    [InlineData("VALUES (1, 'a'), (2, 'b')")]
    [InlineData("FROM observations")]
    [InlineData("SELECT * FROM Observations o JOIN THINGS t ON t.id = o.thing LEFT JOIN \"series\" s USING (thing, property)")]
    [InlineData("WITH observations AS (SELECT * FROM observations WHERE quality = 'good') SELECT count(*) FROM observations")]
    [InlineData("WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS x FROM a) SELECT * FROM b UNION ALL BY NAME SELECT * FROM a ORDER BY ALL LIMIT 3 OFFSET 1")]
    [InlineData("SELECT time_bucket(INTERVAL 1 HOUR, t) AS t, avg(value), quantile_cont(value, 0.9), count(*) FILTER (WHERE quality <> 'good') FROM observations GROUP BY ALL ORDER BY 1")]
    [InlineData("SELECT thing, value - lag(value) OVER w FROM observations WINDOW w AS (PARTITION BY thing ORDER BY t ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) QUALIFY row_number() OVER w <= 3")]
    [InlineData("SELECT labels['floor'], identifiers, [lat, lon], {'a': lat}, MAP {'b': 1}, name ILIKE '%x%', name SIMILAR TO 'a.*' FROM things WHERE region LIKE '44%' AND lat BETWEEN 20 AND 30")]
    [InlineData("SELECT * FROM observations a ASOF JOIN observations b ON a.thing = b.thing AND a.t >= b.t")]
    [InlineData("SELECT generate_series, unnest([1, 2]) FROM generate_series(TIMESTAMPTZ '2026-01-01', TIMESTAMPTZ '2026-01-02', INTERVAL 1 HOUR), range(3), unnest(['a'])")]
    [InlineData("SELECT object->>'$.a', json_extract(object, '$.b'), CAST(value AS DECIMAL(10, 2)), TRY_CAST(text AS INTEGER), t AT TIME ZONE 'Asia/Shanghai', extract(year FROM t) FROM observations")]
    [InlineData("SELECT CASE WHEN value > $low THEN $high ELSE $low END, coalesce(value, 0), nullif(value, 1), greatest(value, 2) FROM observations WHERE thing IN ($a, $b)")]
    [InlineData("SELECT name || ' (' || id || ') ' || coalesce(region, '–') || ' ' || lifecycle || ' ' || zone || ' ' || model AS a, name || id AS b, concat(name, ' ', id) AS c FROM things")]
    [InlineData("SELECT replace(name, '站', ''), replace(name, 'a', 'bb'), substring(name, 1, 3), upper(name), split_part(name, '-', 1), regexp_extract(name, '[0-9]+') FROM things")]
    [InlineData("SELECT region, organisation, grouping(region), count(*) FROM things GROUP BY ROLLUP (region, organisation)")]
    [InlineData("SELECT * EXCLUDE (text) REPLACE (round(value, 1) AS value), COLUMNS('l.*') FROM observations USING SAMPLE 10 ROWS")]
    [InlineData("SELECT string_agg(name, ', ' ORDER BY name), list(id), arg_max(name, changed), histogram(lifecycle), corr(lat, lon) FROM things")]
    [InlineData("SELECT current_date, now(), date_trunc('day', now()), strftime(now(), '%Y-%m-%d'), epoch_ms(now()), now() - INTERVAL '1 day'")]
    [InlineData("SELECT (SELECT max(t) FROM observations o WHERE o.thing = things.id) FROM things WHERE EXISTS (FROM series WHERE series.thing = things.id)")]
    public void Ordinary_questions_are_allowed(string sql) => Assert.Null(Parser.Read(sql).Refusal?.Message);

    [Fact]
    public void Views_and_parameters_are_found()
    {
        var statement = Parser.Read("WITH a AS (SELECT * FROM Observations WHERE value > ?) SELECT * FROM a, things WHERE id = ?").Statement!;
        Assert.Equal(["observations", "things"], statement.Views.Select(view => view.ToLowerInvariant()).Order());
        Assert.Equal(["1", "2"], statement.Parameters.Order());
        Assert.Equal(["from"], Parser.Read("SELECT $from, $from").Statement!.Parameters);
    }

    [Theory]
    [InlineData("SELECT\n  getenv('x')", 2, 3)]
    [InlineData("SELECT 1 FROM\nthings,\n refused", 3, 2)]
    [InlineData("SELECT '萬', getenv('x')", 1, 13)]
    [InlineData("SELECT 1 +\n+ FROM", 2, 3)]
    public void A_refusal_says_where(string sql, int line, int column) =>
        Assert.Equal((line, column), (Parser.Read(sql).Refusal!.Line, Parser.Read(sql).Refusal!.Column));

    [Fact]
    public void Every_function_on_the_list_exists()
    {
        using var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT DISTINCT lower(function_name) FROM duckdb_functions()";
        using var reader = command.ExecuteReader();
        var known = new HashSet<string>(["if", "ifnull", "nullif", "=", "!=", "not_like_escape", "count_star"]);
        while (reader.Read()) known.Add(reader.GetString(0));
        Assert.DoesNotContain(SqlFunctions.All, name => !known.Contains(name.ToLowerInvariant()));
    }
}
