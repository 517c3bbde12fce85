using System.Net;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Security;

public sealed class AccessTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private readonly HttpClient _administrator = wanwu.Administrator;

    [Fact]
    public void Every_endpoint_of_the_API_asks_for_a_permission()
    {
        var policies = Enum.GetValues<Permission>().SelectMany(permission => new[] { permission.Policy(), permission.PolicyEverywhere() }).ToHashSet();
        var open = wanwu.Server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.TrimStart('/').StartsWith("api/v", StringComparison.OrdinalIgnoreCase))
            .Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
                || !endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Any(data => data.Policy is { } policy && policies.Contains(policy)))
            .Select(endpoint => endpoint.DisplayName!);
        // Public documents of the device authority, and the door to those who have no credentials yet but a registration key.
        Assert.Equal(["HTTP: GET /api/v1/device-ca => Authority", "HTTP: GET /api/v1/device-ca/crl => RevokedAsync", "HTTP: POST /api/v1/register => RegisterAsync"], open.Order(StringComparer.Ordinal));
    }

    public static TheoryData<string, string, string, string> Endpoints => new()
    {
        { "GET", "/api/v1/things", "", nameof(Permission.ReadThings) },
        { "GET", "/api/v1/models", "", nameof(Permission.ReadThings) },
        { "GET", "/api/v1/me", "", nameof(Permission.ReadThings) },
        { "POST", "/api/v1/things", "{}", nameof(Permission.ChangeThings) },
        { "POST", "/api/v1/things/batch", "[]", nameof(Permission.ChangeThings) },
        { "PATCH", "/api/v1/things/01arz3ndektsv4rrffq69g5fav", "{}", nameof(Permission.ChangeThings) },
        { "DELETE", "/api/v1/things/01arz3ndektsv4rrffq69g5fav", "", nameof(Permission.ChangeThings) },
        { "POST", "/api/v1/things/01arz3ndektsv4rrffq69g5fav/credentials", "", nameof(Permission.ChangeThings) },
        { "PUT", "/api/v1/models/none", "{}", nameof(Permission.ChangeThings) },
        { "DELETE", "/api/v1/models/none", "", nameof(Permission.ChangeThings) },
        { "POST", "/api/v1/things/01arz3ndektsv4rrffq69g5fav/properties/p/corrections", "{}", nameof(Permission.Correct) },
        { "GET", "/api/v1/things/01arz3ndektsv4rrffq69g5fav/corrections", "", nameof(Permission.ReadObservations) },
        { "GET", "/api/v1/tokens", "", nameof(Permission.Administer) },
        { "POST", "/api/v1/tokens", "{}", nameof(Permission.Administer) },
        { "DELETE", "/api/v1/tokens/none", "", nameof(Permission.Administer) },
    };

    [Theory, MemberData(nameof(Endpoints))]
    public async Task A_role_reaches_what_it_grants_and_nothing_else(string method, string path, string body, string permission)
    {
        var asked = Enum.Parse<Permission>(permission);
        foreach (var role in Role.All)
        {
            using var client = await wanwu.Server.ClientAsync(role);
            using var answer = await client.SendAsync(new HttpMethod(method), path, body.Length == 0 ? null : body);
            Assert.True(Role.Grants(role, asked) == (answer.StatusCode != HttpStatusCode.Forbidden), $"{role} {method} {path}: {answer.StatusCode}");
            Assert.NotEqual(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
        using var nobody = wanwu.Server.Anonymous();
        using var refused = await nobody.SendAsync(new HttpMethod(method), path, body.Length == 0 ? null : body);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.NotEmpty(refused.Headers.WwwAuthenticate);
    }

    [Fact]
    public async Task A_thing_sees_itself_and_its_children_and_nothing_else()
    {
        var gateway = await _administrator.CreateAsync("/api/v1/things", """{"name":"gateway"}""");
        var child = (await _administrator.CreateAsync("/api/v1/things", $$"""{"name":"child","gateway":"{{gateway.Text("id")}}"}""")).Text("id");
        var other = (await _administrator.CreateAsync("/api/v1/things", """{"name":"other"}""")).Text("id");
        using var client = wanwu.Server.ClientOf(gateway["credentials"]!.Text("username"), gateway["credentials"]!.Text("password"));

        Assert.Equal("thing", (await client.ReadAsync("/api/v1/me")).Text("kind"));
        await client.ReadAsync($"/api/v1/things/{gateway.Text("id")}");
        await client.ReadAsync($"/api/v1/things/{child}");
        var hidden = await client.ReadAsync($"/api/v1/things/{other}", HttpStatusCode.NotFound);
        var missing = await client.ReadAsync("/api/v1/things/01arz3ndektsv4rrffq69g5fav", HttpStatusCode.NotFound);
        Assert.Equal(missing.Text("title"), hidden.Text("title"));
        var list = await client.ReadAsync("/api/v1/things?count=true");
        Assert.Equal(2, list["total"]!.GetValue<int>());
        Assert.Equal([gateway.Text("id"), child], list["items"]!.AsArray().Select(thing => thing!.Text("id")));
        Assert.Equal(0, (await client.ReadAsync("/api/v1/things?count=true&q=other"))["total"]!.GetValue<int>());

        foreach (var (method, path) in ((HttpMethod, string)[])[
            (HttpMethod.Patch, $"/api/v1/things/{gateway.Text("id")}"), (HttpMethod.Post, "/api/v1/things"), (HttpMethod.Post, $"/api/v1/things/{other}/credentials"),
            (HttpMethod.Delete, $"/api/v1/things/{child}"), (HttpMethod.Get, "/api/v1/tokens")])
            using (var answer = await client.SendAsync(method, path, method == HttpMethod.Get ? null : "{}"))
                Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Credentials_end_when_they_are_renewed_and_when_the_thing_is_retired()
    {
        var thing = await _administrator.CreateAsync("/api/v1/things", """{"name":"renewed"}""");
        var id = thing.Text("id");
        using var before = wanwu.Server.ClientOf(id, thing["credentials"]!.Text("password"));
        await before.ReadAsync($"/api/v1/things/{id}");
        var renewed = await _administrator.CreateAsync($"/api/v1/things/{id}/credentials", """{"overlapHours":0}""", HttpStatusCode.OK);
        await Expect(before, $"/api/v1/things/{id}", HttpStatusCode.Unauthorized);
        using var after = wanwu.Server.ClientOf(id, renewed.Text("password"));
        await after.ReadAsync($"/api/v1/things/{id}");
        await _administrator.CallAsync(HttpMethod.Delete, $"/api/v1/things/{id}", expect: HttpStatusCode.NoContent);
        await Expect(after, $"/api/v1/things/{id}", HttpStatusCode.Unauthorized);
        var (caller, fault) = await wanwu.Server.Get<SignIn>().CheckAsync(id, Encoding.ASCII.GetBytes(renewed.Text("password")), "", TestContext.Current.CancellationToken);
        Assert.Equal((null, SignInFault.Retired), (caller, fault));
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer wanwu_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Basic")]
    [InlineData("Basic !!!")]
    [InlineData("Basic Og==")]
    [InlineData("Basic MDFhcnozbmRla3RzdjRycmZmcTY5ZzVmYXY6eA==")]
    [InlineData("Basic YWRtaW46cGFzc3dvcmQ=")]
    [InlineData("Negotiate abc")]
    [InlineData("\u0001")]
    public async Task Wrong_credentials_of_every_kind_are_answered_401(string authorization)
    {
        using var client = wanwu.Server.Anonymous();
        using var answer = await client.SendAsync(HttpMethod.Get, "/api/v1/things", headers: ("Authorization", authorization));
        Assert.Contains(answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.Unauthorized, HttpStatusCode.BadRequest]);
    }

    [Fact]
    public async Task A_token_is_shown_once_and_ends_when_it_is_revoked()
    {
        var made = await _administrator.CreateAsync("/api/v1/tokens", """{"name":"export","role":"viewer","expires":"2099-01-01T00:00:00Z"}""");
        using var client = wanwu.Server.Anonymous();
        client.DefaultRequestHeaders.Add("Authorization", $"Bearer {made.Text("token")}");
        Assert.Equal("export", (await client.ReadAsync("/api/v1/me")).Text("name"));
        var list = (await _administrator.ReadAsync("/api/v1/tokens")).ToJsonString();
        Assert.Contains("export", list, StringComparison.Ordinal);
        Assert.DoesNotContain(made.Text("token"), list, StringComparison.Ordinal);

        await _administrator.CallAsync(HttpMethod.Delete, $"/api/v1/tokens/{made.Text("id")}", expect: HttpStatusCode.NoContent);
        await Expect(client, "/api/v1/me", HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("""{"name":"","role":"viewer"}""", "name")]
    [InlineData("""{"name":"x","role":"king"}""", "role")]
    [InlineData("""{"name":"x","role":"viewer","expires":"2001-01-01T00:00:00Z"}""", "expires")]
    [InlineData("""{"name":"x","role":"viewer","token":"mine"}""", "token")]
    public async Task A_token_that_breaks_a_rule_is_refused(string body, string member)
    {
        var problem = await _administrator.CreateAsync("/api/v1/tokens", body, HttpStatusCode.BadRequest);
        Assert.NotNull(problem["errors"]![member]);
    }

    private static async Task Expect(HttpClient client, string path, HttpStatusCode status)
    {
        using var answer = await client.SendAsync(HttpMethod.Get, path);
        Assert.Equal(status, answer.StatusCode);
    }
}
