using System.Net;
using System.Text.Json;

namespace Wanwu.Tests.Telemetry.Sql;

/// <summary>Lists, maps and structures with nulls at any depth; and what somebody who may not ask, or asks in the wrong form, is told.</summary>
public sealed class SqlNestedTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string Body(string sql) => $$"""{"sql":{{JsonSerializer.Serialize(sql)}}}""";

    [Theory]
    [InlineData("SELECT [1, NULL, 3]", "[[[1,null,3]]]")]
    [InlineData("SELECT ['a', NULL], [NULL], []", """[[["a",null],[null],[]]]""")]
    [InlineData("SELECT [[1, NULL], NULL, []]", "[[[[1,null],null,[]]]]")]
    [InlineData("SELECT {'a': [1, NULL], 'b': NULL, 'c': {'d': [NULL, {'e': NULL}]}}", """[[{"a":[1,null],"b":null,"c":{"d":[null,{"e":null}]}}]]""")]
    [InlineData("SELECT [{'a': 1}, NULL, {'a': NULL}]", """[[[{"a":1},null,{"a":null}]]]""")]
    [InlineData("SELECT MAP {'x': [1, NULL], 'y': NULL}", """[[{"x":[1,null],"y":null}]]""")]
    [InlineData("SELECT row(1, NULL, 'x')", """[[{"1":1,"2":null,"3":"x"}]]""")]
    [InlineData("SELECT array_value(1, NULL, 3)", "[[[1,null,3]]]")]
    [InlineData("SELECT [1.5::DECIMAL(4,2), NULL], [DATE '2026-01-02', NULL], [TIMESTAMPTZ '2026-01-02 03:04:05Z', NULL], [INTERVAL 1 DAY, NULL], [true, NULL], ['nan'::DOUBLE, 1]",
        """[[[1.50,null],["2026-01-02",null],["2026-01-02T03:04:05Z",null],["P1D",null],[true,null],[null,1]]]""")]
    [InlineData("SELECT list(CASE WHEN i % 2 = 0 THEN i END ORDER BY i) FROM range(4) t(i)", "[[[0,null,2,null]]]")]
    [InlineData("SELECT count(*), sum(len(l)), count(l[2]) FROM (SELECT [i, CASE WHEN i < 5000 THEN i END] AS l FROM range(10000) t(i))", "[[10000,20000,5000]]")]
    public async Task Nulls_stand_where_they_are_at_any_depth(string sql, string rows) =>
        Assert.Equal(rows, (await wanwu.Administrator.CallAsync(HttpMethod.Post, "/api/v1/sql", Body(sql)))!["rows"]!.ToJsonString());

    [Fact]
    public async Task Lists_of_many_portions_stay_with_their_rows()
    {
        const string sql = "SELECT i, [i, NULL, i + 1] AS l, CASE WHEN i % 3 = 0 THEN 'text that is longer than twelve ' || i END AS s FROM range(9000) t(i) ORDER BY i";
        var rows = (await wanwu.Administrator.CallAsync(HttpMethod.Post, "/api/v1/sql", $$"""{"sql":{{JsonSerializer.Serialize(sql)}},"limit":10000}"""))!["rows"]!.AsArray();
        Assert.Equal(9_000, rows.Count);
        for (var i = 0; i < rows.Count; i++)
            Assert.Equal($"[{i},[{i},null,{i + 1}],{(i % 3 == 0 ? $"\"text that is longer than twelve {i}\"" : "null")}]", rows[i]!.ToJsonString());
    }

    [Theory]
    [InlineData("SELECT TIME '24:00:00', '12:34:56.5+08:00'::TIME WITH TIME ZONE", """[["24:00:00","12:34:56.500000\u002B08:00"]]""")]
    [InlineData("SELECT '00000000-0000-0000-0000-000000000001'::UUID, 'f47ac10b-58cc-4372-a567-0e02b2c3d479'::UUID", """[["00000000-0000-0000-0000-000000000001","f47ac10b-58cc-4372-a567-0e02b2c3d479"]]""")]
    [InlineData("SELECT TIMESTAMP_NS '1969-12-31 23:59:59.999999999', TIMESTAMP_S '2026-01-01 00:00:01', TIMESTAMP_MS '2026-01-01 00:00:01.25', 'infinity'::DATE", """[["1969-12-31T23:59:59.999999","2026-01-01T00:00:01","2026-01-01T00:00:01.250",null]]""")]
    [InlineData("SELECT -1.5::DECIMAL(3,1), 99999999999999999999999999999999999.999::DECIMAL(38,3), 0.05::DECIMAL(38,2), 255::UTINYINT, -1::HUGEINT", """[[-1.5,"99999999999999999999999999999999999.999",0.05,255,-1]]""")]
    public async Task Values_at_the_edges_of_their_types_are_read(string sql, string rows) =>
        Assert.Equal(rows, (await wanwu.Administrator.CallAsync(HttpMethod.Post, "/api/v1/sql", Body(sql)))!["rows"]!.ToJsonString());

    [Fact]
    public async Task A_fault_that_comes_in_the_middle_of_the_rows_is_told_as_such()
    {
        var fault = (await wanwu.Administrator.CallAsync(HttpMethod.Post, "/api/v1/sql", Body("SELECT (CASE WHEN i < 5000 THEN '1' ELSE 'x' END)::INTEGER FROM range(10000) t(i)"), HttpStatusCode.UnprocessableEntity))!;
        Assert.Contains("INT32", fault.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thing_is_told_that_things_may_not_ask_and_who_may()
    {
        var thing = await wanwu.Administrator.CreateAsync("/api/v1/things", """{"name":"curious"}""");
        using var client = wanwu.Server.ClientOf(thing["credentials"]!.Text("username"), thing["credentials"]!.Text("password"));
        foreach (var (method, path) in new[] { (HttpMethod.Post, "/api/v1/sql"), (HttpMethod.Get, "/api/v1/sql/schema"), (HttpMethod.Get, "/api/v1/sql/queries") })
        {
            var refusal = (await client.CallAsync(method, path, method == HttpMethod.Post ? Body("SELECT 1") : null, HttpStatusCode.Forbidden))!;
            Assert.StartsWith("Things may not ask in SQL. People and programs", refusal.Text("detail"), StringComparison.Ordinal);
            Assert.Contains("viewer", refusal.Text("detail"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_role_that_may_not_ask_is_told_which_may()
    {
        var refusal = (await (await wanwu.Server.ClientAsync(Wanwu.Security.Access.Role.Auditor)).CallAsync(HttpMethod.Post, "/api/v1/sql", Body("SELECT 1"), HttpStatusCode.Forbidden))!;
        Assert.Equal("This needs the permission query-sql. People and programs with one of these roles may: viewer, operator, integrator, steward, planner, administrator.", refusal.Text("detail"));
    }

    [Fact]
    public async Task A_body_that_is_no_json_is_told_what_to_send()
    {
        using var answer = await wanwu.Administrator.SendAsync(HttpMethod.Post, "/api/v1/sql", "SELECT 1", "text/plain");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Contains("application/json", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }
}
