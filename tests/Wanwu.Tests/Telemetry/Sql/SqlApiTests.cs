using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Cold;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Sql;

/// <summary>SQL through the front door: what a program asks and what it reads.</summary>
public sealed class SqlApiTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private readonly HttpClient _client = wanwu.Administrator;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<ThingId> ThingAsync(string body = """{"name":"station"}""") =>
        ThingId.Parse((await _client.CreateAsync("/api/v1/things", body)).Text("id"));

    private async Task ReportAsync(ThingId thing, string property, params (string Time, Value Value, Quality Quality)[] rows)
    {
        var series = wanwu.Server.Get<SeriesTable>().Of(thing).GetOrAdd(PropertyName.Parse(property));
        Observation[] observations = [.. rows.Select(row => new Observation(series, Timestamp.Parse(row.Time), row.Value, row.Quality))];
        var log = wanwu.Server.Get<ObservationLog>();
        var result = log.Append(new MessageRecord
        {
            Protocol = "test", Thing = thing, Received = Timestamp.Parse("2026-01-03T00:00:00Z"), Observations = observations, Refusals = [],
        }, null);
        Assert.Equal(CommitOutcome.Committed, await log.CommittedAsync(result.Batch, Stop));
    }

    private async Task<JsonNode> AskAsync(string sql, string more = "", HttpStatusCode expect = HttpStatusCode.OK) =>
        (await _client.CallAsync(HttpMethod.Post, "/api/v1/sql", $$"""{"sql":{{JsonSerializer.Serialize(sql)}}{{more}}}""", expect))!;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private async Task<string> RowsAsync(string sql, string more = "") => (await AskAsync(sql, more))["rows"]!.ToJsonString(Plain);

    [Fact]
    public async Task Observations_show_every_kind_of_value_hot_and_cold_alike()
    {
        var thing = await ThingAsync();
        await ReportAsync(thing, "p", ("2026-01-01T00:00:00Z", Value.OfNumber(21.5), Quality.Good), ("2026-01-01T00:01:00.25Z", Value.OfInteger(9007199254740993), Quality.Suspect),
            ("2026-01-01T00:02:00Z", Value.OfBoolean(true), Quality.Good), ("2026-01-01T00:03:00Z", Value.OfText("萬壽西宮"), Quality.Good),
            ("2026-01-01T00:04:00Z", Value.OfPoint(39.9, 116.4), Quality.OverRange), ("2026-01-01T00:05:00Z", Value.OfObject("""{"a":1}"""), Quality.Good));
        const string expected = """
            [["2026-01-01T00:00:00Z",21.5,null,null,null,null,null,"number","good"],["2026-01-01T00:01:00.250Z",9007199254740992,"9007199254740993",null,null,null,null,"integer","suspect"],["2026-01-01T00:02:00Z",1,null,null,null,null,null,"boolean","good"],["2026-01-01T00:03:00Z",null,null,"萬壽西宮",null,null,null,"text","good"],["2026-01-01T00:04:00Z",null,null,null,39.9,116.4,null,"point","overRange"],["2026-01-01T00:05:00Z",null,null,null,null,null,"{\"a\":1}","object","good"]]
            """;
        var sql = $"SELECT t, value, integer, text, lat, lon, object, kind, quality FROM observations WHERE thing = '{thing}' ORDER BY t";
        Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(Plain), await RowsAsync(sql));
        await wanwu.Server.Get<Compaction>().RunAsync(isEverythingDue: true, Stop);
        Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(Plain), await RowsAsync(sql));
        Assert.Equal("""[["2026-01-03T00:00:00Z"]]""", await RowsAsync($"SELECT received FROM observations WHERE thing = '{thing}' AND t = TIMESTAMPTZ '2026-01-01 00:00:00Z'"));
    }

    [Fact]
    public async Task Late_observations_stand_before_what_is_cold()
    {
        var thing = await ThingAsync();
        await ReportAsync(thing, "p", ("2026-01-01T00:00:00Z", Value.OfNumber(1), Quality.Good), ("2026-01-01T01:00:00Z", Value.OfNumber(2), Quality.Good));
        await wanwu.Server.Get<Compaction>().RunAsync(isEverythingDue: true, Stop);
        await ReportAsync(thing, "p", ("2026-01-01T00:00:00Z", Value.OfNumber(10), Quality.Substituted), ("2026-01-01T00:30:00Z", Value.OfNumber(15), Quality.Good));
        Assert.Equal("""[[10,"substituted"],[15,"good"],[2,"good"]]""", await RowsAsync($"SELECT value, quality FROM observations WHERE thing = '{thing}' ORDER BY t"));
    }

    [Fact]
    public async Task Rollups_sum_up_what_the_observations_are_hot_and_cold_alike()
    {
        var thing = await ThingAsync("""{"name":"a","region":"440300"}""");
        await ReportAsync(thing, "p", ("2026-01-01T15:10:00Z", Value.OfNumber(1), Quality.Good), ("2026-01-01T15:50:00Z", Value.OfInteger(3), Quality.Good),
            ("2026-01-01T15:59:00Z", Value.OfNumber(9), Quality.Fault), ("2026-01-01T16:00:00Z", Value.OfText("x"), Quality.Good), ("2026-01-01T16:30:00Z", Value.OfNumber(5), Quality.Good));
        for (var round = 0; round < 2; round++)
        {
            var where = $"WHERE thing = '{thing}' AND property = 'p' ORDER BY t, quality";
            Assert.Equal("""[["2026-01-01T15:00:00Z","fault",1,1,9,9,9,9,9,9],["2026-01-01T15:00:00Z","good",2,2,4,2,1,3,1,3],["2026-01-01T16:00:00Z","good",2,1,5,5,5,5,5,5]]""",
                await RowsAsync($"SELECT t, quality, count, n, sum, avg, min, max, first, last FROM rollup_1h {where}"));
            Assert.Equal("""[["2025-12-31T16:00:00Z","fault",1],["2025-12-31T16:00:00Z","good",2],["2026-01-01T16:00:00Z","good",2]]""", await RowsAsync($"SELECT t, quality, count FROM rollup_1d {where}"));
            Assert.Equal("[[5,5]]", await RowsAsync($"SELECT count(DISTINCT t), sum(count) FROM rollup_1m WHERE thing = '{thing}'"));
            await wanwu.Server.Get<Compaction>().RunAsync(isEverythingDue: true, Stop);
        }
    }

    [Fact]
    public async Task Things_and_series_tell_what_the_registry_and_the_latest_values_know()
    {
        await wanwu.Administrator.OrganisationAsync("city");
        await wanwu.Administrator.OrganisationAsync("water", "city");
        var thing = await ThingAsync("""{"name":{"en":"Pump","zh-Hant":"泵"},"region":"440300","organisation":"water","labels":{"floor":"3","備註":"甲"},"identifiers":[{"scheme":"serial","value":"acme/sn-sql-1"}]}""");
        await ReportAsync(thing, "level", ("2026-01-01T00:00:00Z", Value.OfNumber(1.5), Quality.Suspect));
        Assert.Equal("""[["Pump","440300","water",["city","water"],null,"Asia/Shanghai","3",{"floor":"3","備註":"甲"},null]]""",
            await RowsAsync($"SELECT name, region, organisation, organisation_path, sector, zone, labels['floor'], labels, lat FROM things WHERE id = '{thing}'"));
        Assert.Equal("[[1]]", await RowsAsync($"SELECT count(*) FROM things WHERE list_contains(organisation_path, 'city') AND id = '{thing}'"));
        Assert.Equal("""[["level",1.5,"1.5","suspect","2026-01-01T00:00:00Z"]]""", await RowsAsync($"SELECT property, value, text, quality, t FROM series WHERE thing = '{thing}'"));
        Assert.Equal("""[["Pump",1.5]]""", await RowsAsync($"SELECT name, value FROM observations JOIN things ON id = thing WHERE thing = '{thing}'"));
    }

    [Fact]
    public async Task Days_are_cut_and_times_are_written_in_the_zone_that_was_asked_for()
    {
        var thing = await ThingAsync();
        await ReportAsync(thing, "p", ("2026-01-01T15:59:59Z", Value.OfNumber(1), Quality.Good), ("2026-01-01T16:00:00Z", Value.OfNumber(2), Quality.Good), ("2026-01-01T23:00:00Z", Value.OfNumber(4), Quality.Good));
        var sql = $"SELECT date_trunc('day', t) AS day, sum(value) FROM observations WHERE thing = '{thing}' GROUP BY day ORDER BY day";
        Assert.Equal("""[["2026-01-01T00:00:00Z",7]]""", await RowsAsync(sql));
        Assert.Equal("""[["2026-01-01T00:00:00+08:00",1],["2026-01-02T00:00:00+08:00",6]]""", await RowsAsync(sql, ""","zone":"Asia/Shanghai" """));
        Assert.Equal("""[["2026-06-30T20:00:00-04:00"]]""", await RowsAsync("SELECT TIMESTAMPTZ '2026-07-01 00:00:00Z'", ""","zone":"America/New_York" """));
        var fault = await AskAsync("SELECT 1", ""","zone":"Nowhere" """, HttpStatusCode.BadRequest);
        Assert.Contains("IANA", fault["errors"]!["zone"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT $1 + $2, $3", """[1,2.5,"a"]""", """[[3.5,"a"]]""")]
    [InlineData("SELECT ?, ?, ?", """[null,true,9007199254740993]""", """[[null,true,"9007199254740993"]]""")]
    [InlineData("SELECT count(*) FROM range(10) t(i) WHERE i > $low", """{"low":5}""", "[[4]]")]
    [InlineData("SELECT TIMESTAMPTZ '2026-01-01 00:00:00Z' < $t", """{"t":"2026-01-01T08:00:01+08:00"}""", "[[true]]")]
    public async Task Parameters_are_typed_as_json_types_them(string sql, string parameters, string rows) =>
        Assert.Equal(rows, await RowsAsync(sql, $""","parameters":{parameters}"""));

    [Theory]
    [InlineData("SELECT $a", "{}", "$a")]
    [InlineData("SELECT 1", """{"a":1}""", "$a")]
    [InlineData("SELECT ?, ?", "[1]", "$2")]
    [InlineData("SELECT $a", """{"a":[1]}""", "$a")]
    public async Task Parameters_must_be_those_of_the_query(string sql, string parameters, string names) =>
        Assert.Contains(names, (await AskAsync(sql, $""","parameters":{parameters}""", HttpStatusCode.BadRequest)).Text("detail"), StringComparison.Ordinal);

    [Fact]
    public async Task Every_type_has_its_form()
    {
        var answer = await AskAsync("""
            SELECT 1::TINYINT a, 9007199254740992 b, 9007199254740993 c, 170141183460469231731687303715884105727::HUGEINT d, 1.25::DECIMAL(10,2) e, 0.12345678901234567890::DECIMAL(38,20) f, 'nan'::DOUBLE g,
                'infinity'::DOUBLE h, DATE '2026-01-02' i, TIME '12:00:01.5' j, TIMESTAMP '2026-01-02 03:04:05.678' k, INTERVAL '1 month 2 days 3.5 seconds' l, [1, 2] m, {'a': 1.5, 'b': ['x']} n,
                MAP {'x': 1} o, true p, 'é"' q, NULL r, 'infinity'::TIMESTAMPTZ s
            """);
        Assert.Equal("""
            [[1,9007199254740992,"9007199254740993","170141183460469231731687303715884105727",1.25,"0.1234567890123456789",null,null,"2026-01-02","12:00:01.500000","2026-01-02T03:04:05.678","P1M2DT3.5S",[1,2],{"a":1.5,"b":["x"]},{"x":1},true,"é\"",null,null]]
            """.Trim(), answer["rows"]!.ToJsonString(Plain));
        Assert.Equal("TINYINT BIGINT BIGINT HUGEINT DECIMAL DECIMAL DOUBLE DOUBLE DATE TIME TIMESTAMP INTERVAL LIST STRUCT MAP BOOLEAN VARCHAR INTEGER TIMESTAMPTZ",
            string.Join(' ', answer["columns"]!.AsArray().Select(column => column!.Text("type"))));
    }

    [Fact]
    public async Task An_answer_is_cut_at_its_limit_and_says_so()
    {
        var answer = await AskAsync("SELECT * FROM range(100)", ""","limit":3""");
        Assert.Equal(("[[0],[1],[2]]", "rows", 3), (answer["rows"]!.ToJsonString(), answer.Text("cut"), answer["rowCount"]!.GetValue<int>()));
        Assert.Null((await AskAsync("SELECT * FROM range(3)", ""","limit":3"""))["cut"]);
        Assert.Equal(1_000, (await AskAsync("SELECT * FROM range(2000)"))["rowCount"]!.GetValue<int>());
        await AskAsync("SELECT 1", ""","limit":0""", HttpStatusCode.BadRequest);
        await AskAsync("SELECT 1", ""","limit":100001""", HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("csv", "text/csv", "a,b\r\n1,\"x,\"\"y\"\"\"\r\n,2026-01-01T00:00:00Z\r\n")]
    [InlineData("ndjson", "application/x-ndjson", "{\"a\":1,\"b\":\"x,\\\"y\\\"\"}\n{\"a\":null,\"b\":\"2026-01-01T00:00:00Z\"}\n")]
    public async Task Answers_come_as_csv_and_lines_too(string format, string type, string expected)
    {
        const string body = """{"sql":"SELECT 1 AS a, 'x,\"y\"' AS b UNION ALL SELECT NULL, '2026-01-01T00:00:00Z' ORDER BY a NULLS LAST"}""";
        foreach (var (path, accept) in new[] { ($"/api/v1/sql?format={format}", "*/*"), ("/api/v1/sql", type) })
        {
            using var answer = await _client.SendAsync(HttpMethod.Post, path, body, headers: ("Accept", accept));
            Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
            Assert.Equal(expected, await answer.Content.ReadAsStringAsync(Stop));
        }
        using var unknown = await _client.SendAsync(HttpMethod.Post, "/api/v1/sql?format=xml", body);
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
    }

    [Theory]
    [InlineData("SELECT x FROM things", 400, "x", 1, 8)]
    [InlineData("SELECT\n 'a'::INTEGER", 422, "INT32", 2, null)]
    [InlineData("SELECT * FROM refused", 400, "observations, things", 1, 15)]
    [InlineData("SELECT sum(name) FROM things", 400, "sum", 1, 8)]
    [InlineData("COPY things TO '/tmp/x'", 400, "SELECT", null, null)]
    public async Task A_query_that_is_wrong_is_told_what_and_where(string sql, int status, string message, int? line, int? column)
    {
        var fault = await AskAsync(sql, expect: (HttpStatusCode)status);
        Assert.Contains(message, fault.Text("detail"), StringComparison.Ordinal);
        foreach (var hidden in new[] { wanwu.Server.Folder, "telemetry.", "_things", "_picked", "LINE ", "temp." }) Assert.DoesNotContain(hidden, fault.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(line, fault["line"]?.GetValue<int>());
        if (column is not null) Assert.Equal(column, fault["column"]?.GetValue<int>());
    }

    [Fact]
    public async Task The_schema_is_that_of_the_views_in_the_asker_s_language()
    {
        foreach (var view in (await _client.ReadAsync("/api/v1/sql/schema"))["items"]!.AsArray())
        {
            var described = view!["columns"]!.AsArray().Select(column => (column!.Text("name"), column!.Text("type").Split('(')[0] switch { "JSON" => "VARCHAR", "VARCHAR[]" => "LIST", var type => type }));
            var columns = (await AskAsync($"SELECT * FROM {view.Text("name")} LIMIT 0"))["columns"]!.AsArray().Select(column => (column!.Text("name"), column!.Text("type")));
            Assert.Equal(described, columns);
        }
        using var chinese = await _client.SendAsync(HttpMethod.Get, "/api/v1/sql/schema", headers: ("Accept-Language", "zh-Hant"));
        Assert.Contains("物的編號", await chinese.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Role.Viewer, HttpStatusCode.OK)]
    [InlineData(Role.Planner, HttpStatusCode.OK)]
    [InlineData(Role.Auditor, HttpStatusCode.Forbidden)]
    [InlineData(Role.SecurityOfficer, HttpStatusCode.Forbidden)]
    public async Task Only_those_who_read_observations_may_ask(string role, HttpStatusCode expected) =>
        await (await wanwu.Server.ClientAsync(role)).CallAsync(HttpMethod.Post, "/api/v1/sql", """{"sql":"SELECT 1"}""", expected);

    [Fact]
    public async Task The_questions_of_the_documentation_have_answers()
    {
        var text = await File.ReadAllTextAsync(Repository.File("docs", "sql.md"), Stop);
        var questions = text[text.LastIndexOf("```sql", StringComparison.Ordinal)..].Split(";\n").Where(part => part.Contains("SELECT", StringComparison.Ordinal)).Select(part => part[part.IndexOf("SELECT", StringComparison.Ordinal)..]).ToList();
        Assert.Equal(10, questions.Count);
        foreach (var question in questions)
        {
            var values = new Dictionary<string, string> { ["thing"] = "01J", ["meter"] = "01J", ["from"] = "2026-01-01T00:00:00Z" };
            var parameters = values.Where(pair => question.Contains($"${pair.Key}", StringComparison.Ordinal)).ToDictionary();
            await AskAsync(question, $""","parameters":{JsonSerializer.Serialize(parameters)}""");
        }
    }
}
