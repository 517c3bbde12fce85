using System.Net;
using Wanwu.Security.Access;
using Wanwu.Security.Access.People;

namespace Wanwu.Tests.Security.People;

/// <summary>Administrator, security officer and auditor are different accounts, whichever way one comes.</summary>
public sealed class SeparationTests : PeopleRig
{
    [Fact]
    public async Task The_administrator_invites_the_first_security_officer_and_no_second()
    {
        var code = await InviteAsync(Admin, Role.SecurityOfficer);
        await RefusedAsync(Admin, Role.SecurityOfficer);
        var officer = Browser();
        await RedeemAsync(officer, code, "officer1", Password);
        Assert.Equal("/", await officer.SignInAsync("officer1", Password));
        await RefusedAsync(Admin, Role.SecurityOfficer);
        await RefusedAsync(officer, Role.Administrator);
        await RefusedAsync(officer, Role.Viewer);
        await InviteAsync(officer, Role.SecurityOfficer);
        await InviteAsync(officer, Role.Auditor);
    }

    [Fact]
    public async Task Nobody_takes_over_the_account_of_who_watches_over_them()
    {
        var officer = await JoinAsync(Admin, "officer1", Role.SecurityOfficer);
        var auditor = await JoinAsync(officer, "auditor1", Role.Auditor);
        var viewer = await JoinAsync(Admin, "viewer1", Role.Viewer);
        foreach (var watching in (string[])["officer1", "auditor1"])
            foreach (var act in (string[])["disable", "end-sessions", "reset-second-factor", "unlock", "require-password", "password-link"])
                await ActAsync(Admin, await PersonAsync(watching), act, HttpStatusCode.Forbidden);
        foreach (var act in (string[])["reset-second-factor", "password-link", "enable", "unlock"]) await ActAsync(officer, await PersonAsync(AdminName), act, HttpStatusCode.Forbidden);
        await ActAsync(officer, await PersonAsync("viewer1"), "disable");
        Assert.Equal(HttpStatusCode.Unauthorized, await viewer.StatusAsync());
        await ActAsync(officer, await PersonAsync("auditor1"), "disable");
        Assert.Equal(HttpStatusCode.Unauthorized, await auditor.StatusAsync());
        // A disabled auditor is still the auditor: nobody may become the first in its place.
        await RefusedAsync(Admin, Role.Auditor);
    }

    [Fact]
    public async Task Nobody_keeps_out_oneself_nor_the_last_administrator()
    {
        var officer = await JoinAsync(Admin, "officer1", Role.SecurityOfficer);
        await ActAsync(Admin, await PersonAsync(AdminName), "disable", HttpStatusCode.Forbidden);
        await ActAsync(officer, await PersonAsync("officer1"), "disable", HttpStatusCode.Forbidden);
        await ActAsync(officer, await PersonAsync(AdminName), "disable", HttpStatusCode.Conflict);
        await JoinAsync(Admin, "admin2", Role.Administrator);
        await ActAsync(officer, await PersonAsync(AdminName), "disable");
        await ActAsync(officer, await PersonAsync("admin2"), "disable", HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task No_invitation_and_no_grant_leads_to_an_account_with_two_administrations()
    {
        var officer = await JoinAsync(Admin, "officer1", Role.SecurityOfficer);
        var auditor = await JoinAsync(officer, "auditor1", Role.Auditor);
        Assert.Equal(HttpStatusCode.OK, await auditor.StatusAsync());
        var rules = Server.Get<GrantRules>();
        foreach (var name in (string[])[AdminName, "officer1", "auditor1"])
        {
            var id = Guid.Parse((await PersonAsync(name)).Text("id"));
            var held = Assert.Single(Server.Get<PeopleRules>().RolesOf(id));
            foreach (var by in (string[])[AdminName, "officer1", "auditor1"])
            {
                var caller = new Caller(CallerKind.Person, by, null) { Id = (await PersonAsync(by)).Text("id") };
                foreach (var other in PeopleRules.Administrations.Where(role => role != held))
                    Assert.NotNull(rules.FaultOfMaking(caller, GrantSubject.Person(id), other, GrantScope.Everything));
            }
        }
        // The body of an invitation has one role, and no way to say a second.
        foreach (var role in (string[])["""["administrator","auditor"]""", "\"administrator,auditor\"", "\"administrator\",\"role\":\"auditor\""])
            await officer.Http.CallAsync(HttpMethod.Post, "/api/v1/people/invitations", $$"""{"name":"x","role":{{role}}}""", HttpStatusCode.BadRequest);
    }

    private static Task<System.Text.Json.Nodes.JsonNode?> RefusedAsync(FormBrowser by, string role) =>
        by.Http.CallAsync(HttpMethod.Post, "/api/v1/people/invitations", $$"""{"name":"x","role":"{{role}}"}""", HttpStatusCode.Forbidden);
}
