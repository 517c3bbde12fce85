using Wanwu.Security.Access;
using Wanwu.Security.Access.People;

namespace Wanwu.Tests.Security.People;

/// <summary>What passwords must be where an auditor asks for everything: mixture, age, history.</summary>
public sealed class PasswordTests : PeopleRig
{
    private const string First = "Correct horse 1", Second = "Second horse 2", Third = "Third horse 3";

    protected override string[] Settings => ["--Security:People:PasswordDays=90", "--Security:People:PasswordHistory=2", "--Security:People:SecondFactor=Off"];

    [Fact]
    public async Task A_password_of_ninety_days_is_changed_before_anything_else_and_the_last_ones_are_not_taken()
    {
        var browser = Browser();
        Clock.AdjustTime(Clock.GetUtcNow() + TimeSpan.FromDays(89));
        Assert.Equal("/", await browser.SignInAsync(AdminName, Password));
        Clock.AdjustTime(Clock.GetUtcNow() + TimeSpan.FromDays(1));
        var late = Browser();
        Assert.Equal("/sign-in/password", await late.SignInAsync(AdminName, Password, "/things"));
        Assert.Null(late["wanwu"]);
        Assert.Equal("/sign-in/password?error=used-password", await SetAsync(late, Password));
        Assert.Equal("/sign-in/password?error=bad-password", await SetAsync(late, "short"));
        Assert.Equal("/things", await SetAsync(late, First));
        Assert.Null(await Server.Get<SignIn>().VerifyAsync(AdminName, System.Text.Encoding.UTF8.GetBytes(Password), Stop));
    }

    [Fact]
    public async Task The_last_passwords_are_remembered_and_older_ones_may_come_back()
    {
        var (own, id) = (Server.Get<OwnPassword>(), Guid.Parse((await PersonAsync(AdminName)).Text("id")));
        Assert.Equal(NewPassword.Wrong, await own.ChangeAsync(id, "not it", First, null, Stop));
        Assert.Equal(NewPassword.Done, await own.ChangeAsync(id, Password, First, null, Stop));
        Assert.Equal(NewPassword.Used, await own.ChangeAsync(id, First, Password, null, Stop));
        Assert.Equal(NewPassword.Done, await own.ChangeAsync(id, First, Second, null, Stop));
        Assert.Equal(NewPassword.Done, await own.ChangeAsync(id, Second, Password, null, Stop));
        Assert.Equal(NewPassword.Used, await own.ChangeAsync(id, Password, Second, null, Stop));
        Assert.Equal(NewPassword.Done, await own.ChangeAsync(id, Password, Third, null, Stop));
    }

    [Fact]
    public async Task Nobody_learns_by_the_answer_which_names_exist()
    {
        foreach (var name in (string[])[AdminName, "nobody-of-this-name"])
        {
            var browser = Browser();
            for (var i = 0; i < 5; i++) Assert.Equal("/sign-in?error=wrong", await browser.SignInAsync(name, $"guess number {i}"));
            Assert.Equal("/sign-in?error=locked", await browser.SignInAsync(name, "guess number 5"));
        }
        Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal("/sign-in?error=wrong", await Browser().SignInAsync("nobody-of-this-name", Password));
        Assert.Equal("/", await Browser().SignInAsync(AdminName, Password));
    }

    [Fact]
    public async Task A_new_password_may_be_asked_of_somebody_and_an_administrator_unlocks()
    {
        await JoinAsync(Admin, "viewer1", Role.Viewer);
        var person = await PersonAsync("viewer1");
        await ActAsync(Admin, person, "require-password");
        var browser = Browser();
        Assert.Equal("/sign-in/password", await browser.SignInAsync("viewer1", Password));
        Assert.Equal("/", await SetAsync(browser, First));
        for (var i = 0; i < 5; i++) await Browser().SignInAsync("viewer1", $"guess number {i}");
        Assert.Equal("locked", (await PersonAsync("viewer1")).Text("state"));
        Assert.Equal("/sign-in?error=locked", await Browser().SignInAsync("viewer1", First));
        await ActAsync(Admin, person, "unlock");
        Assert.Equal("/", await Browser().SignInAsync("viewer1", First));
    }

    private static Task<string> SetAsync(FormBrowser browser, string password) => browser.SendAsync("/sign-in/password", "/account/sign-in/password", ("password", password));
}
