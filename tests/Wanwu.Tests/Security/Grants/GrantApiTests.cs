using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Wanwu.Security.Access;
using Wanwu.Tests.Security.Programs;

namespace Wanwu.Tests.Security.Grants;

/// <summary>Grants through the API: who may make and end which, and the question why.</summary>
public sealed class GrantApiTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private readonly HttpClient _administrator = wanwu.Administrator;

    private async Task<(HttpClient Client, string Id)> ProgramAsync(string role, GrantScope? scope = null)
    {
        var token = await Scoped.TokenAsync(wanwu.Server, role, scope ?? GrantScope.Everything);
        var client = wanwu.Server.Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
        return (client, token.Id.ToString());
    }

    private static string Grant(string program, string role, string more = "") => $$"""{"program":"{{program}}","role":"{{role}}"{{more}}}""";

    [Fact]
    public async Task A_grant_is_made_listed_recorded_and_ended_and_holds_at_once()
    {
        await Scoped.OrganisationsAsync(_administrator);
        var (client, id) = await ProgramAsync(Role.Viewer, Scoped.Branch);
        var thing = await Scoped.ThingAsync(_administrator, Scoped.Outside);
        await client.ReadAsync($"/api/v1/things/{thing}", HttpStatusCode.NotFound);
        var made = await _administrator.CreateAsync("/api/v1/grants", Grant(id, Role.Operator, $$""","organisation":"{{Scoped.Outside}}","region":null,"expires":"2099-01-01T00:00:00Z" """));
        await client.ReadAsync($"/api/v1/things/{thing}");
        Assert.Equal(["operator", "viewer"], (await client.ReadAsync("/api/v1/me"))["roles"]!.AsArray().Select(role => role!.GetValue<string>()));

        var listed = (await _administrator.ReadAsync($"/api/v1/grants?program={id}"))["items"]!.AsArray();
        Assert.Equal([made.Text("id")], listed.Where(grant => grant!.Text("role") == "operator").Select(grant => grant!.Text("id")));
        Assert.StartsWith("viewer of", listed[0]!.Text("name"), StringComparison.Ordinal);
        var audit = (await _administrator.ReadAsync($"/api/v1/audit?action=grant.create&q={made.Text("id")}")).ToJsonString();
        Assert.Contains(Scoped.Outside, audit, StringComparison.Ordinal);

        await _administrator.CallAsync(HttpMethod.Delete, $"/api/v1/grants/{made.Text("id")}", expect: HttpStatusCode.NoContent);
        await client.ReadAsync($"/api/v1/things/{thing}", HttpStatusCode.NotFound);
        await _administrator.CallAsync(HttpMethod.Delete, $"/api/v1/grants/{made.Text("id")}", expect: HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_administrator_of_a_branch_sees_and_grants_within_it_and_nowhere_else()
    {
        await Scoped.OrganisationsAsync(_administrator);
        var (branch, own) = await ProgramAsync(Role.Administrator, Scoped.Branch);
        var (_, other) = await ProgramAsync(Role.Viewer, new GrantScope(Scoped.Outside, null, null));
        var (client, id) = await ProgramAsync(Role.Viewer, new GrantScope(Scoped.Below, null, null));
        var made = await branch.CreateAsync("/api/v1/grants", Grant(id, Role.Administrator, $$""","organisation":"{{Scoped.Below}}" """));
        await branch.CreateAsync("/api/v1/grants", Grant(id, Role.Integrator, $$""","organisation":"{{Scoped.Inside}}","region":"110000" """));
        await branch.CreateAsync("/api/v1/grants", Grant(id, Role.Viewer), HttpStatusCode.Forbidden);
        await branch.CreateAsync("/api/v1/grants", Grant(id, Role.Viewer, ""","region":"110000" """), HttpStatusCode.Forbidden);
        var unseen = await branch.CreateAsync("/api/v1/grants", Grant(id, Role.Viewer, $$""","organisation":"{{Scoped.Outside}}" """), HttpStatusCode.BadRequest);
        var missing = await branch.CreateAsync("/api/v1/grants", Grant(id, Role.Viewer, ""","organisation":"no-such" """), HttpStatusCode.BadRequest);
        Assert.Equal(missing["errors"]!["organisation"]!.ToJsonString().Replace("no-such", Scoped.Outside, StringComparison.Ordinal), unseen["errors"]!["organisation"]!.ToJsonString());
        foreach (var officer in (string[])[Role.SecurityOfficer, Role.Auditor]) await branch.CreateAsync("/api/v1/grants", Grant(id, officer), HttpStatusCode.Forbidden);

        var seen = (await branch.ReadAsync("/api/v1/grants?limit=1000"))["items"]!.AsArray();
        Assert.All(seen, grant => Assert.Contains(grant!["organisation"]?.GetValue<string>(), new[] { Scoped.Inside, Scoped.Below }));
        Assert.Contains(seen, grant => grant!.Text("subject") == own);
        var outside = (await _administrator.ReadAsync($"/api/v1/grants?program={other}"))["items"]![0]!.Text("id");
        await branch.CallAsync(HttpMethod.Delete, $"/api/v1/grants/{outside}", expect: HttpStatusCode.NotFound);
        await branch.CallAsync(HttpMethod.Delete, $"/api/v1/grants/{made.Text("id")}", expect: HttpStatusCode.NoContent);
        await client.ReadAsync("/api/v1/grants", HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task The_three_administrations_are_never_joined_and_the_security_officer_appoints_once_there_is_one()
    {
        await using var server = await WanwuServer.StartAsync();
        var administrator = await server.ClientAsync();
        using var officer = await SignedIn.AsAsync(server);
        using var auditor = await SignedIn.AsAsync(server);
        using var another = await SignedIn.AsAsync(server, Role.Administrator);
        static string To(SignedIn person, string role, string more = "") => $$"""{"person":"{{person.Name}}","role":"{{role}}"{{more}}}""";

        await administrator.CreateAsync("/api/v1/grants", To(another, Role.Auditor), HttpStatusCode.Forbidden);
        await administrator.CreateAsync("/api/v1/grants", To(officer, Role.SecurityOfficer, ""","region":"110000" """), HttpStatusCode.Forbidden);
        var held = await administrator.CreateAsync("/api/v1/grants", To(officer, Role.SecurityOfficer));
        await administrator.CreateAsync("/api/v1/grants", To(auditor, Role.SecurityOfficer), HttpStatusCode.Forbidden);
        await administrator.CreateAsync("/api/v1/tokens", """{"name":"x","role":"security-officer"}""", HttpStatusCode.Forbidden);
        await administrator.CallAsync(HttpMethod.Delete, $"/api/v1/grants/{held.Text("id")}", expect: HttpStatusCode.Forbidden);
        await administrator.CreateAsync("/api/v1/grants", To(officer, Role.Administrator), HttpStatusCode.Forbidden);

        await officer.Http.CreateAsync("/api/v1/grants", To(auditor, Role.SecurityOfficer));
        await officer.Http.CreateAsync("/api/v1/grants", To(auditor, Role.Auditor), HttpStatusCode.Forbidden);
        await officer.Http.CreateAsync("/api/v1/grants", To(another, Role.Viewer), HttpStatusCode.Forbidden);
        await officer.Http.CallAsync(HttpMethod.Delete, $"/api/v1/grants/{held.Text("id")}", expect: HttpStatusCode.Forbidden);
        var last = (await officer.Http.ReadAsync($"/api/v1/grants?person={another.Name}"))["items"]![0]!.Text("id");
        await officer.Http.CallAsync(HttpMethod.Delete, $"/api/v1/grants/{last}", expect: HttpStatusCode.Forbidden);

        using var clerk = await SignedIn.AsAsync(server);
        await administrator.ReadAsync("/api/v1/audit");
        await officer.Http.CreateAsync("/api/v1/grants", To(clerk, Role.Auditor));
        await administrator.ReadAsync("/api/v1/audit", HttpStatusCode.Forbidden);
        await clerk.Http.ReadAsync("/api/v1/audit");
        await clerk.Http.CreateAsync("/api/v1/grants", To(clerk, Role.Viewer), HttpStatusCode.Forbidden);
        Assert.Equal("auditorExists", (await officer.Http.ReadAsync($"/api/v1/access?person={another.Name}&permission=read-audit")).Text("reason"));
    }

    [Theory]
    [InlineData("""{"role":"viewer"}""", "person")]
    [InlineData("""{"person":"nobody","role":"viewer"}""", "person")]
    [InlineData("""{"program":"nobody","person":"nobody","role":"viewer"}""", "program")]
    [InlineData("""{"person":"nobody","role":"king"}""", "role")]
    [InlineData("""{"person":"nobody","role":"viewer","region":"BJ"}""", "region")]
    [InlineData("""{"person":"nobody","role":"viewer","sector":"magic"}""", "sector")]
    [InlineData("""{"person":"nobody","role":"viewer","organisation":"no-such"}""", "organisation")]
    [InlineData("""{"person":"nobody","role":"viewer","expires":"2001-01-01T00:00:00Z"}""", "expires")]
    [InlineData("""{"person":"nobody","role":"viewer","createdBy":"me"}""", "createdBy")]
    public async Task A_grant_that_breaks_a_rule_is_refused_by_member(string body, string member)
    {
        var problem = await _administrator.CreateAsync("/api/v1/grants", body, HttpStatusCode.BadRequest);
        Assert.NotNull(problem["errors"]![member]);
    }

    [Fact]
    public async Task May_they_do_it_and_why_is_answered_by_the_grants_that_decide()
    {
        await Scoped.OrganisationsAsync(_administrator);
        var (inside, outside) = (await Scoped.ThingAsync(_administrator, Scoped.Below), await Scoped.ThingAsync(_administrator, Scoped.Outside));
        var (client, id) = await ProgramAsync(Role.Operator, Scoped.Branch);
        async Task<JsonNode> AskAsync(string permission, string? thing) => await _administrator.ReadAsync($"/api/v1/access?program={id}&permission={permission}{(thing is null ? "" : $"&thing={thing}")}");

        var yes = await AskAsync("read-observations", inside);
        Assert.True(yes["may"]!.GetValue<bool>());
        Assert.Equal(("granted", Scoped.Inside), (yes.Text("reason"), yes["by"]![0]!.Text("organisation")));
        var far = await AskAsync("read-observations", outside);
        Assert.Equal((false, "outOfReach", Scoped.Inside), (far["may"]!.GetValue<bool>(), far.Text("reason"), far["elsewhere"]![0]!.Text("organisation")));
        Assert.Contains("operator over organisation inside", far.Text("why"), StringComparison.Ordinal);
        var lacks = await AskAsync("change-things", inside);
        Assert.Equal("roleLacks", lacks.Text("reason"));
        Assert.Contains("integrator", lacks["roles"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.True((await AskAsync("manage-connections", null))["may"]!.GetValue<bool>());

        Assert.True((await client.ReadAsync($"/api/v1/access?permission=read-things&thing={inside}"))["may"]!.GetValue<bool>());
        await client.ReadAsync($"/api/v1/access?permission=read-things&thing={outside}", HttpStatusCode.NotFound);
        await client.ReadAsync("/api/v1/access?permission=read-things&person=admin", HttpStatusCode.Forbidden);
        await _administrator.ReadAsync("/api/v1/access?permission=read-things&person=nobody", HttpStatusCode.NotFound);
        await _administrator.ReadAsync("/api/v1/access?permission=fly", HttpStatusCode.BadRequest);
        var (_, nobody) = await ProgramAsync(Role.Viewer);
        var only = (await _administrator.ReadAsync($"/api/v1/grants?program={nobody}"))["items"]![0]!.Text("id");
        await _administrator.CallAsync(HttpMethod.Delete, $"/api/v1/grants/{only}", expect: HttpStatusCode.NoContent);
        Assert.Equal("noGrant", (await _administrator.ReadAsync($"/api/v1/access?program={nobody}&permission=read-things")).Text("reason"));
    }
}
