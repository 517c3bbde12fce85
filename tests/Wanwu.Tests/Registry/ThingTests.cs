using System.Net;
using System.Text.Json.Nodes;

namespace Wanwu.Tests.Registry;

public sealed class ThingTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private readonly HttpClient _client = wanwu.Administrator;

    [Fact]
    public async Task A_thing_is_created_with_its_name_alone_and_its_credentials_are_shown_once()
    {
        var created = await _client.CreateAsync("/api/v1/things", """{"name":"boiler 7"}""");
        var id = created.Text("id");
        Assert.Equal("boiler 7", created.Text("name"));
        Assert.Equal("inService", created.Text("lifecycle"));
        Assert.Equal(id, created["credentials"]!.Text("username"));
        Assert.Equal(32, created["credentials"]!.Text("password").Length);

        var read = await _client.ReadAsync($"/api/v1/things/{id}");
        Assert.Null(read["credentials"]);
        Assert.Equal("Asia/Shanghai", read.Text("timeZone"));
    }

    [Fact]
    public async Task Everything_that_is_said_of_a_thing_reads_back()
    {
        await _client.OrganisationAsync("北京市環保局");
        var created = await _client.CreateAsync("/api/v1/things", """
            {"name":{"zh-Hant":"海淀監測站","zh-Hans":"海淀监测站","en":"Haidian station"},
             "identifiers":[{"scheme":"eui64","value":"00-24-be-ff-fe-80-4f-f1"},{"scheme":"imei","value":"490154203237518"}],
             "organisation":"北京市環保局","region":"110108","place":{"lat":39.99,"lon":116.29},
             "labels":{"floor":"3","備註":"屋頂"},"lifecycle":"planned","timeZone":"Asia/Urumqi"}
            """);
        var read = await _client.ReadAsync($"/api/v1/things/{created.Text("id")}");
        Assert.Equal("海淀監測站", read["names"]!.Text("zh-Hant"));
        Assert.Equal("海淀监测站", read["names"]!.Text("zh-Hans"));
        Assert.Equal("Haidian station", read["names"]!.Text("en"));
        Assert.Equal("0024BEFFFE804FF1", Named(read, "eui64").Text("value"));
        Assert.Equal("00-24-be-ff-fe-80-4f-f1", Named(read, "eui64").Text("raw"));
        Assert.Equal("北京市環保局", read.Text("organisation"));
        Assert.Equal("110108", read.Text("region"));
        Assert.Equal(39.99, read["place"]!["lat"]!.GetValue<double>());
        Assert.Equal("屋頂", read["labels"]!.Text("備註"));
        Assert.Equal("planned", read.Text("lifecycle"));
        Assert.Equal("Asia/Urumqi", read.Text("timeZone"));
    }

    private static JsonNode Named(JsonNode thing, string scheme) => thing["identifiers"]!.AsArray().Single(identifier => identifier!.Text("scheme") == scheme)!;

    [Theory]
    [InlineData("""{}""", "name", "needs a name")]
    [InlineData("""{"name":""}""", "name", "empty")]
    [InlineData("""{"name":7}""", "name", "Expected a text")]
    [InlineData("""{"name":{"fr":"bonjour"}}""", "name.fr", "zh-Hant, zh-Hans, en")]
    [InlineData("""{"name":"x","colour":"red"}""", "colour", "not known")]
    [InlineData("""{"name":"x","model":"no-such"}""", "model", "no model 'no-such'")]
    [InlineData("""{"name":"x","model":"No Such"}""", "model", "a-z 0-9")]
    [InlineData("""{"name":"x","identifiers":[{"scheme":"imei","value":"490154203237511"}]}""", "identifiers[0].value", "check digit is 1, should be 8")]
    [InlineData("""{"name":"x","identifiers":[{"scheme":"nothing","value":"1"}]}""", "identifiers[0].scheme", "not an identifier scheme")]
    [InlineData("""{"name":"x","identifiers":[{"scheme":"imei"}]}""", "identifiers[0]", "Expected")]
    [InlineData("""{"name":"x","identifiers":[{"scheme":"custom","value":"a"},{"scheme":"custom","value":"a"}]}""", "identifiers[1]", "given twice")]
    [InlineData("""{"name":"x","region":"11010"}""", "region", "six digits")]
    [InlineData("""{"name":"x","place":{"lat":91,"lon":0}}""", "place", "-90 to 90")]
    [InlineData("""{"name":"x","place":{"lat":1}}""", "place", "Expected")]
    [InlineData("""{"name":"x","labels":{"a b":"c"}}""", "labels.a b", "letters, digits")]
    [InlineData("""{"name":"x","labels":{"a":7}}""", "labels.a", "text or null")]
    [InlineData("""{"name":"x","lifecycle":"broken"}""", "lifecycle", "planned, deployed")]
    [InlineData("""{"name":"x","lifecycle":"retired"}""", "lifecycle", "cannot begin")]
    [InlineData("""{"name":"x","gateway":"nobody"}""", "gateway", "id of a thing")]
    [InlineData("""{"name":"x","gateway":"01arz3ndektsv4rrffq69g5fav"}""", "gateway", "no thing in use")]
    [InlineData("""{"name":"x","timeZone":"Mars/Olympus"}""", "timeZone", "IANA")]
    [InlineData("""[]""", "", "Expected an object")]
    public async Task What_breaks_a_rule_is_refused_by_name(string body, string member, string rule)
    {
        var problem = await _client.CreateAsync("/api/v1/things", body, HttpStatusCode.BadRequest);
        Assert.Contains(rule, problem["errors"]![member]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_faults_are_told_at_once()
    {
        var problem = await _client.CreateAsync("/api/v1/things", """{"name":"","region":"1","place":7}""", HttpStatusCode.BadRequest);
        Assert.Equal(["name", "place", "region"], problem["errors"]!.AsObject().Select(fault => fault.Key).Order());
    }

    [Theory]
    [InlineData("{", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("""{"name":"a","name":"b"}""", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("name=x", "application/x-www-form-urlencoded", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("", "application/json", HttpStatusCode.BadRequest)]
    public async Task What_is_no_JSON_is_refused(string body, string type, HttpStatusCode status)
    {
        var problem = await _client.CallAsync(HttpMethod.Post, "/api/v1/things", body, status, type);
        Assert.Equal((int)status, problem!["status"]!.GetValue<int>());
    }

    [Fact]
    public async Task An_identifier_names_one_thing_in_use_until_it_is_retired()
    {
        const string body = """{"name":"meter","identifiers":[{"scheme":"custom","value":"pump house 9"}]}""";
        var first = (await _client.CreateAsync("/api/v1/things", body)).Text("id");
        var problem = await _client.CreateAsync("/api/v1/things", body, HttpStatusCode.Conflict);
        Assert.Contains(first, problem["errors"]!["identifiers[0]"]![0]!.GetValue<string>(), StringComparison.Ordinal);

        await _client.CallAsync(HttpMethod.Delete, $"/api/v1/things/{first}", expect: HttpStatusCode.NoContent);
        var second = (await _client.CreateAsync("/api/v1/things", body)).Text("id");
        var page = await _client.ReadAsync("/api/v1/things?identifier=custom:pump%20house%209&lifecycle=inService");
        Assert.Equal([second], page["items"]!.AsArray().Select(thing => thing!.Text("id")));
    }

    [Fact]
    public async Task A_change_touches_only_what_it_names_and_null_takes_away()
    {
        await _client.OrganisationAsync("O");
        var id = (await _client.CreateAsync("/api/v1/things",
            """{"name":{"zh-Hans":"甲","en":"A"},"organisation":"O","labels":{"a":"1","b":"2"},"place":{"lat":1,"lon":2}}""")).Text("id");
        var changed = (await _client.CallAsync(HttpMethod.Patch, $"/api/v1/things/{id}", """{"name":{"en":"B"},"labels":{"a":null,"c":"3"},"place":null}"""))!;
        Assert.Equal("甲", changed["names"]!.Text("zh-Hans"));
        Assert.Equal("B", changed["names"]!.Text("en"));
        Assert.Equal("""{"b":"2","c":"3"}""", changed["labels"]!.ToJsonString());
        Assert.Null(changed["place"]);
        Assert.Equal("O", changed.Text("organisation"));

        var problem = await _client.CallAsync(HttpMethod.Patch, $"/api/v1/things/{id}", """{"name":{"en":null,"zh-Hans":null}}""", HttpStatusCode.BadRequest);
        Assert.NotNull(problem!["errors"]!["name"]);
    }

    [Fact]
    public async Task A_change_of_what_another_has_changed_is_refused()
    {
        await _client.OrganisationAsync("me");
        var id = (await _client.CreateAsync("/api/v1/things", """{"name":"tagged"}""")).Text("id");
        using var first = await _client.SendAsync(HttpMethod.Get, $"/api/v1/things/{id}");
        var tag = first.Headers.ETag!.Tag;
        using var mine = await _client.SendAsync(HttpMethod.Patch, $"/api/v1/things/{id}", """{"organisation":"me"}""", headers: ("If-Match", tag));
        Assert.Equal(HttpStatusCode.OK, mine.StatusCode);
        Assert.NotEqual(tag, mine.Headers.ETag!.Tag);
        using var theirs = await _client.SendAsync(HttpMethod.Patch, $"/api/v1/things/{id}", """{"organisation":"they"}""", headers: ("If-Match", tag));
        Assert.Equal(HttpStatusCode.PreconditionFailed, theirs.StatusCode);
        using var odd = await _client.SendAsync(HttpMethod.Delete, $"/api/v1/things/{id}", headers: ("If-Match", "\"abc\""));
        Assert.Equal(HttpStatusCode.PreconditionFailed, odd.StatusCode);
        using var unchanged = await _client.SendAsync(HttpMethod.Get, $"/api/v1/things/{id}", headers: ("If-None-Match", mine.Headers.ETag.Tag));
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Fact]
    public async Task A_life_goes_forward_and_a_retired_thing_stays_retired()
    {
        var id = (await _client.CreateAsync("/api/v1/things", """{"name":"pump","lifecycle":"planned"}""")).Text("id");
        foreach (var step in (string[])["deployed", "inService", "underRepair", "inService"])
            await _client.CallAsync(HttpMethod.Patch, $"/api/v1/things/{id}", $$"""{"lifecycle":"{{step}}"}""");
        var back = await _client.CallAsync(HttpMethod.Patch, $"/api/v1/things/{id}", """{"lifecycle":"planned"}""", HttpStatusCode.Conflict);
        Assert.Contains("cannot become planned", back!["errors"]!["lifecycle"]![0]!.GetValue<string>(), StringComparison.Ordinal);

        await _client.CallAsync(HttpMethod.Delete, $"/api/v1/things/{id}", expect: HttpStatusCode.NoContent);
        await _client.CallAsync(HttpMethod.Delete, $"/api/v1/things/{id}", expect: HttpStatusCode.NoContent);
        await _client.CallAsync(HttpMethod.Patch, $"/api/v1/things/{id}", """{"lifecycle":"inService"}""", HttpStatusCode.Conflict);
        await _client.CallAsync(HttpMethod.Post, $"/api/v1/things/{id}/credentials", expect: HttpStatusCode.Conflict);
        Assert.Equal("retired", (await _client.ReadAsync($"/api/v1/things/{id}")).Text("lifecycle"));
    }

    [Fact]
    public async Task Things_created_in_bulk_are_each_answered_by_themselves()
    {
        var answer = (await _client.CallAsync(HttpMethod.Post, "/api/v1/things/batch", """
            [{"name":"a","identifiers":[{"scheme":"custom","value":"bulk 1"}]}, {"name":""}, {"name":"c","identifiers":[{"scheme":"custom","value":"bulk 1"}]}, {"name":"d"}]
            """))!;
        Assert.Equal([201, 400, 409, 201], answer["items"]!.AsArray().Select(item => item!["status"]!.GetValue<int>()));
        Assert.Equal(2, answer["created"]!.GetValue<int>());
        var last = answer["items"]![3]!;
        using var thing = wanwu.Server.ClientOf(last["credentials"]!.Text("username"), last["credentials"]!.Text("password"));
        Assert.Equal("d", (await thing.ReadAsync($"/api/v1/things/{last.Text("id")}")).Text("name"));
        await _client.CallAsync(HttpMethod.Post, "/api/v1/things/batch", "[]", HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_thing_behind_a_gateway_cannot_be_a_gateway()
    {
        var gateway = (await _client.CreateAsync("/api/v1/things", """{"name":"gateway"}""")).Text("id");
        var child = (await _client.CreateAsync("/api/v1/things", $$"""{"name":"child","gateway":"{{gateway}}"}""")).Text("id");
        await _client.CreateAsync("/api/v1/things", $$"""{"name":"grandchild","gateway":"{{child}}"}""", HttpStatusCode.BadRequest);
        await _client.CallAsync(HttpMethod.Patch, $"/api/v1/things/{gateway}", $$"""{"gateway":"{{child}}"}""", HttpStatusCode.BadRequest);
        await _client.CallAsync(HttpMethod.Patch, $"/api/v1/things/{child}", $$"""{"gateway":"{{child}}"}""", HttpStatusCode.BadRequest);
        var page = await _client.ReadAsync($"/api/v1/things?gateway={gateway}");
        Assert.Equal([child], page["items"]!.AsArray().Select(thing => thing!.Text("id")));
    }
}
