using System.Net;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Security.People;

/// <summary>A session is as good as its row in the registry: it ends by idleness, by age, by signing out, and wherever somebody ends it.</summary>
public sealed class SessionTests : PeopleRig
{
    [Fact]
    public async Task A_session_ends_after_half_an_hour_in_which_nothing_is_done()
    {
        for (var minutes = 0; minutes < 120; minutes += 20)
        {
            Clock.Advance(TimeSpan.FromMinutes(20));
            Assert.Equal(HttpStatusCode.OK, await Admin.StatusAsync());
        }
        Clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(HttpStatusCode.Unauthorized, await Admin.StatusAsync());
    }

    [Fact]
    public async Task A_session_ends_after_twelve_hours_whatever_is_done_in_it()
    {
        for (var minutes = 0; minutes < 11 * 60 + 40; minutes += 20)
        {
            Clock.Advance(TimeSpan.FromMinutes(20));
            Assert.Equal(HttpStatusCode.OK, await Admin.StatusAsync());
        }
        Clock.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(HttpStatusCode.Unauthorized, await Admin.StatusAsync());
    }

    [Fact]
    public async Task A_copied_cookie_is_worth_nothing_after_signing_out()
    {
        var thief = Browser();
        thief.Keep("wanwu", Admin["wanwu"]!);
        Assert.Equal(HttpStatusCode.OK, await thief.StatusAsync());
        Assert.Equal("/sign-in", await Admin.SendAsync("/things", "/account/sign-out"));
        Assert.Equal(HttpStatusCode.Unauthorized, await thief.StatusAsync());
    }

    [Fact]
    public async Task Signing_in_makes_a_new_session_and_ends_that_which_the_browser_had()
    {
        var old = Admin["wanwu"]!;
        Assert.Equal("/", await Admin.SignInAsync(AdminName, Password));
        Assert.NotEqual(old, Admin["wanwu"]);
        var holder = Browser();
        holder.Keep("wanwu", old);
        Assert.Equal(HttpStatusCode.Unauthorized, await holder.StatusAsync());
        Assert.Equal(HttpStatusCode.OK, await Admin.StatusAsync());
    }

    [Fact]
    public async Task The_cookie_is_hidden_from_scripts_and_kept_from_other_sites()
    {
        var browser = Browser();
        using var answer = await browser.PostAsync("/sign-in", "/account/sign-in", ("name", AdminName), ("password", Password));
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(each => each.StartsWith("wanwu=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("expires", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_disabled_person_is_out_at_once_and_comes_back_by_a_new_sign_in()
    {
        var viewer = await JoinAsync(Admin, "viewer1", Role.Viewer);
        var person = await PersonAsync("viewer1");
        Assert.Equal(1, person["sessions"]!.GetValue<int>());
        await ActAsync(Admin, person, "disable");
        Assert.Equal(HttpStatusCode.Unauthorized, await viewer.StatusAsync());
        Assert.Equal("/sign-in?error=wrong", await viewer.SignInAsync("viewer1", Password));
        await ActAsync(Admin, person, "enable");
        Assert.Equal(HttpStatusCode.Unauthorized, await viewer.StatusAsync());
        Assert.Equal("/", await viewer.SignInAsync("viewer1", Password));
        await ActAsync(Admin, person, "end-sessions");
        Assert.Equal(HttpStatusCode.Unauthorized, await viewer.StatusAsync());
    }
}
