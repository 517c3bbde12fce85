using System.Net;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Wanwu.Security.Access;
using Wanwu.Security.Access.People;

namespace Wanwu.Tests.Security.People;

/// <summary>People come by a link that works once; nobody else ever knows their password.</summary>
public sealed class InvitationTests : PeopleRig
{
    [Fact]
    public async Task Who_is_invited_chooses_name_and_password_and_gets_the_role()
    {
        var code = await InviteAsync(Admin, Role.Operator);
        var guest = Browser();
        Assert.Contains("name=\"password\"", await guest.PageAsync($"/invitation?code={code}"), StringComparison.Ordinal);
        Assert.StartsWith("/invitation?error=bad-name&", await RedeemAsync(guest, code, "a b", Password), StringComparison.Ordinal);
        Assert.StartsWith("/invitation?error=bad-password&", await RedeemAsync(guest, code, "王小明", "Password123"), StringComparison.Ordinal);
        Assert.StartsWith("/invitation?error=name-taken&", await RedeemAsync(guest, code, "ADMIN", Password), StringComparison.Ordinal);
        Assert.Equal("/sign-in?done=invitation", await RedeemAsync(guest, code, "王小明", Password));
        Assert.Equal("/", await guest.SignInAsync("王小明", Password));
        var me = await guest.Http.ReadAsync("/api/v1/me");
        Assert.Equal(("王小明", Role.Operator), (me.Text("name"), Assert.Single(me["roles"]!.AsArray())!.GetValue<string>()));
    }

    [Fact]
    public async Task A_link_works_once_for_three_days_and_not_after_it_was_taken_back()
    {
        var used = await InviteAsync(Admin, Role.Viewer);
        Assert.Equal("/sign-in?done=invitation", await RedeemAsync(Browser(), used, "first", Password));
        var late = await InviteAsync(Admin, Role.Viewer);
        var made = await Admin.Http.CreateAsync("/api/v1/people/invitations", """{"name":"x","role":"viewer"}""");
        await Admin.Http.CallAsync(HttpMethod.Delete, $"/api/v1/people/invitations/{made.Text("id")}", expect: HttpStatusCode.NoContent);
        foreach (var code in (string[])[used, CodeOf(made), "", "guessed"])
        {
            Assert.DoesNotContain("name=\"password\"", await Browser().PageAsync($"/invitation?code={code}"), StringComparison.Ordinal);
            Assert.StartsWith("/invitation?error=wrong-code", await RedeemAsync(Browser(), code, "second", Password), StringComparison.Ordinal);
        }
        Clock.Advance(TimeSpan.FromHours(72));
        Assert.Equal(RedeemLink.WrongCode, await Server.Get<Redemption>().RedeemAsync(late, "second", Password, Stop));
    }

    [Fact]
    public async Task A_link_for_a_new_password_ends_the_old_one_the_sessions_and_itself()
    {
        var person = await JoinAsync(Admin, "viewer1", Role.Viewer);
        var id = (await PersonAsync("viewer1")).Text("id");
        var first = CodeOf(await Admin.Http.CreateAsync($"/api/v1/people/{id}/password-link", "{}"));
        var second = CodeOf(await Admin.Http.CreateAsync($"/api/v1/people/{id}/password-link", "{}"));
        var browser = Browser();
        Assert.StartsWith("/invitation?error=wrong-code", await RedeemAsync(browser, first, "", Other), StringComparison.Ordinal);
        Assert.StartsWith("/invitation?error=used-password", await RedeemAsync(browser, second, "", Password), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await person.StatusAsync());
        Assert.Equal("/sign-in?done=invitation", await RedeemAsync(browser, second, "", Other));
        Assert.Equal(HttpStatusCode.Unauthorized, await person.StatusAsync());
        Assert.Equal("/sign-in?error=wrong", await browser.SignInAsync("viewer1", Password));
        Assert.Equal("/", await browser.SignInAsync("viewer1", Other));
    }

    [Fact]
    public async Task Neither_the_registry_nor_the_trail_nor_any_answer_holds_a_secret()
    {
        var code = await InviteAsync(Admin, Role.Viewer);
        await RedeemAsync(Browser(), code, "viewer1", Password);
        var list = (await Admin.Http.ReadAsync("/api/v1/people")).ToJsonString() + (await Admin.Http.ReadAsync("/api/v1/people/invitations")).ToJsonString();
        Assert.DoesNotContain(code, list, StringComparison.Ordinal);
        Assert.DoesNotContain("hash", list, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("stamp", list, StringComparison.OrdinalIgnoreCase);
        var trail = (await (await Server.ClientAsync(Role.Auditor)).ReadAsync("/api/v1/audit?limit=500")).ToJsonString();
        Assert.Contains("invitation.create", trail, StringComparison.Ordinal);
        Assert.Contains("invitation.use", trail, StringComparison.Ordinal);
        Assert.Contains("person.create", trail, StringComparison.Ordinal);
        foreach (var secret in (string[])[code, Password, (await StoredAsync(db => db.Users.FirstAsync(Stop))).PasswordHash!]) Assert.DoesNotContain(secret, trail, StringComparison.Ordinal);
        Assert.DoesNotContain(code, Encoding.UTF8.GetString(await Files.ReadSharedAsync(Path.Combine(Server.Folder, "registry.db"), Stop)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("organisation", "nowhere")]
    [InlineData("region", "12")]
    [InlineData("sector", "magic")]
    public async Task An_invitation_is_to_a_part_that_there_is(string member, string value)
    {
        var answer = await Admin.Http.CallAsync(HttpMethod.Post, "/api/v1/people/invitations", $$"""{"name":"x","role":"viewer","{{member}}":"{{value}}"}""", HttpStatusCode.BadRequest);
        Assert.Contains(member, answer!["errors"]!.AsObject().Select(error => error.Key));
    }

    [Fact]
    public async Task Only_administrators_and_security_officers_see_people()
    {
        var viewer = await JoinAsync(Admin, "viewer1", Role.Viewer);
        Assert.Equal(HttpStatusCode.Forbidden, await viewer.StatusAsync("/api/v1/people"));
        Assert.Equal(HttpStatusCode.Forbidden, await viewer.StatusAsync("/api/v1/people/invitations"));
        await viewer.Http.CallAsync(HttpMethod.Post, "/api/v1/people/invitations", """{"name":"x","role":"administrator"}""", HttpStatusCode.Forbidden);
        Assert.Equal(HttpStatusCode.Unauthorized, await Browser().StatusAsync("/api/v1/people"));
    }

    [Fact]
    public async Task A_role_that_was_given_for_a_time_ends_by_itself_and_its_link_with_it()
    {
        var until = Wanwu.Things.Timestamp.From(Clock.GetUtcNow().AddHours(2));
        var (used, late) = (await InviteAsync(Admin, Role.Operator, $",\"grantExpires\":\"{until}\""), await InviteAsync(Admin, Role.Operator, $",\"grantExpires\":\"{until}\""));
        var guest = Browser();
        Assert.Equal("/sign-in?done=invitation", await RedeemAsync(guest, used, "for-a-time", Password));
        Assert.Equal("/", await guest.SignInAsync("for-a-time", Password));
        Assert.Single((await guest.Http.ReadAsync("/api/v1/me"))["roles"]!.AsArray());
        var listed = (await Admin.Http.ReadAsync("/api/v1/people/invitations"))["items"]!.AsArray();
        Assert.All(listed, invitation => Assert.Equal((until.ToString(), until.ToString()), (invitation!.Text("grantExpires"), invitation!.Text("expires"))));
        await Admin.Http.CallAsync(HttpMethod.Post, "/api/v1/people/invitations", """{"name":"x","role":"viewer","grantExpires":"2001-01-01T00:00:00Z"}""", HttpStatusCode.BadRequest);

        // In steps, so that the session does not end for idleness first.
        for (var step = 0; step < 4; step++)
        {
            Clock.Advance(TimeSpan.FromMinutes(30));
            await guest.StatusAsync();
        }
        Assert.Empty((await PersonAsync("for-a-time"))["roles"]!.AsArray());
        Assert.Equal(RedeemLink.WrongCode, await Server.Get<Redemption>().RedeemAsync(late, "too-late", Password, Stop));
    }
}
