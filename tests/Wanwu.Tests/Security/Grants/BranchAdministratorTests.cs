using System.Net;
using System.Text.Json.Nodes;
using Wanwu.Security.Access;
using Wanwu.Tests.Security.Programs;

namespace Wanwu.Tests.Security.Grants;

/// <summary>An administrator of a branch shapes it, its programs and its tokens; what lies outside it neither sees nor touches.</summary>
public sealed class BranchAdministratorTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>, IAsyncLifetime
{
    private const string Organisations = "/api/v1/organisations";
    private readonly string _mark = Guid.NewGuid().ToString("N")[..8];
    private HttpClient _branch = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;
    private string Top => $"{_mark}-top";
    private string Mine => $"{_mark}-mine";
    private string Part => $"{_mark}-part";
    private string Other => $"{_mark}-other";

    /// <summary>top over mine and other; part below mine; the branch is mine.</summary>
    public async ValueTask InitializeAsync()
    {
        foreach (var (id, parent) in new[] { (Top, null), (Mine, Top), (Other, Top), (Part, Mine) }) await MakeAsync(wanwu.Administrator, id, parent);
        _branch = await ClientAsync(new GrantScope(Mine, null, null));
    }

    private async Task<HttpClient> ClientAsync(GrantScope scope)
    {
        var token = await wanwu.Server.Get<AccessTokens>().CreateAsync("branch", new TokenRole(Role.Administrator, scope, "test"), null, Stop);
        var client = wanwu.Server.Anonymous();
        client.DefaultRequestHeaders.Add("Authorization", $"Bearer {token.Token}");
        return client;
    }

    private static Task<JsonNode?> MakeAsync(HttpClient by, string id, string? parent, HttpStatusCode expect = HttpStatusCode.Created) =>
        by.CallAsync(HttpMethod.Post, Organisations, new JsonObject { ["id"] = id, ["name"] = id, ["parent"] = parent }.ToJsonString(), expect);

    private Task<JsonNode?> ChangeAsync(string id, string body, HttpStatusCode expect) => _branch.CallAsync(HttpMethod.Patch, $"{Organisations}/{id}", body, expect);

    [Fact]
    public async Task It_makes_renames_moves_and_removes_organisations_below_its_own()
    {
        await MakeAsync(_branch, $"{_mark}-new", Part);
        await ChangeAsync(Mine, """{"name":"my branch"}""", HttpStatusCode.OK);
        await ChangeAsync($"{_mark}-new", $$"""{"parent":"{{Mine}}"}""", HttpStatusCode.OK);
        await _branch.CallAsync(HttpMethod.Delete, $"{Organisations}/{_mark}-new", expect: HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task It_takes_nothing_out_brings_nothing_in_and_makes_nothing_beside()
    {
        await MakeAsync(_branch, $"{_mark}-x", null, HttpStatusCode.Forbidden);
        foreach (var outside in (string[])[Top, Other, "no such"])
        {
            var fault = await MakeAsync(_branch, $"{_mark}-x", outside, HttpStatusCode.BadRequest);
            Assert.Contains($"There is no organisation '{outside}'", fault!["errors"]!["parent"]![0]!.GetValue<string>(), StringComparison.Ordinal);
            await ChangeAsync(Uri.EscapeDataString(outside), """{"name":"mine now"}""", HttpStatusCode.NotFound);
            await ChangeAsync(Part, $$"""{"parent":"{{outside}}"}""", HttpStatusCode.BadRequest);
            await _branch.CallAsync(HttpMethod.Delete, $"{Organisations}/{Uri.EscapeDataString(outside)}", expect: HttpStatusCode.NotFound);
        }
        await ChangeAsync(Part, """{"parent":null}""", HttpStatusCode.Forbidden);
        await ChangeAsync(Mine, $$"""{"parent":null}""", HttpStatusCode.Forbidden);
        await _branch.CallAsync(HttpMethod.Delete, $"{Organisations}/{Mine}", expect: HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Who_administers_a_region_or_sector_of_an_organisation_or_only_reads_it_does_not_shape_it()
    {
        foreach (var scope in (GrantScope[])[new(Mine, "11", null), new(Mine, null, "water")])
        {
            var part = await ClientAsync(scope);
            await part.CallAsync(HttpMethod.Patch, $"{Organisations}/{Part}", """{"name":"x"}""", HttpStatusCode.Forbidden);
        }
        await wanwu.Server.Get<GrantChanges>().GrantAsync(new GrantOrder(GrantSubject.Program(await IdOfAsync(_branch)), Role.Viewer, new GrantScope(Other, null, null), "test"), Stop);
        await ChangeAsync(Other, """{"name":"mine now"}""", HttpStatusCode.Forbidden);
        await ChangeAsync(Part, $$"""{"parent":"{{Other}}"}""", HttpStatusCode.Forbidden);
    }

    private async Task<Guid> IdOfAsync(HttpClient client) =>
        Guid.Parse((await wanwu.Server.Get<Bearers>().VerifyAsync(client.DefaultRequestHeaders.GetValues("Authorization").Single()["Bearer ".Length..], "", Stop))!.Id!);

    [Fact]
    public async Task Its_tokens_are_of_its_branch_and_it_sees_and_revokes_no_others()
    {
        var made = await _branch.CreateAsync("/api/v1/tokens", $$"""{"name":"within","role":"operator","organisation":"{{Part}}"}""");
        await _branch.CreateAsync("/api/v1/tokens", """{"name":"all","role":"viewer"}""", HttpStatusCode.Forbidden);
        await _branch.CreateAsync("/api/v1/tokens", $$"""{"name":"outside","role":"viewer","organisation":"{{Other}}"}""", HttpStatusCode.BadRequest);
        var outside = await wanwu.Administrator.CreateAsync("/api/v1/tokens", $$"""{"name":"of others","role":"viewer","organisation":"{{Other}}"}""");
        var both = await wanwu.Administrator.CreateAsync("/api/v1/tokens", $$"""{"name":"of both","role":"viewer","organisation":"{{Part}}"}""");
        await wanwu.Server.Get<GrantChanges>().GrantAsync(new GrantOrder(GrantSubject.Program(Guid.Parse(both.Text("id"))), Role.Viewer, new GrantScope(Other, null, null), "test"), Stop);
        Assert.Equal(["branch", "within"], (await _branch.ReadAsync("/api/v1/tokens"))["items"]!.AsArray().Select(token => token!.Text("name")).Order());
        foreach (var id in (string[])[outside.Text("id"), both.Text("id")]) await _branch.CallAsync(HttpMethod.Delete, $"/api/v1/tokens/{id}", expect: HttpStatusCode.NotFound);
        await _branch.CallAsync(HttpMethod.Delete, $"/api/v1/tokens/{made.Text("id")}", expect: HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Its_programs_are_of_its_branch_and_it_changes_none_that_holds_more()
    {
        foreach (var (organisation, expect) in new[] { ("null", HttpStatusCode.BadRequest), ($"\"{Other}\"", HttpStatusCode.BadRequest), ($"\"{Part}\"", HttpStatusCode.Created) })
            await _branch.CallAsync(HttpMethod.Post, "/api/v1/programs", Program("viewer", organisation), expect);
        var own = (await _branch.ReadAsync("/api/v1/programs"))["items"]!.AsArray().Single()!.Text("clientId");
        var outside = (await wanwu.Administrator.CreateAsync("/api/v1/programs", Program("viewer", $"\"{Other}\"")))["program"]!.Text("clientId");
        await _branch.CallAsync(HttpMethod.Get, $"/api/v1/programs/{outside}", expect: HttpStatusCode.NotFound);
        foreach (var act in (string[])["secret", "disable", "enable"]) await _branch.CallAsync(HttpMethod.Post, $"/api/v1/programs/{outside}/{act}", expect: HttpStatusCode.NotFound);
        await _branch.CallAsync(HttpMethod.Delete, $"/api/v1/programs/{outside}", expect: HttpStatusCode.NotFound);
        await _branch.CallAsync(HttpMethod.Post, $"/api/v1/programs/{own}/secret");
        await wanwu.Server.Get<GrantChanges>().GrantAsync(new GrantOrder(GrantSubject.Program(Guid.Parse(own)), Role.Viewer, GrantScope.Everything, "test"), Stop);
        foreach (var act in (string[])["secret", "enable"]) await _branch.CallAsync(HttpMethod.Post, $"/api/v1/programs/{own}/{act}", expect: HttpStatusCode.Forbidden);
        await _branch.CallAsync(HttpMethod.Delete, $"/api/v1/programs/{own}", expect: HttpStatusCode.Forbidden);
    }

    private static string Program(string role, string organisation) => $$"""{"name":"p","redirectUris":["{{OAuthClient.Back}}"],"scope":["administrator"],"roles":["{{role}}"],"organisation":{{organisation}}}""";

    [Fact]
    public async Task A_program_of_a_branch_acts_for_people_of_the_branch_and_for_nobody_who_may_more()
    {
        var made = await _branch.CreateAsync("/api/v1/programs", Program("viewer", $"\"{Mine}\""));
        using var program = new OAuthClient(wanwu.Server, made["program"]!.Text("clientId"), made.Text("secret"), OAuthClient.Back);
        using var above = await SignedIn.AsAsync(wanwu.Server, Role.Administrator);
        var asked = program.Request("administer");
        asked["decision"] = "allow";
        using var refused = await above.PostFormAsync("/connect/authorize", asked);
        Assert.Equal("access_denied", OAuthClient.Parse(refused).Query["error"]);

        using var within = await SignedIn.AsAsync(wanwu.Server);
        var grants = wanwu.Server.Get<GrantChanges>();
        await grants.GrantAsync(new GrantOrder(GrantSubject.Person(within.Id), Role.Operator, new GrantScope(Part, null, null), "test"), Stop);
        using var client = program.Bearing(await program.RedeemAsync(await program.CodeAsync(within, "read-things")));
        await client.ReadAsync("/api/v1/me");
        await grants.GrantAsync(new GrantOrder(GrantSubject.Person(within.Id), Role.Viewer, GrantScope.Everything, "test"), Stop);
        await client.CallAsync(HttpMethod.Get, "/api/v1/me", expect: HttpStatusCode.Unauthorized);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }
}
