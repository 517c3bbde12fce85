using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Tests.Connect;

namespace Wanwu.Tests.Security.Programs;

/// <summary>Programs that sign in by OAuth 2.1, from the first request to the last token, through the front door.</summary>
public sealed class OAuthFlowTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_program_signs_in_for_itself_and_may_what_its_role_and_scope_say()
    {
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator, """["integrator"]""", """["integrator"]""");
        var tokens = await program.OwnAsync("read-things report");
        Assert.Equal(("Bearer", 1_800 - 1), (tokens.Text("token_type"), Math.Min(1_799, tokens["expires_in"]!.GetValue<int>())));
        Assert.Null(tokens["refresh_token"]);
        using var client = program.Bearing(tokens);
        var me = await client.ReadAsync("/api/v1/me");
        Assert.Equal("program", me.Text("kind"));
        Assert.Equal("read-things report", PermissionsOf(me));
        await client.CallAsync(HttpMethod.Post, "/api/v1/things", """{"name":"beyond the scope"}""", HttpStatusCode.Forbidden);

        using var whole = program.Bearing(await program.OwnAsync());
        await whole.CallAsync(HttpMethod.Post, "/api/v1/things", """{"name":"within"}""", HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_person_lets_a_program_act_and_it_may_what_both_may()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Integrator);
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator);
        var tokens = await program.RedeemAsync(await program.CodeAsync(person, "read-observations change-things administer offline_access"));
        using var client = program.Bearing(tokens);
        var me = await client.ReadAsync("/api/v1/me");
        Assert.Equal(("person", person.Name), (me.Text("kind"), me.Text("name")));
        Assert.Equal("read-things change-things read-observations", PermissionsOf(me));

        await person.ChangeAsync(Role.Viewer);
        Assert.Equal("read-things read-observations", PermissionsOf(await client.ReadAsync("/api/v1/me")));
        var next = await program.RefreshAsync(tokens.Text("refresh_token"));
        Assert.NotEqual(tokens.Text("refresh_token"), next.Text("refresh_token"));
        using var later = program.Bearing(next);
        Assert.Equal(person.Name, (await later.ReadAsync("/api/v1/me")).Text("name"));
        await person.LeaveAsync();
        await later.CallAsync(HttpMethod.Get, "/api/v1/me", expect: HttpStatusCode.Unauthorized);
        Assert.Equal("invalid_grant", (await program.RefreshAsync(next.Text("refresh_token"), HttpStatusCode.BadRequest)).Text("error"));
    }

    [Fact]
    public async Task A_person_who_is_not_signed_in_comes_back_to_the_request_and_one_who_says_no_is_taken_at_their_word()
    {
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator);
        var asked = program.Request("read-things");
        using var stranger = wanwu.Server.Anonymous();
        using var first = await stranger.SendAsync(HttpMethod.Get, OAuthClient.Address(asked));
        var to = first.Headers.Location!.ToString();
        Assert.StartsWith("/sign-in?returnUrl=%2Fconnect%2Fauthorize%3F", to, StringComparison.Ordinal);
        asked["prompt"] = "none";
        using var silent = await stranger.SendAsync(HttpMethod.Get, OAuthClient.Address(asked));
        Assert.Equal("login_required", OAuthClient.Parse(silent).Query["error"]);

        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        asked.Remove("prompt");
        asked["decision"] = "deny";
        using var no = await person.PostFormAsync("/connect/authorize", asked);
        var (back, query) = OAuthClient.Parse(no);
        Assert.Equal((OAuthClient.Back, "access_denied", null), (back, query["error"], query["code"]));
    }

    [Theory]
    [InlineData("en", "asks for access", "Read observations")]
    [InlineData("zh-Hans", "请求访问", "读取观测")]
    [InlineData("zh-Hant", "請求存取", "讀取觀測")]
    public async Task The_consent_page_says_who_asks_for_what_in_whose_name(string language, string asks, string wants)
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator);
        var address = OAuthClient.Address(program.Request("read-observations")).Replace("/connect/authorize", "/consent", StringComparison.Ordinal);
        using var page = await person.Http.SendAsync(HttpMethod.Get, address, headers: ("Accept-Language", language));
        var html = WebUtility.HtmlDecode(await page.Content.ReadAsStringAsync(Stop));
        foreach (var said in (string[])["program ", asks, wants, person.Name, OAuthClient.Back, "name=\"code_challenge\""]) Assert.Contains(said, html, StringComparison.Ordinal);
        Assert.Contains("form-action 'self' https://app.example;", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_discovery_document_names_what_there_is_and_nothing_weaker()
    {
        using var anyone = wanwu.Server.Anonymous();
        var found = await anyone.ReadAsync("/.well-known/openid-configuration");
        Assert.Equal(["S256"], Texts(found, "code_challenge_methods_supported"));
        Assert.Equal(["code"], Texts(found, "response_types_supported"));
        Assert.Equal(["authorization_code", "client_credentials", "refresh_token"], Texts(found, "grant_types_supported").Order());
        Assert.Equal(["query"], Texts(found, "response_modes_supported"));
        foreach (var endpoint in (string[])["authorization", "token", "revocation", "introspection"])
            Assert.Equal(wanwu.Server.Url + $"connect/{Path(endpoint)}", found.Text($"{endpoint}_endpoint"));
        Assert.NotEmpty((await anyone.ReadAsync(new Uri(found.Text("jwks_uri")).AbsolutePath))["keys"]!.AsArray());

        static string Path(string endpoint) => endpoint switch { "authorization" => "authorize", "revocation" => "revoke", "introspection" => "introspect", _ => endpoint };
    }

    [Fact]
    public async Task Its_token_is_taken_by_every_door()
    {
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator, """["planner"]""", """["planner"]""");
        var token = (await program.OwnAsync()).Text("access_token");
        var (caller, fault) = await wanwu.Server.Get<SignIn>().CheckAsync("anything", Encoding.UTF8.GetBytes(token), "127.0.0.1", Stop);
        Assert.Equal((SignInFault.None, CallerKind.Program), (fault, caller!.Kind));
        using var basic = wanwu.Server.ClientOf("program", token);
        Assert.Equal("program", (await basic.ReadAsync("/api/v1/me")).Text("kind"));
        using var bearer = program.Bearing(new JsonObject { ["access_token"] = token });
        await bearer.CallAsync(HttpMethod.Post, "/api/v1/sql", """{"sql":"SELECT count(*) FROM things"}""");
    }

    [Fact]
    public async Task An_MQTT_client_with_a_token_as_its_password_is_let_go_when_the_token_is_revoked()
    {
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator, """["viewer"]""", """["viewer"]""");
        var (first, second) = ((await program.OwnAsync()).Text("access_token"), (await program.OwnAsync()).Text("access_token"));
        await using var ended = await WireClient.ConnectAsync(wanwu.Server, "program", first, "ended");
        await using var stays = await WireClient.ConnectAsync(wanwu.Server, "program", second, "stays");
        Assert.Equal((0, 0), (ended.Answer, stays.Answer));
        await program.PostAsync("/connect/revoke", HttpStatusCode.OK, ("token", first));
        var (packet, body) = await ended.ReadAsync();
        Assert.Equal(((int)PacketType.Disconnect, (byte)ReasonCode.NotAuthorized), (packet >> 4, body[0]));
        await stays.SendAsync(output => output.Write<byte>([0xC0, 0x00]));
        Assert.Equal((int)PacketType.PingResp, (await stays.ReadAsync()).First >> 4);
        await using var again = await WireClient.ConnectAsync(wanwu.Server, "program", first, "ended");
        Assert.Equal((byte)ReasonCode.BadUserNameOrPassword, again.Answer);
    }

    [Fact]
    public async Task Introspection_and_revocation_are_for_the_program_whose_token_it_is()
    {
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator, """["viewer"]""", """["viewer"]""");
        using var other = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator, """["viewer"]""", """["viewer"]""");
        var tokens = await program.OwnAsync();
        var told = await program.PostAsync("/connect/introspect", HttpStatusCode.OK, ("token", tokens.Text("access_token")));
        Assert.True(told["active"]!.GetValue<bool>());
        Assert.Equal(program.Id, told.Text("client_id"));
        Assert.False((await other.PostAsync("/connect/introspect", HttpStatusCode.OK, ("token", tokens.Text("access_token"))))["active"]!.GetValue<bool>());

        using var client = program.Bearing(tokens);
        await client.CallAsync(HttpMethod.Get, "/api/v1/me");
        using (other) await IgnoringAsync(other, tokens.Text("access_token"));
        await client.CallAsync(HttpMethod.Get, "/api/v1/me");
        await program.PostAsync("/connect/revoke", HttpStatusCode.OK, ("token", tokens.Text("access_token")));
        await client.CallAsync(HttpMethod.Get, "/api/v1/me", expect: HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_person_sees_what_programs_may_in_its_name_and_takes_it_back()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        using var other = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator);
        Assert.Empty((await person.Http.ReadAsync("/api/v1/me/programs"))["items"]!.AsArray());
        var tokens = await program.RedeemAsync(await program.CodeAsync(person, "read-observations offline_access"));
        var let = Assert.Single((await person.Http.ReadAsync("/api/v1/me/programs"))["items"]!.AsArray())!;
        Assert.Equal(program.Id, let.Text("clientId"));
        Assert.Contains("read-observations", Texts(let, "scope"));
        Assert.Empty((await other.Http.ReadAsync("/api/v1/me/programs"))["items"]!.AsArray());
        await other.Http.CallAsync(HttpMethod.Delete, $"/api/v1/me/programs/{program.Id}", expect: HttpStatusCode.NotFound);
        using var client = program.Bearing(tokens);
        await client.ReadAsync("/api/v1/me");
        await person.Http.CallAsync(HttpMethod.Delete, $"/api/v1/me/programs/{program.Id}", expect: HttpStatusCode.NoContent);
        await client.CallAsync(HttpMethod.Get, "/api/v1/me", expect: HttpStatusCode.Unauthorized);
        Assert.Equal("invalid_grant", (await program.RefreshAsync(tokens.Text("refresh_token"), HttpStatusCode.BadRequest)).Text("error"));
        Assert.Empty((await person.Http.ReadAsync("/api/v1/me/programs"))["items"]!.AsArray());
    }

    [Fact]
    public async Task Nothing_secret_reaches_the_trail_and_everything_done_does()
    {
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator, """["viewer"]""", """["viewer"]""");
        var token = (await program.OwnAsync()).Text("access_token");
        await program.With("wrong").OwnAsync(expect: HttpStatusCode.Unauthorized);
        await wanwu.Server.Get<Wanwu.Security.Audit.AuditTrail>().SignAsync();
        var trail = (await wanwu.Administrator.ReadAsync($"/api/v1/audit?limit=1000")).ToJsonString();
        Assert.Contains("program.create", trail, StringComparison.Ordinal);
        Assert.Contains("program.token", trail, StringComparison.Ordinal);
        Assert.Contains("invalid_client", trail, StringComparison.Ordinal);
        foreach (var secret in (string[])[program.Secret!, token, Wanwu.Security.Access.OAuth.ProgramApplications.Hash(program.Secret!)])
            Assert.DoesNotContain(secret, trail, StringComparison.Ordinal);
    }

    /// <summary>The standard lets a server answer either way, as long as nothing is revoked.</summary>
    private async Task IgnoringAsync(OAuthClient other, string token)
    {
        using var http = wanwu.Server.Anonymous();
        var form = new Dictionary<string, string> { ["client_id"] = other.Id, ["client_secret"] = other.Secret!, ["token"] = token };
        using var answer = await http.PostAsync("/connect/revoke", new FormUrlEncodedContent(form), Stop);
        Assert.Contains(answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.BadRequest]);
    }

    private static string PermissionsOf(JsonNode me) => string.Join(' ', me["permissions"]!.AsArray().Select(each => each!.GetValue<string>()));

    private static IEnumerable<string> Texts(JsonNode node, string member) => node[member]!.AsArray().Select(each => each!.GetValue<string>());
}
