using System.Net;
using System.Security.Cryptography;
using System.Text;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Security.Programs;

/// <summary>What is tried against OAuth servers (RFC 9700, OAuth 2.1 section 7), and does not work here.</summary>
public sealed class OAuthAttackTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_code_that_comes_twice_ends_what_it_gave_the_first_time()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator);
        var code = await program.CodeAsync(person, "read-things offline_access");
        var tokens = await program.RedeemAsync(code);
        using var client = program.Bearing(tokens);
        await client.CallAsync(HttpMethod.Get, "/api/v1/me");
        Assert.Equal("invalid_grant", (await program.RedeemAsync(code, HttpStatusCode.BadRequest)).Text("error"));
        await client.CallAsync(HttpMethod.Get, "/api/v1/me", expect: HttpStatusCode.Unauthorized);
        await program.RefreshAsync(tokens.Text("refresh_token"), HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_refresh_token_that_comes_twice_ends_the_whole_family()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator);
        var first = await program.RedeemAsync(await program.CodeAsync(person, "read-things offline_access"));
        var second = await program.RefreshAsync(first.Text("refresh_token"));
        using var client = program.Bearing(second);
        await client.CallAsync(HttpMethod.Get, "/api/v1/me");
        await program.RefreshAsync(first.Text("refresh_token"), HttpStatusCode.BadRequest);
        await client.CallAsync(HttpMethod.Get, "/api/v1/me", expect: HttpStatusCode.Unauthorized);
        await program.RefreshAsync(second.Text("refresh_token"), HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Without_PKCE_or_with_a_plain_challenge_nothing_begins_and_a_wrong_verifier_ends_it()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator, isPublic: true);
        foreach (var change in (Action<Dictionary<string, string>>[])
            [asked => { asked.Remove("code_challenge"); asked.Remove("code_challenge_method"); }, asked => asked["code_challenge_method"] = "plain", asked => asked.Remove("code_challenge_method")])
        {
            var asked = program.Request("read-things");
            change(asked);
            using var answer = await person.Http.SendAsync(HttpMethod.Get, OAuthClient.Address(asked));
            await RefusedAsync(answer, "invalid_request");
            asked["decision"] = "allow";
            using var posted = await person.PostFormAsync("/connect/authorize", asked);
            await RefusedAsync(posted, "invalid_request");
        }
        var code = await program.CodeAsync(person, "read-things");
        await program.RedeemAsync(code, HttpStatusCode.BadRequest, verifier: program.Challenge);
        await program.TokenAsync(HttpStatusCode.BadRequest, ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", OAuthClient.Back));
    }

    [Theory]
    [InlineData("https://app.example/callback/")]
    [InlineData("https://app.example/callback/../evil")]
    [InlineData("https://app.example/Callback")]
    [InlineData("https://APP.example/callback")]
    [InlineData("https://app.example:443/callback")]
    [InlineData("https://app.example:8443/callback")]
    [InlineData("https://app.example/callback?next=https://evil.example")]
    [InlineData("https://app.example/callback#")]
    [InlineData("http://app.example/callback")]
    [InlineData("https://app.example@evil.example/callback")]
    [InlineData("https://app.example.evil.example/callback")]
    [InlineData("https://evil.example/callback")]
    [InlineData("//app.example/callback")]
    [InlineData("/callback")]
    [InlineData("javascript:alert(1)")]
    [InlineData("")]
    public async Task Nobody_is_led_to_an_address_that_was_not_registered_letter_by_letter(string address)
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator);
        var asked = program.Request("read-things");
        asked["redirect_uri"] = address;
        using var answer = await person.Http.SendAsync(HttpMethod.Get, OAuthClient.Address(asked));
        Assert.Equal((HttpStatusCode.BadRequest, null), (answer.StatusCode, answer.Headers.Location));
        asked["decision"] = "allow";
        using var posted = await person.PostFormAsync("/connect/authorize", asked);
        Assert.Equal((HttpStatusCode.BadRequest, null), (posted.StatusCode, posted.Headers.Location));
        using var page = await person.Http.SendAsync(HttpMethod.Get, OAuthClient.Address(asked).Replace("/connect/authorize", "/consent", StringComparison.Ordinal));
        Assert.DoesNotContain("name=\"decision\"", await page.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_loopback_address_is_no_licence_for_another_port()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator, isPublic: true, redirectUri: "http://127.0.0.1/callback");
        var asked = program.Request("read-things");
        asked["redirect_uri"] = "http://127.0.0.1:9999/callback";
        using var answer = await person.Http.SendAsync(HttpMethod.Get, OAuthClient.Address(asked));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_code_is_for_the_program_and_the_address_for_which_it_was_made()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator);
        using var other = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator);
        await other.RedeemAsync(await program.CodeAsync(person, "read-things"), HttpStatusCode.BadRequest, verifier: program.Verifier);
        await program.RedeemAsync(await program.CodeAsync(person, "read-things"), HttpStatusCode.BadRequest, redirect: "https://evil.example/callback");
    }

    [Fact]
    public async Task No_scope_grows_on_the_way()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Administrator);
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator, """["read-observations"]""", """["administrator"]""");
        var asked = program.Request("read-observations administer");
        using var beyond = await person.Http.SendAsync(HttpMethod.Get, OAuthClient.Address(asked));
        await RefusedAsync(beyond, "invalid_request");
        await program.OwnAsync("administer", HttpStatusCode.BadRequest);
        await program.OwnAsync("everything", HttpStatusCode.BadRequest);

        var tokens = await program.RedeemAsync(await program.CodeAsync(person, "read-things offline_access"));
        await program.RefreshAsync(tokens.Text("refresh_token"), HttpStatusCode.BadRequest, "read-things read-observations");
        // An administrator's role with a scope that has no administration in it administers nothing.
        using var own = program.Bearing(await program.OwnAsync());
        await own.CallAsync(HttpMethod.Get, "/api/v1/programs", expect: HttpStatusCode.Forbidden);
        await own.CallAsync(HttpMethod.Post, "/api/v1/tokens", """{"name":"wider","role":"administrator"}""", HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_narrowed_administrator_registers_and_opens_nothing_wider()
    {
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator, """["make-programs"]""", """["administrator"]""");
        using var client = program.Bearing(await program.OwnAsync());
        await client.CallAsync(HttpMethod.Get, "/api/v1/programs");
        const string body = """{"name":"wider","redirectUris":["https://app.example/"],"scope":["administrator"]}""";
        await client.CallAsync(HttpMethod.Post, "/api/v1/programs", body, HttpStatusCode.Forbidden);
        await client.CallAsync(HttpMethod.Put, $"/api/v1/programs/{program.Id}", body, HttpStatusCode.Forbidden);
        await client.CallAsync(HttpMethod.Post, $"/api/v1/programs/{program.Id}/secret", null, HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_disabled_program_gets_and_uses_nothing_and_a_removed_one_leaves_nothing()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator, """["viewer"]""", """["viewer"]""");
        var tokens = await program.RedeemAsync(await program.CodeAsync(person, "read-things offline_access"));
        using var client = program.Bearing(tokens);
        await client.CallAsync(HttpMethod.Get, "/api/v1/me");
        await wanwu.Administrator.CallAsync(HttpMethod.Post, $"/api/v1/programs/{program.Id}/disable");
        await client.CallAsync(HttpMethod.Get, "/api/v1/me", expect: HttpStatusCode.Unauthorized);
        await program.OwnAsync(expect: HttpStatusCode.Unauthorized);
        await program.RefreshAsync(tokens.Text("refresh_token"), HttpStatusCode.Unauthorized);
        using var page = await person.Http.SendAsync(HttpMethod.Get, OAuthClient.Address(program.Request("read-things")));
        Assert.Equal((HttpStatusCode.BadRequest, null), (page.StatusCode, page.Headers.Location));

        await wanwu.Administrator.CallAsync(HttpMethod.Post, $"/api/v1/programs/{program.Id}/enable");
        await client.CallAsync(HttpMethod.Get, "/api/v1/me");
        await wanwu.Administrator.CallAsync(HttpMethod.Delete, $"/api/v1/programs/{program.Id}", expect: HttpStatusCode.NoContent);
        await client.CallAsync(HttpMethod.Get, "/api/v1/me", expect: HttpStatusCode.Unauthorized);
        await program.OwnAsync(expect: HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_new_secret_leaves_the_former_one_its_overlap_and_no_more()
    {
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator, """["viewer"]""", """["viewer"]""");
        var made = await wanwu.Administrator.CreateAsync($"/api/v1/programs/{program.Id}/secret", "{}", HttpStatusCode.OK);
        using var next = program.With(made.Text("secret"));
        await next.OwnAsync();
        await program.OwnAsync();
        var third = await wanwu.Administrator.CreateAsync($"/api/v1/programs/{program.Id}/secret", """{"overlapHours":0}""", HttpStatusCode.OK);
        using var last = program.With(third.Text("secret"));
        await last.OwnAsync();
        await next.OwnAsync(expect: HttpStatusCode.Unauthorized);
        await program.OwnAsync(expect: HttpStatusCode.Unauthorized);
        Assert.DoesNotContain(third.Text("secret"), (await wanwu.Administrator.ReadAsync($"/api/v1/programs/{program.Id}")).ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name":"x","scope":["viewer"],"public":true}""", "redirectUris")]
    [InlineData("""{"name":"x","scope":["viewer"],"redirectUris":["https://*.example/"]}""", "redirectUris[0]")]
    [InlineData("""{"name":"x","scope":["viewer"],"redirectUris":["https://a.example/#x"]}""", "redirectUris[0]")]
    [InlineData("""{"name":"x","scope":["viewer"],"redirectUris":["https://u:p@a.example/"]}""", "redirectUris[0]")]
    [InlineData("""{"name":"x","scope":["viewer"],"redirectUris":["http://a.example/"]}""", "redirectUris[0]")]
    [InlineData("""{"name":"x","scope":["viewer"],"redirectUris":["javascript:alert(1)"]}""", "redirectUris[0]")]
    [InlineData("""{"name":"x","scope":["viewer"],"redirectUris":["//a.example/"]}""", "redirectUris[0]")]
    [InlineData("""{"name":"x","scope":["viewer"],"redirectUris":["/a"]}""", "redirectUris[0]")]
    [InlineData("""{"name":"x","scope":["viewer"],"public":true,"roles":["viewer"],"redirectUris":["https://a.example/"]}""", "roles")]
    [InlineData("""{"name":"x","scope":["viewer"],"roles":["king"]}""", "roles[0]")]
    [InlineData("""{"name":"x","scope":["viewer"],"roles":["auditor"],"organisation":"nobody"}""", "organisation")]
    [InlineData("""{"name":"x","scope":["viewer"],"roles":["viewer"],"clientSecret":"mine"}""", "clientSecret")]
    [InlineData("""{"name":"x","scope":["viewer"],"roles":["viewer"],"clientId":"mine"}""", "clientId")]
    [InlineData("""{"name":"x","scope":["viewer"],"roles":["viewer"],"permissions":["gt:password"]}""", "permissions")]
    [InlineData("""{"name":"x","scope":["viewer"],"roles":["viewer"],"requirements":[]}""", "requirements")]
    [InlineData("""{"name":"x","scope":["viewer"],"roles":["viewer"],"disabled":null}""", "disabled")]
    public async Task A_registration_sets_what_is_offered_and_nothing_else(string body, string member)
    {
        Assert.NotNull((await wanwu.Administrator.CreateAsync("/api/v1/programs", body, HttpStatusCode.BadRequest))["errors"]![member]);
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator);
        Assert.NotNull((await wanwu.Administrator.CallAsync(HttpMethod.Put, $"/api/v1/programs/{program.Id}", body, HttpStatusCode.BadRequest))!["errors"]);
    }

    [Fact]
    public async Task Consent_without_this_server_s_form_or_from_another_site_or_by_a_token_gives_no_code()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator);
        var asked = program.Request("read-things");
        asked["decision"] = "allow";
        using var bare = await person.PostFormAsync("/connect/authorize", new(asked), withToken: false);
        Assert.Equal((HttpStatusCode.BadRequest, null), (bare.StatusCode, bare.Headers.Location));
        using var foreign = await person.Http.SendAsync(HttpMethod.Post, "/connect/authorize", await new FormUrlEncodedContent(asked).ReadAsStringAsync(Stop),
            "application/x-www-form-urlencoded", ("Sec-Fetch-Site", "cross-site"));
        Assert.Equal((HttpStatusCode.Forbidden, null), (foreign.StatusCode, foreign.Headers.Location));
        // A decision in the address of a link decides nothing.
        using var link = await person.Http.SendAsync(HttpMethod.Get, OAuthClient.Address(asked));
        Assert.StartsWith("/consent?", link.Headers.Location!.ToString(), StringComparison.Ordinal);
        using var token = await wanwu.Server.ClientAsync(Role.Administrator);
        using var byToken = await token.SendAsync(HttpMethod.Get, OAuthClient.Address(program.Request("read-things")));
        Assert.StartsWith("/sign-in?", byToken.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_in_an_address_is_refused_and_never_written_down()
    {
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator, """["viewer"]""", """["viewer"]""");
        var token = (await program.OwnAsync()).Text("access_token");
        using var anyone = wanwu.Server.Anonymous();
        foreach (var path in (string[])[$"/api/v1/me?access_token={token}", $"/api/v1/things?token={token}", $"/connect/token?client_secret={program.Secret}"])
            await anyone.CallAsync(HttpMethod.Get, path, expect: HttpStatusCode.BadRequest);
        using var signedIn = await wanwu.Server.ClientAsync(Role.Viewer);
        foreach (var path in (string[])[$"/api/v1/audit?q={token}", $"/api/v1/audit?q={token.Replace("_", "%5F", StringComparison.Ordinal)}", $"/api/v1/tokens/{token}", $"/api/v1/tokens/{token.Replace("_", "%5f", StringComparison.Ordinal)}"])
            await signedIn.CallAsync(HttpMethod.Get, path, expect: HttpStatusCode.BadRequest);
        var trail = (await wanwu.Administrator.ReadAsync("/api/v1/audit?limit=1000")).ToJsonString();
        Assert.DoesNotContain(token, trail, StringComparison.Ordinal);
        Assert.DoesNotContain(program.Secret!, trail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_tokens_codes_and_secrets_open_no_door()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        using var program = await OAuthClient.RegisterAsync(wanwu.Server, wanwu.Administrator);
        var code = await program.CodeAsync(person, "read-things offline_access");
        var tokens = await program.RedeemAsync(code);
        var refresh = tokens.Text("refresh_token");
        foreach (var text in (string[])[refresh, "wanwu_at_" + refresh["wanwu_rt_".Length..], code, "wanwu_at_" + code, program.Secret!, tokens.Text("access_token")["wanwu_at_".Length..], "wanwu_at_" + new string('A', 43)])
        {
            using var client = program.Bearing(new System.Text.Json.Nodes.JsonObject { ["access_token"] = text });
            await client.CallAsync(HttpMethod.Get, "/api/v1/me", expect: HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public async Task Whoever_guesses_secrets_is_refused_unheard_for_a_while()
    {
        await using var server = await WanwuServer.StartAsync();
        using var administrator = await server.ClientAsync();
        using var program = await OAuthClient.RegisterAsync(server, administrator, """["viewer"]""", """["viewer"]""");
        using var guesser = program.With("wanwu_" + new string('x', 49));
        for (var i = 0; i < 10; i++) Assert.Equal("invalid_client", (await guesser.OwnAsync(expect: HttpStatusCode.Unauthorized)).Text("error"));
        Assert.Equal("temporarily_unavailable", (await guesser.OwnAsync(expect: HttpStatusCode.BadRequest)).Text("error"));
    }

    /// <summary>Told on the spot: nobody is sent anywhere with it.</summary>
    private static async Task RefusedAsync(HttpResponseMessage answer, string error)
    {
        Assert.Equal((HttpStatusCode.BadRequest, null), (answer.StatusCode, answer.Headers.Location));
        Assert.Contains(error, await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_are_compared_in_a_time_that_tells_nothing()
    {
        // By construction: hashes of equal length, compared whole. A secret as long as the stored hash, or the hash itself, is no way in.
        var secret = AccessTokenText.Make();
        var hash = Wanwu.Security.Access.OAuth.ProgramApplications.Hash(secret);
        Assert.Equal(44, hash.Length);
        Assert.NotEqual(hash, Wanwu.Security.Access.OAuth.ProgramApplications.Hash(hash));
        Assert.True(CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(Wanwu.Security.Access.OAuth.ProgramApplications.Hash(secret))));
    }
}
