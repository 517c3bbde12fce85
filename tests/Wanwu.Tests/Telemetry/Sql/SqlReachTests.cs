using System.Globalization;
using System.Text.Json;
using DuckDB.NET.Data;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Sql;
using Wanwu.Telemetry.Sql.Reach;
using Wanwu.Telemetry.Store;
using Wanwu.Tests.Security;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Sql;

/// <summary>Nine cold days, a late observation in one of them, and a hot day: nothing is changed of them.</summary>
public sealed class SqlReachDays : IAsyncLifetime
{
    internal static readonly ThingId[] Things = [ThingId.Parse("01jge3xk0067a8yd7p9v5qn4h2"), ThingId.Parse("01jge3xk0067a8yd7p9v5qn4h3"), ThingId.Parse("01jge3xk0067a8yd7p9v5qn4h4")];

    internal TelemetryRig Rig { get; } = new(coldOptions: new ColdOptions { MemoryMegabytes = 64, RollupsFromRows = 1 });

    internal SqlParser Parser { get; } = new();

    internal static Timestamp At(int day, double hours) => new(TelemetryRig.Now.Microseconds + (long)((day * 24 + hours) * 3_600_000_000));

    public async ValueTask InitializeAsync()
    {
        Rig.ThingZones[Things[1]] = TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai");
        for (var day = -10; day <= -2; day++) await ReportAsync(day, 24);
        await Rig.CompactAsync();
        await Rig.SumUpAsync();
        await Rig.CommitAsync(Rig.Append(Things[0], Rig.Observe(Things[0], "p", Value.OfNumber(1_000), At(-5, 3), Quality.Suspect), Rig.Observe(Things[0], "p", Value.OfNumber(77), At(-5, 3.25))));
        await ReportAsync(-1, 24);
        await Rig.LoadAsync();
    }

    private async Task ReportAsync(int day, int count)
    {
        foreach (var thing in Things)
        {
            await Rig.CommitAsync(Rig.Append(thing, [.. Enumerable.Range(0, count).SelectMany(i => new[]
            {
                Rig.Observe(thing, "p", Value.OfNumber(day * 100 + i), At(day, i), i % 5 == 0 ? Quality.Suspect : Quality.Good), Rig.Observe(thing, "q", Value.OfText("x"), At(day, i + 0.5)),
            })]));
        }
    }

    public async ValueTask DisposeAsync()
    {
        Parser.Dispose();
        await Rig.DisposeAsync();
    }
}

/// <summary>A query reads no more files than its conditions need, and its answer is the same as if it had read them all.</summary>
public sealed class SqlReachTests(SqlReachDays days) : IClassFixture<SqlReachDays>
{
    private static readonly Caller Administrator = new(CallerKind.Program, "a", null) { Id = "a" };
    private static readonly ThingId[] Things = SqlReachDays.Things;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Timestamp At(int day, double hours) => SqlReachDays.At(day, hours);

    private static SqlViews Views(TelemetryRig rig)
    {
        var sight = new SqlSight(new ThingDirectory(), rig.Series, new AccessRules(GrantsOf.Programs(TimeProvider.System, ("a", Role.Administrator))));
        return new SqlViews(sight, new SqlStoreViews(sight, rig.Relations));
    }

    /// <param name="isBounded">Whether what the query can use at most is looked at.</param>
    private (List<string> Rows, List<string> Files) Ask(string sql, string parameters = "{}", bool isBounded = true, string before = "", string zone = "UTC", TelemetryRig? rig = null)
    {
        var (statement, refusal) = days.Parser.Read(sql);
        Assert.Null(refusal?.Message);
        if (!isBounded) statement = statement! with { Uses = null };
        var given = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(parameters)!;
        var request = new SqlRequest(sql, given, 100_000, TimeZoneInfo.Utc, CultureInfo.InvariantCulture);
        return (rig ?? days.Rig).Database.Alone((connection, cold, _) =>
        {
            connection.Execute($"SET SESSION TimeZone = '{zone}'");
            Views(rig ?? days.Rig).Create(connection, cold, statement!, request, Administrator);
            connection.Execute("SET SESSION search_path = 'temp'");
            return (Read(connection, before + sql, given), cold.Named.Select(file => file.Name).Distinct().Order(StringComparer.Ordinal).ToList());
        }, Stop);
    }

    private static List<string> Read(DuckDBConnection connection, string sql, Dictionary<string, JsonElement> parameters)
    {
        using var reader = new SqlRows(connection, sql, parameters);
        var (rows, cells) = (new List<string>(), new object?[reader.Columns.Count]);
        while (reader.Next())
        {
            for (ulong row = 0; row < reader.Count; row++)
            {
                reader.Read(row, cells);
                rows.Add(string.Join('|', cells.Select(cell => SqlCell.Text(cell, TimeZoneInfo.Utc))));
            }
        }
        return rows;
    }

    [Theory]
    [InlineData("SELECT count(*) FROM observations WHERE t >= '2025-12-26' AND t < '2025-12-27'", 1)]
    [InlineData("SELECT count(*) FROM observations WHERE t BETWEEN TIMESTAMPTZ '2025-12-26 01:00:00Z' AND TIMESTAMPTZ '2025-12-26 23:00:00Z'", 1)]
    [InlineData("SELECT count(*) FROM observations o WHERE o.t > $from AND '2025-12-28T22:00:00Z' >= o.t", 2, """{"from":"2025-12-27T01:00:00Z"}""")]
    [InlineData("SELECT count(*) FROM observations WHERE t >= DATE '2025-12-25' + INTERVAL 1 DAY AND t < date_trunc('day', TIMESTAMPTZ '2025-12-26 12:00:00Z') + INTERVAL '23 hours'", 1)]
    [InlineData("SELECT count(*) FROM observations WHERE t = '2025-12-26T05:00:00Z'", 1)]
    [InlineData("SELECT count(*) FROM observations WHERE t >= now()", 0)]
    [InlineData("WITH o AS (SELECT * FROM observations WHERE t >= '2025-12-26' AND t < '2025-12-27') SELECT count(*) FROM o a JOIN o b USING (thing, property, t)", 1)]
    [InlineData("SELECT count(*) FROM (SELECT 1 AS one) x LEFT JOIN observations o ON o.t >= '2025-12-26' AND o.t < '2025-12-27'", 1)]
    [InlineData("SELECT count(*) FROM observations WHERE t >= '2025-12-26' AND t < '2025-12-27' UNION ALL SELECT count(*) FROM observations WHERE t >= '2025-12-28' AND t < '2025-12-29'", 3)]
    [InlineData("SELECT count(*) FROM observations WHERE t >= '2025-12-26' OR value > 3", 9)]
    [InlineData("SELECT count(*) FROM observations WHERE thing = 'nobody'", 0)]
    [InlineData("SELECT count(*) FROM observations WHERE t::DATE = '2025-12-26'", 1)]
    [InlineData("SELECT count(*) FROM observations o WHERE DATE '2025-12-26' = CAST(o.t AS DATE)", 1)]
    [InlineData("SELECT count(*) FROM observations WHERE t::DATE = $day", 1, """{"day":"2025-12-26"}""")]
    [InlineData("SELECT count(*) FROM observations WHERE t::DATE IN ('2025-12-26', '2025-12-27')", 2)]
    [InlineData("SELECT count(*) FROM observations WHERE date_trunc('day', t) = '2025-12-26'", 1)]
    [InlineData("SELECT count(*) FROM observations WHERE date_trunc('hour', t) = TIMESTAMPTZ '2025-12-26 05:00:00Z'", 1)]
    [InlineData("SELECT count(*) FROM observations WHERE date_trunc('week', t) = '2025-12-22'", 7)]
    [InlineData("SELECT count(*) FROM observations WHERE date_trunc('year', t) = '2030-01-01'", 0)]
    [InlineData("SELECT count(*) FROM observations WHERE t::DATE = now()::DATE", 0)]
    [InlineData("SELECT count(*) FROM observations WHERE t::DATE >= '2025-12-29'", 4)]
    [InlineData("SELECT count(*) FROM observations WHERE t::DATE < '2025-12-22'", 4)]
    [InlineData("SELECT count(*) FROM observations WHERE t::DATE = t::DATE", 9)]
    [InlineData("SELECT count(*) FROM observations WHERE TRY_CAST(t AS DATE) = '2025-12-26' OR t::DATE = '2025-12-27'", 9)]
    public void A_condition_on_time_leaves_files_out_before_they_are_opened(string sql, int files, string parameters = "{}") => Assert.Equal(files, Ask(sql, parameters).Files.Count);

    [Theory]
    [InlineData("SELECT count(value) FROM (SELECT * FROM observations) WHERE t >= TIMESTAMPTZ '2025-12-26 00:00:00Z' AND t < TIMESTAMPTZ '2025-12-26 23:59:59Z'")]
    [InlineData("SELECT count(value) FROM (SELECT * FROM observations) x WHERE t BETWEEN TIMESTAMPTZ '2025-12-26 00:00:00Z' AND TIMESTAMPTZ '2025-12-26 23:59:59Z'")]
    public void What_is_not_seen_so_reaches_the_files_as_a_condition_on_their_own_column(string sql)
    {
        Assert.Equal(9, Ask(sql).Files.Count);
        var plan = string.Join('\n', Ask(sql, before: "EXPLAIN ANALYZE ").Rows);
        Assert.Contains("t>='2025-12-26 00:00:00+00", plan, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rollup_1h", "date_trunc('hour', t)")]
    [InlineData("rollup_1m", "date_trunc('minute', t)")]
    [InlineData("rollup_1d", "CASE WHEN thing = '01jge3xk0067a8yd7p9v5qn4h3' THEN timezone('Asia/Shanghai', date_trunc('day', timezone('Asia/Shanghai', t))) ELSE date_trunc('day', t) END")]
    public void Rollups_are_what_the_observations_add_up_to(string view, string bucket)
    {
        const string columns = "thing, property, t, quality, count, n, sum, avg, min, max, first, last";
        var expected = Ask($"""
            SELECT thing, property, {bucket} AS b, quality, count(*), count(value), sum(value), avg(value), min(value), max(value), arg_min(value, t), arg_max(value, t) FROM observations GROUP BY thing, property, b, quality ORDER BY ALL
            """).Rows;
        Assert.True(expected.Count > 50);
        Assert.Equal(expected, Ask($"SELECT {columns} FROM {view} ORDER BY ALL").Rows);
        foreach (var where in new[] { "t >= '2025-12-25T16:00:00Z' AND t < '2025-12-27T03:00:00Z'", $"thing = '{Things[1]}' AND property IN ('p', 'x') AND t <= '2025-12-26'", "property = 'q' AND t BETWEEN '2025-12-26T16:00:00Z' AND '2025-12-26T16:00:00Z'" })
        {
            var sql = $"SELECT {columns} FROM {view} WHERE {where} ORDER BY ALL";
            Assert.Equal(Ask(sql, isBounded: false).Rows, Ask(sql).Rows);
        }
    }

    [Fact]
    public void Rollups_are_answered_from_the_stored_ones()
    {
        const string sql = "SELECT thing, sum(count) FROM rollup_1d WHERE t >= '2025-12-23' AND t < '2025-12-24' GROUP BY ALL";
        Assert.InRange(Ask(sql).Files.Count(file => file.StartsWith("rollups/", StringComparison.Ordinal)), 1, 5);
        var plan = string.Join('\n', Ask(sql, before: "EXPLAIN ANALYZE ").Rows);
        Assert.Contains("READ_PARQUET", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("observations", plan, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT thing, t, value FROM observations WHERE t >= '2025-12-26' AND t < '2025-12-28' AND property = 'p'")]
    [InlineData("SELECT t, value FROM observations WHERE thing = $thing AND property = $property AND t <= $to", """{"thing":"01jge3xk0067a8yd7p9v5qn4h2","property":"p","to":"2025-12-27T12:00:00+08:00"}""")]
    [InlineData("SELECT a.t, b.t FROM observations a LEFT JOIN observations b ON a.thing = b.thing AND b.t = a.t + INTERVAL 30 MINUTE AND b.t < '2025-12-26' WHERE a.t >= '2025-12-25' AND a.t < '2025-12-27'")]
    [InlineData("SELECT a.t, b.t FROM observations a LEFT JOIN observations b ON a.thing = b.thing AND a.t = b.t AND a.property < b.property AND a.t > '2025-12-29' WHERE a.property = 'p'")]
    [InlineData("SELECT a.t, b.t FROM observations a FULL JOIN observations b ON a.thing = b.thing AND a.t = b.t AND a.value < b.value AND a.t > '2025-12-29' AND b.t > '2025-12-28'")]
    [InlineData("SELECT a.t, b.t FROM (FROM observations WHERE property = 'p' AND t >= '2025-12-25') a ASOF JOIN observations b ON a.thing = b.thing AND a.t >= b.t WHERE b.t < '2025-12-26'")]
    [InlineData("SELECT t FROM observations a WHERE t > '2025-12-29' AND NOT EXISTS (FROM observations b WHERE b.thing = a.thing AND b.t < a.t AND b.t > '2025-12-29T10:00:00Z')")]
    [InlineData("SELECT a.t FROM observations a ANTI JOIN observations b ON a.thing = b.thing AND a.t = b.t AND b.t < '2025-12-27' AND a.t < '2025-12-26'")]
    [InlineData("SELECT a.t FROM observations a SEMI JOIN observations b ON a.thing = b.thing AND a.t = b.t AND b.t < '2025-12-27' WHERE t > '2025-12-26'")]
    [InlineData("WITH observations AS (SELECT * FROM observations WHERE t > '2025-12-27') SELECT count(*), min(t) FROM observations WHERE t < '2025-12-28'")]
    [InlineData("SELECT count(*) FROM observations x(a, b, c), observations y WHERE y.t >= '2025-12-29' AND x.c < '2025-12-24'")]
    [InlineData("SELECT value AS t, count(*) FROM observations WHERE t > '2025-12-29' GROUP BY ALL")]
    [InlineData("SELECT t, lag(value) OVER (PARTITION BY thing ORDER BY t) FROM observations WHERE property = 'p' QUALIFY t > '2025-12-29'")]
    [InlineData("SELECT t FROM observations WHERE t NOT BETWEEN '2025-12-24' AND '2025-12-30'")]
    [InlineData("SELECT t FROM observations WHERE NOT (t < '2025-12-29') AND thing NOT IN ('01jge3xk0067a8yd7p9v5qn4h2')")]
    [InlineData("SELECT (SELECT max(o.t) FROM observations o WHERE o.thing = i.thing AND o.t < i.t) FROM (SELECT DISTINCT thing, t FROM observations WHERE t >= '2025-12-29' AND t < '2025-12-29T05:00:00Z') i")]
    [InlineData("SELECT count(*) FROM observations WHERE t > CASE WHEN property = 'p' THEN TIMESTAMPTZ '2025-12-29' ELSE TIMESTAMPTZ '2025-12-23' END")]
    [InlineData("SELECT t, value FROM observations WHERE t::DATE = '2025-12-26'")]
    [InlineData("SELECT t, value FROM observations WHERE t::DATE = '2025-12-26T20:00:00+08:00'")]
    [InlineData("SELECT t, value FROM observations WHERE t::DATE = $day", """{"day":"2025-12-26"}""")]
    [InlineData("SELECT t, value FROM observations WHERE t::DATE >= '2025-12-26' AND t::DATE < DATE '2025-12-28'")]
    [InlineData("SELECT t, value FROM observations WHERE t::DATE BETWEEN '2025-12-26' AND '2025-12-27'")]
    [InlineData("SELECT t, value FROM observations WHERE t::DATE > '2025-12-26' AND t::DATE <= '2025-12-27'")]
    [InlineData("SELECT t, value FROM observations WHERE date_trunc('hour', t) IN ('2025-12-26 05:00:00', '2025-12-24 05:00:00')")]
    [InlineData("SELECT t, value FROM observations WHERE date_trunc('week', t) = '2025-12-22' AND date_trunc('month', t) = '2025-12-01' AND date_trunc('minute', t) >= '2025-12-23'")]
    [InlineData("SELECT t, count FROM rollup_1h WHERE t::DATE = '2025-12-26'")]
    [InlineData("SELECT count(*) FROM observations WHERE t >= '2025-12-29' AND t < 'infinity'::TIMESTAMPTZ AND t > '-infinity'")]
    public void What_is_left_out_would_have_changed_nothing(string sql, string parameters = "{}")
    {
        var all = Ask(sql, parameters, isBounded: false).Rows.Order(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(all);
        Assert.Equal(all, Ask(sql, parameters).Rows.Order(StringComparer.Ordinal));
    }

    /// <summary>Where clocks are put back over midnight a day begins twice, and where they are put forward at midnight it has none.</summary>
    [Theory]
    [InlineData("America/Havana")]
    [InlineData("Asia/Beirut")]
    [InlineData("Asia/Shanghai")]
    [InlineData("Pacific/Apia")]
    [InlineData("Australia/Lord_Howe")]
    public void The_times_of_a_day_are_found_to_the_microsecond_in_every_zone(string zone)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        connection.Execute($"SET TimeZone = '{zone}'");
        var request = new SqlRequest("", SqlRequest.NoParameters, 1, TimeZoneInfo.Utc, CultureInfo.InvariantCulture);
        var form = new SqlTimeForm("CAST(t AS DATE)", 86_400_000_000);
        for (var day = 0; day < 366; day++)
        {
            var value = new SqlValue($"(DATE '2011-01-01' + {day})", []);
            var at = connection.Scalar($"SELECT epoch_us(CAST({value.Text} AS TIMESTAMPTZ))");
            var (from, to) = form.Around(connection, SqlConditionKind.OneOf, value, at, request);
            // By the clock itself: what lies just outside is of another day, and both ends are of this one; a day that was left out has no time.
            if (connection.Scalar($"SELECT (make_timestamptz({from})::DATE = {value.Text})::INTEGER") == 0)
            {
                Assert.Equal("2011-12-30", DateOnly.FromDateTime(new DateTime(2011, 1, 1)).AddDays(day).ToString("O", CultureInfo.InvariantCulture));
                continue;
            }
            Assert.Equal(1, connection.Scalar($"SELECT (make_timestamptz({to})::DATE = {value.Text} AND make_timestamptz({from} - 1)::DATE <> {value.Text} AND make_timestamptz({to} + 1)::DATE <> {value.Text})::INTEGER"));
            Assert.InRange(to - from + 1, 23 * 3_600_000_000L, 25 * 3_600_000_000L);
        }
    }

    [Fact]
    public void A_day_is_the_one_of_the_zone_that_is_asked_for()
    {
        const string sql = "SELECT t FROM observations WHERE t::DATE = '2025-12-26' ORDER BY t";
        var (rows, files) = Ask(sql, zone: "Asia/Shanghai");
        Assert.Equal(Ask(sql, isBounded: false, zone: "Asia/Shanghai").Rows, rows);
        Assert.StartsWith("2025-12-25T16:00:00Z", rows[0], StringComparison.Ordinal);
        Assert.Equal(2, files.Count);
    }

    [Fact]
    public async Task Hours_are_answered_from_the_stored_hours_and_to_the_last_digit()
    {
        await using var rig = new TelemetryRig(coldOptions: new ColdOptions { MemoryMegabytes = 64, RollupsFromRows = 1 });
        for (var day = -6; day <= -2; day++)
            await rig.CommitAsync(rig.Append(Things[0], [.. Enumerable.Range(0, 24 * 12).Select(i => rig.Observe(Things[0], "p", Value.OfInteger(day * 1_000 + i % 37), At(day, i / 12.0), i % 9 == 0 ? Quality.Suspect : Quality.Good))]));
        await rig.CompactAsync();
        await rig.SumUpAsync();
        // Late in one hour: that hour comes from the observations, the others from what is stored.
        await rig.CommitAsync(rig.Append(Things[0], rig.Observe(Things[0], "p", Value.OfInteger(100_000), At(-4, 7.01))));
        await rig.LoadAsync();
        const string columns = "thing, property, t, quality, count, n, sum, avg, min, max, first, last";
        var expected = Ask("""
            SELECT thing, property, date_trunc('hour', t) AS b, quality, count(*), count(value), sum(value), avg(value), min(value), max(value), arg_min(value, t), arg_max(value, t) FROM observations GROUP BY thing, property, b, quality ORDER BY ALL
            """, rig: rig).Rows;
        Assert.Equal(5 * 24 * 2, expected.Count);
        Assert.Equal(expected, Ask($"SELECT {columns} FROM rollup_1h ORDER BY ALL", rig: rig).Rows);

        const string sql = "SELECT sum(count) FROM rollup_1h WHERE t >= '2025-12-29' AND t < '2025-12-30'";
        var (rows, files) = Ask(sql, rig: rig);
        Assert.Equal(["288"], rows);
        Assert.All(files, file => Assert.StartsWith("rollups/1h/2025/2025-12-29", file, StringComparison.Ordinal));
        Assert.Single(files);
        var plan = string.Join('\n', Ask(sql, before: "EXPLAIN ANALYZE ", rig: rig).Rows);
        Assert.DoesNotContain("observations", plan, StringComparison.Ordinal);
    }
}
