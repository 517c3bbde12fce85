using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Wanwu.Tests.Connect.Imports;

/// <summary>History from files, through the API: what is tried, taken, refused and shown.</summary>
public sealed class ImportTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private HttpClient Http => wanwu.Administrator;

    private async Task<string> ThingAsync(string extra = "") => (await Http.CreateAsync("/api/v1/things", $$"""{"name":"Imported"{{extra}}}""")).Text("id");

    private async Task<JsonNode> UploadAsync(byte[] file, string query = "", HttpStatusCode expect = HttpStatusCode.Created)
    {
        using var body = new ByteArrayContent(file);
        using var answer = await Http.PostAsync($"/api/v1/imports?name=table.csv{query}", body, Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        Assert.True(answer.StatusCode == expect, $"{(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    private Task<JsonNode> UploadAsync(string file) => UploadAsync(Encoding.UTF8.GetBytes(file));

    /// <summary>Has it done, and waits until it is.</summary>
    private async Task<JsonNode> DoAsync(string id, string what, string? mapping, HttpClient? by = null)
    {
        await (by ?? Http).CallAsync(HttpMethod.Post, $"/api/v1/imports/{id}/{what}", mapping, HttpStatusCode.Accepted);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (await timer.WaitForNextTickAsync(Stop))
        {
            var view = await Http.ReadAsync($"/api/v1/imports/{id}");
            if (view.Text("state") is not ("checking" or "waiting" or "running")) return view;
        }
        throw new InvalidOperationException("The timer ended.");
    }

    private async Task<JsonArray> SeriesAsync(string thing, string property) => (await Http.ReadAsync($"/api/v1/things/{thing}/series/{property}"))["items"]!.AsArray();

    private static string Mapping(string thing, string rest) => $$"""{"thing":"{{thing}}",{{rest}}}""";

    [Fact]
    public async Task A_wide_table_is_guessed_tried_and_taken_and_a_second_time_nothing_is_new()
    {
        var thing = await ThingAsync();
        var view = await UploadAsync("date,HUFL,OT\n2016-07-01 00:00:00,5.827,30.5\n2016-07-01 01:00:00,NA,27.75\n2016-07-01 01:00:00,1,27.5\nsoon,1,2\n");
        Assert.Equal(["date", "HUFL", "OT"], view["header"]!.AsArray().Select(name => name!.GetValue<string>()));
        var mapping = Mapping(thing, "\"time\":[\"date\"],\"zone\":\"UTC\",\"columns\":[{\"column\":\"HUFL\",\"property\":\"HUFL\"},{\"column\":\"OT\",\"property\":\"OT\"}]");

        var tried = await DoAsync(view.Text("id"), "check", mapping);
        Assert.Equal("checked", tried.Text("state"));
        var report = tried["report"]!;
        Assert.Equal((4, 5, 4, 1, 1), ((int)report["rows"]!, (int)report["observations"]!, (int)report["new"]!, (int)report["repeated"]!, (int)report["refused"]!));
        Assert.Equal((1, 2, 2), ((int)report["things"]!, (int)report["series"]!, (int)report["seriesMade"]!));
        Assert.Equal(("2016-07-01T00:00:00Z", "2016-07-01T01:00:00Z"), (report.Text("from"), report.Text("to")));
        var reason = Assert.Single(report["reasons"]!.AsArray())!;
        Assert.Equal(("badTime", 5), (reason.Text("reason"), (int)reason["examples"]![0]!["line"]!));
        Assert.Empty(await SeriesAsync(thing, "OT"));

        var done = await DoAsync(view.Text("id"), "start", null);
        Assert.Equal(("done", 5, 1), (done.Text("state"), (int)done["progress"]!["accepted"]!, (int)done["progress"]!["refused"]!));
        Assert.Equal(["30.5", "27.5"], (await SeriesAsync(thing, "OT")).Select(item => item!["value"]!.ToJsonString()));
        var refused = await Http.GetStringAsync($"/api/v1/imports/{view.Text("id")}/refused", Stop);
        Assert.Contains("5,badTime,", refused, StringComparison.Ordinal);
        Assert.Contains("soon,1,2", refused, StringComparison.Ordinal);

        var again = await DoAsync((await UploadAsync("date,HUFL,OT\n2016-07-01 00:00:00,5.827,30.5\n")).Text("id"), "check", mapping);
        Assert.Equal((0, 2, 0), ((int)again["report"]!["new"]!, (int)again["report"]!["repeated"]!, (int)again["report"]!["seriesMade"]!));
    }

    [Fact]
    public async Task A_long_table_names_its_things_by_id_and_identifier_and_carries_units_and_qualities()
    {
        await Http.CallAsync(HttpMethod.Post, "/api/v1/models", """
            {"@context":"https://www.w3.org/2022/wot/td/v1.1","@type":"tm:ThingModel","title":"Warm import",
             "properties":{"temperature":{"type":"number","unit":"Cel","minimum":-50,"maximum":60},"state":{"type":"string"},"at":{"type":"object"}}}
            """, HttpStatusCode.Created, "application/tm+json");
        var model = (await Http.ReadAsync("/api/v1/models"))["items"]!.AsArray().Select(one => one!.Text("id")).First(id => id.Contains("warm", StringComparison.Ordinal));
        var first = await ThingAsync($",\"model\":\"{model}\",\"identifiers\":[{{\"scheme\":\"eui64\",\"value\":\"0004A30B001C0530\"}}]");
        var view = await UploadAsync($""""
            thing,property,time,value,quality,unit
            {first},temperature,2026-01-01T00:00:00Z,68,,[degF]
            eui64:0004A30B001C0530,temperature,2026-01-01T01:00:00Z,21.5,suspect,
            {first},temperature,2026-01-01T02:00:00Z,,missing,
            {first},temperature,2026-01-01T03:00:00Z,99,,
            {first},temperature,2026-01-01T04:00:00Z,warm,,
            {first},state,2026-01-01T00:00:00Z,"on, ""really""",,
            {first},pressure,2026-01-01T00:00:00Z,1,,
            eui64:0004A30B001C0531,temperature,2026-01-01T00:00:00Z,1,,
            {first},temperature,2026-01-01T05:00:00Z,1,splendid,
            {first},temperature,2226-01-01T05:00:00Z,1,,
            {first},temperature,2026-01-01T06:00:00Z,1,,Pa
            one field alone
            """");
        Assert.Equal("value", view["mapping"]!.Text("valueColumn"));
        var done = await DoAsync(view.Text("id"), "start", null);
        Assert.Equal(("done", 4, 8), (done.Text("state"), (int)done["progress"]!["accepted"]!, (int)done["progress"]!["refused"]!));
        var items = await SeriesAsync(first, "temperature");
        Assert.Equal([("20", "good"), ("21.5", "suspect"), ("null", "missing")], items.Select(item => (item!["value"]?.ToJsonString() ?? "null", item.Text("quality"))));
        Assert.Equal("on, \"really\"", Assert.Single(await SeriesAsync(first, "state"))!.Text("value"));
        var refused = await Http.GetStringAsync($"/api/v1/imports/{view.Text("id")}/refused", Stop);
        foreach (var line in (string[])["5,outOfRange", "6,wrongType", "8,unknownProperty", "9,unknownThing", "10,badQuality", "11,timeInFuture", "12,wrongUnit", "13,malformed"])
            Assert.Contains($"\n{line},", refused, StringComparison.Ordinal);
        var account = (await Http.ReadAsync("/api/v1/account"))["protocols"]!["import"]!;
        Assert.Equal((long)account["received"]!, (long)account["stored"]! + (long)account["repeated"]! + (long)account["refused"]!);
    }

    [Fact]
    public async Task A_column_of_kinds_says_what_a_value_is_and_what_is_not_of_its_kind_is_refused()
    {
        var thing = await ThingAsync();
        var view = await UploadAsync($""""
            thing,property,t,value,kind,quality
            {thing},text,2026-01-01T00:00:00Z,NA,text,good
            {thing},text,2026-01-01T01:00:00Z,,text,good
            {thing},number,2026-01-01T00:00:00Z,21,number,suspect
            {thing},place,2026-01-01T00:00:00Z,"31.5,121.5",point,good
            {thing},number,2026-01-01T01:00:00Z,warm,number,good
            {thing},number,2026-01-01T02:00:00Z,1,splendid,good
            {thing},number,2026-01-01T03:00:00Z,,none,fault
            """");
        Assert.Equal("kind", view["mapping"]!.Text("kindColumn"));
        var done = await DoAsync(view.Text("id"), "start", null);
        Assert.Equal(("done", 5, 2), (done.Text("state"), (int)done["progress"]!["accepted"]!, (int)done["progress"]!["refused"]!));
        Assert.Equal(["NA", ""], (await SeriesAsync(thing, "text")).Select(item => item!.Text("value")));
        Assert.Equal([("21", "suspect"), ("null", "fault")], (await SeriesAsync(thing, "number")).Select(item => (item!["value"]?.ToJsonString() ?? "null", item.Text("quality"))));
        Assert.Equal(31.5, (double)Assert.Single(await SeriesAsync(thing, "place"))!["value"]!["lat"]!);
        var refused = await Http.GetStringAsync($"/api/v1/imports/{view.Text("id")}/refused", Stop);
        foreach (var line in (string[])["6,wrongType", "7,malformed"]) Assert.Contains($"\n{line},", refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gb18030", "&encoding=gb18030")]
    [InlineData("big5", "&encoding=big5")]
    [InlineData("utf-16", "")]
    [InlineData("utf-8", "")]
    public async Task Files_come_in_the_encodings_of_their_makers(string encoding, string query)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var thing = await ThingAsync();
        var of = Encoding.GetEncoding(encoding);
        byte[] file = [.. of.GetPreamble(), .. of.GetBytes("時間;水位\r\n2026年1月1日 8時;\"3,5\"\r\n")];
        var view = await UploadAsync(file, query);
        Assert.Equal(["時間", "水位"], view["header"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.Equal("時間", view["mapping"]!["time"]![0]!.GetValue<string>());
        var done = await DoAsync(view.Text("id"), "start", Mapping(thing, "\"time\":[\"時間\"],\"zone\":\"Asia/Shanghai\",\"decimalComma\":true,\"columns\":[{\"column\":\"水位\",\"property\":\"level\"}]"));
        Assert.Equal("done", done.Text("state"));
        var item = Assert.Single(await SeriesAsync(thing, "level"))!;
        Assert.Equal(("2026-01-01T00:00:00Z", 3.5), (item.Text("t"), (double)item["value"]!));
    }

    [Fact]
    public async Task What_is_no_table_is_refused_with_what_to_do()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        Assert.Contains("gb18030", (await UploadAsync(Encoding.GetEncoding("gb18030").GetBytes("时间,水位\n"), "", HttpStatusCode.UnprocessableEntity)).Text("detail"), StringComparison.Ordinal);
        Assert.Contains("Parquet", (await UploadAsync("PAR1 is not all there is to it PAR1"u8.ToArray(), "", HttpStatusCode.UnprocessableEntity)).Text("detail"), StringComparison.Ordinal);
        await UploadAsync([], "", HttpStatusCode.UnprocessableEntity);
        await UploadAsync("a,b\n"u8.ToArray(), "&encoding=klingon", HttpStatusCode.BadRequest);
        Assert.DoesNotContain((await Http.ReadAsync("/api/v1/imports"))["items"]!.AsArray(), one => one!["header"]!.AsArray().Count == 0);
    }

    [Theory]
    [InlineData("/api/v1/imports", "text/csv, application/vnd.apache.parquet or application/octet-stream")]
    [InlineData("/api/v1/imports/0/start", "application/json")]
    public async Task A_body_of_another_type_is_told_which_types_are_taken(string path, string types)
    {
        var problem = await Http.CallAsync(HttpMethod.Post, path, "a=1", HttpStatusCode.UnsupportedMediaType, "application/x-www-form-urlencoded");
        Assert.Contains($"Content-Type: {types}.", problem!.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mapping_that_does_not_fit_is_refused_member_by_member()
    {
        var id = (await UploadAsync("time,level\n2026-01-01T00:00:00Z,1\n")).Text("id");
        foreach (var (mapping, member) in ((string, string)[])[
            ("{}", "thing"), ("""{"thing":"x","time":["nowhere"],"columns":[{"column":"level","property":"level"}]}""", "time"),
            ("""{"thing":"x","time":["time"],"columns":[{"column":"level","property":"no spaces"}]}""", "columns"),
            ("""{"thing":"x","time":["time"],"zone":"Mars/Base","columns":[{"column":"level","property":"level"}]}""", "zone"),
            ("""{"thing":"x","time":["time"],"columns":[{"column":"level","property":"level","unit":"furlongs"}]}""", "columns")])
        {
            var problem = await Http.CallAsync(HttpMethod.Post, $"/api/v1/imports/{id}/check", mapping, HttpStatusCode.BadRequest);
            Assert.NotNull(problem!["errors"]![member]);
        }
        await Http.CallAsync(HttpMethod.Post, $"/api/v1/imports/{id}/check", """{"no":1}""", HttpStatusCode.BadRequest);
        await Http.CallAsync(HttpMethod.Post, $"/api/v1/imports/{id}/check", "{", HttpStatusCode.BadRequest);
        await Http.CallAsync(HttpMethod.Post, $"/api/v1/imports/{id}/stop", null, HttpStatusCode.Conflict);
        await Http.CallAsync(HttpMethod.Delete, $"/api/v1/imports/{id}", null, HttpStatusCode.NoContent);
        await Http.CallAsync(HttpMethod.Get, $"/api/v1/imports/{id}", null, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Only_who_may_report_imports_and_sees_imports_of_their_own()
    {
        var id = (await UploadAsync("time,level\n2026-01-01T00:00:00Z,1\n")).Text("id");
        var viewer = await wanwu.Server.ClientAsync("viewer");
        var refused = await viewer.CallAsync(HttpMethod.Get, "/api/v1/imports", expect: HttpStatusCode.Forbidden);
        Assert.Contains("permission report", refused!.Text("detail"), StringComparison.Ordinal);
        var integrator = await wanwu.Server.ClientAsync("integrator");
        Assert.Empty((await integrator.ReadAsync("/api/v1/imports"))["items"]!.AsArray());
        await integrator.CallAsync(HttpMethod.Get, $"/api/v1/imports/{id}", expect: HttpStatusCode.NotFound);
        var created = await Http.CreateAsync("/api/v1/things", """{"name":"Uploader"}""");
        var credentials = created["credentials"]!;
        await wanwu.Server.ClientOf(credentials.Text("username"), credentials.Text("password")).CallAsync(HttpMethod.Post, "/api/v1/imports", "a,b\n1,2\n", HttpStatusCode.Forbidden, "text/csv");
    }
}
