using System.Net;
using System.Text.Json.Nodes;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Security.Programs;

/// <summary>Tokens that people make for themselves: never more than the person, never beyond their scope, never after their end.</summary>
public sealed class OwnTokenTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_of_ones_own_may_what_its_owner_may_within_its_scope()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Integrator);
        using var client = Bearing(await MakeAsync(person, """["read-observations","report"]"""));
        var me = await client.ReadAsync("/api/v1/me");
        Assert.Equal(("person", person.Name), (me.Text("kind"), me.Text("name")));
        Assert.Equal(["read-things", "read-observations", "report"], me["permissions"]!.AsArray().Select(each => each!.GetValue<string>()));
        await client.CallAsync(HttpMethod.Post, "/api/v1/things", """{"name":"beyond the scope"}""", HttpStatusCode.Forbidden);
        await person.Http.CallAsync(HttpMethod.Post, "/api/v1/things", """{"name":"within the rights"}""", HttpStatusCode.Created);

        await person.ChangeAsync(Role.Viewer);
        Assert.Equal(["read-things", "read-observations"], (await client.ReadAsync("/api/v1/me"))["permissions"]!.AsArray().Select(each => each!.GetValue<string>()));
    }

    [Fact]
    public async Task A_scope_that_is_wider_than_the_owner_gives_nothing_more()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        using var client = Bearing(await MakeAsync(person, """["administrator"]"""));
        await client.CallAsync(HttpMethod.Get, "/api/v1/tokens", expect: HttpStatusCode.Forbidden);
        await client.CallAsync(HttpMethod.Get, "/api/v1/things");
    }

    [Fact]
    public async Task A_token_ends_with_its_owner_s_account()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        using var client = Bearing(await MakeAsync(person, """["read-things"]"""));
        await client.CallAsync(HttpMethod.Get, "/api/v1/me");
        await person.LeaveAsync();
        await client.CallAsync(HttpMethod.Get, "/api/v1/me", expect: HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Owner_and_administrator_revoke_it_and_nobody_else_does()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        using var other = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        var (first, second) = (await MakeAsync(person, """["read-things"]"""), await MakeAsync(person, """["read-things"]"""));
        using var client = Bearing(first);
        await other.Http.CallAsync(HttpMethod.Delete, $"/api/v1/me/tokens/{first.Text("id")}", expect: HttpStatusCode.NotFound);
        Assert.DoesNotContain(first.Text("id"), (await other.Http.ReadAsync("/api/v1/me/tokens")).ToJsonString(), StringComparison.Ordinal);
        await client.CallAsync(HttpMethod.Get, "/api/v1/me");
        await person.Http.CallAsync(HttpMethod.Delete, $"/api/v1/me/tokens/{first.Text("id")}", expect: HttpStatusCode.NoContent);
        await client.CallAsync(HttpMethod.Get, "/api/v1/me", expect: HttpStatusCode.Unauthorized);

        using var next = Bearing(second);
        await next.CallAsync(HttpMethod.Get, "/api/v1/me");
        await wanwu.Administrator.CallAsync(HttpMethod.Delete, $"/api/v1/tokens/{second.Text("id")}", expect: HttpStatusCode.NoContent);
        await next.CallAsync(HttpMethod.Get, "/api/v1/me", expect: HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_token_makes_no_tokens_and_a_narrowed_administrator_no_credentials()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Administrator);
        using var client = Bearing(await MakeAsync(person, """["administer","manage-people","make-grants"]"""));
        await client.CallAsync(HttpMethod.Get, "/api/v1/people");
        await client.CallAsync(HttpMethod.Post, "/api/v1/people/invitations", """{"name":"another of me","role":"administrator"}""", HttpStatusCode.Forbidden);
        await client.CallAsync(HttpMethod.Post, $"/api/v1/people/{Guid.NewGuid()}/password-link", expect: HttpStatusCode.Forbidden);
        await client.CallAsync(HttpMethod.Post, "/api/v1/grants", """{"role":"administrator"}""", HttpStatusCode.Forbidden);
        await client.CallAsync(HttpMethod.Post, "/api/v1/me/tokens", """{"name":"more","scope":["administer"]}""", HttpStatusCode.Forbidden);
        await client.CallAsync(HttpMethod.Post, "/api/v1/tokens", """{"name":"wider","role":"administrator"}""", HttpStatusCode.Forbidden);
        await wanwu.Administrator.CallAsync(HttpMethod.Post, "/api/v1/me/tokens", """{"name":"a program's","scope":["read-things"]}""", HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task The_end_is_what_was_asked_for_and_never_later_than_allowed()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        var now = TimeProvider.System.GetUtcNow();
        var asked = now.AddDays(3);
        Assert.Equal(asked, EndOf(await MakeAsync(person, """["read-things"]""", $"{asked:O}")), TimeSpan.FromMilliseconds(1));
        Assert.InRange(EndOf(await MakeAsync(person, """["read-things"]""", "2999-01-01T00:00:00Z")), now.AddDays(364), now.AddDays(366));
        Assert.InRange(EndOf(await MakeAsync(person, """["read-things"]""")), now.AddDays(364), now.AddDays(366));
    }

    [Theory]
    [InlineData("""{"name":"x"}""", "scope")]
    [InlineData("""{"name":"x","scope":[]}""", "scope")]
    [InlineData("""{"name":"x","scope":"administer"}""", "scope")]
    [InlineData("""{"name":"x","scope":["king"]}""", "scope[0]")]
    [InlineData("""{"name":"x","scope":[3]}""", "scope[0]")]
    [InlineData("""{"name":"","scope":["viewer"]}""", "name")]
    [InlineData("""{"name":"x","scope":["viewer"],"owner":"someone"}""", "owner")]
    [InlineData("""{"name":"x","scope":["viewer"],"role":"administrator"}""", "role")]
    [InlineData("""{"name":"x","scope":["viewer"],"expires":"2001-01-01T00:00:00Z"}""", "expires")]
    public async Task A_body_that_breaks_a_rule_is_refused(string body, string member)
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Administrator);
        Assert.NotNull((await person.Http.CreateAsync("/api/v1/me/tokens", body, HttpStatusCode.BadRequest))["errors"]![member]);
    }

    [Fact]
    public async Task The_last_use_is_shown_to_the_minute_with_its_address_and_is_no_change_on_the_trail()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Viewer);
        var made = await MakeAsync(person, """["read-things"]""");
        Assert.Null((await ListedAsync(person, made))["lastUsed"]);
        using var client = Bearing(made);
        await client.CallAsync(HttpMethod.Get, "/api/v1/me");
        await wanwu.Server.Get<TokenUses>().WriteAsync(Stop);

        var listed = await ListedAsync(person, made);
        Assert.Equal("127.0.0.1", listed.Text("lastUsedFrom"));
        var used = DateTimeOffset.Parse(listed.Text("lastUsed"), null);
        Assert.Equal((0, 0), (used.Second, used.Millisecond));
        Assert.InRange(used, TimeProvider.System.GetUtcNow().AddMinutes(-3), TimeProvider.System.GetUtcNow());
        var trail = (await wanwu.Administrator.ReadAsync("/api/v1/audit?action=token.change")).ToJsonString();
        Assert.DoesNotContain(made.Text("id"), trail, StringComparison.Ordinal);
        Assert.Contains(made.Text("id"), (await wanwu.Administrator.ReadAsync("/api/v1/audit?action=token.create")).ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(made.Text("token"), (await wanwu.Administrator.ReadAsync("/api/v1/audit")).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Sets_of_permissions_read_what_they_write_and_pass_over_what_is_none()
    {
        foreach (var permission in Enum.GetValues<Permission>())
        {
            var set = PermissionSet.Of([permission]);
            Assert.True(set.Has(permission) && set.Has(Permission.ReadThings));
            Assert.Equal(set, PermissionSet.Read(set.ToString()));
            Assert.True(set.IsWithin(PermissionSet.All));
        }
        Assert.True(PermissionSet.Read("king  \t openid").IsEmpty);
        Assert.False(PermissionSet.Read("").Has(Permission.ReadThings));
        Assert.Equal("read-things report", PermissionSet.Read("report correct").And(PermissionSet.Read("report administer")).ToString());
    }

    private static DateTimeOffset EndOf(JsonNode made) => DateTimeOffset.Parse(made.Text("expires"), null);

    private static async Task<JsonNode> ListedAsync(SignedIn person, JsonNode made) =>
        (await person.Http.ReadAsync("/api/v1/me/tokens"))["items"]!.AsArray().Single(each => each!.Text("id") == made.Text("id"))!;

    private static Task<JsonNode> MakeAsync(SignedIn person, string scope, string? expires = null) =>
        person.Http.CreateAsync("/api/v1/me/tokens", $$"""{"name":"export","scope":{{scope}}{{(expires is null ? "" : $",\"expires\":\"{expires}\"")}}}""");

    private HttpClient Bearing(JsonNode made)
    {
        var client = wanwu.Server.Anonymous();
        client.DefaultRequestHeaders.Add("Authorization", $"Bearer {made.Text("token")}");
        return client;
    }
}
