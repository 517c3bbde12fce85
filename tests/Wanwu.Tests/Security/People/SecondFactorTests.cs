using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Wanwu.Security.Access;
using Wanwu.Security.Access.People;

namespace Wanwu.Tests.Security.People;

/// <summary>The second factor: a password alone opens nothing where it is set up or due.</summary>
public sealed partial class SecondFactorTests : PeopleRig
{
    private byte[] _secret = [];

    [Fact]
    public async Task An_open_session_alone_is_no_proof_of_the_person()
    {
        var id = Guid.Parse((await PersonAsync(AdminName)).Text("id"));
        var proof = Server.Get<OwnProof>();
        Assert.Equal(Proof.Done, await proof.AskAsync(id, Password, null, Stop));
        for (var wrong = 0; wrong < 5; wrong++) Assert.Equal(Proof.Wrong, await proof.AskAsync(id, wrong == 0 ? "" : Other, null, Stop));
        Assert.Equal(Proof.Locked, await proof.AskAsync(id, Password, null, Stop));
    }

    [Fact]
    public async Task With_a_second_factor_the_password_alone_makes_no_session_and_each_code_makes_one()
    {
        var id = await SetUpAsync();
        var browser = Browser();
        Assert.Equal("/sign-in/code", await browser.SignInAsync(AdminName, Password, "/things?x=y"));
        Assert.Null(browser["wanwu"]);
        Assert.Equal(HttpStatusCode.Unauthorized, await browser.StatusAsync());
        Assert.Equal("/sign-in/code?error=wrong", await CodeAsync(browser, "000000"));
        // The code that set it up was used by that.
        Assert.Equal("/sign-in/code?error=wrong", await CodeAsync(browser, Now()));
        Clock.Advance(TimeSpan.FromSeconds(30));
        var code = Now();
        Assert.Equal("/things?x=y", await CodeAsync(browser, code));
        Assert.Equal(HttpStatusCode.OK, await browser.StatusAsync());
        var replaying = Browser();
        await replaying.SignInAsync(AdminName, Password);
        Assert.Equal("/sign-in/code?error=wrong", await CodeAsync(replaying, code));
        Assert.True((await StoredAsync(async db => await db.Users.FindAsync([id], Stop)))!.HasSecondFactor);
    }

    [Fact]
    public async Task A_recovery_code_works_once_and_new_ones_end_those_that_are_left()
    {
        var id = await SetUpAsync();
        var codes = await Server.Get<SecondFactors>().NewRecoveryAsync(id, Stop);
        Assert.Equal(10, codes.Distinct().Count());
        Assert.All(codes, code => Assert.Matches("^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$", code));
        foreach (var (code, leads) in new[] { (codes[0].ToLowerInvariant(), "/"), (codes[0], "/sign-in/code?error=wrong"), (codes[1], "/") })
        {
            var browser = Browser();
            await browser.SignInAsync(AdminName, Password);
            Assert.Equal(leads, await CodeAsync(browser, code));
        }
        await Server.Get<SecondFactors>().NewRecoveryAsync(id, Stop);
        Assert.False(await Server.Get<SecondFactors>().VerifyAsync(id, codes[2], Stop));
        var stored = await StoredAsync(async db => (await db.Users.FindAsync([id], Stop))!);
        Assert.DoesNotContain(codes[2].Replace("-", "", StringComparison.Ordinal), string.Join(' ', stored.RecoveryHashes), StringComparison.Ordinal);
        Assert.DoesNotContain(Totp.TextOf(_secret), Encoding.UTF8.GetString(stored.SecondFactorSecret!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Codes_cannot_be_guessed_for_long_even_by_who_knows_the_password()
    {
        await SetUpAsync();
        var browser = Browser();
        await browser.SignInAsync(AdminName, Password);
        for (var i = 0; i < 2; i++) Assert.Equal("/sign-in/code?error=wrong", await CodeAsync(browser, $"00000{i}"));
        // The right password between ends no row of failures.
        await browser.SignInAsync(AdminName, Password);
        for (var i = 0; i < 3; i++) Assert.Equal("/sign-in/code?error=wrong", await CodeAsync(browser, $"00000{i}"));
        Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("/sign-in?error=late", await CodeAsync(browser, Now()));
        Assert.Equal("/sign-in?error=locked", await browser.SignInAsync(AdminName, Password));
        Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal("/sign-in/code", await browser.SignInAsync(AdminName, Password));
        Assert.Equal("/", await CodeAsync(browser, Now()));
    }

    [Fact]
    public async Task Who_has_a_second_factor_cannot_pass_the_doors_that_ask_for_a_password_alone()
    {
        var signIn = Server.Get<SignIn>();
        Assert.NotNull(await signIn.VerifyAsync(AdminName, Encoding.UTF8.GetBytes(Password), Stop));
        await SetUpAsync();
        Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await signIn.VerifyAsync(AdminName, Encoding.UTF8.GetBytes(Password), Stop));
    }

    [Fact]
    public async Task An_administrator_has_two_weeks_to_set_it_up_and_then_does_so_at_the_sign_in()
    {
        Clock.AdjustTime(Clock.GetUtcNow() + TimeSpan.FromDays(13));
        var browser = Browser();
        Assert.Equal("/", await browser.SignInAsync(AdminName, Password));
        Clock.AdjustTime(Clock.GetUtcNow() + TimeSpan.FromDays(1));
        Assert.Equal("/sign-in/second-factor", await browser.SignInAsync(AdminName, Password));
        var other = Browser();
        await other.SignInAsync(AdminName, Password);
        var page = await other.PageAsync("/sign-in/second-factor");
        Assert.Contains("<svg class=\"qr\"", page, StringComparison.Ordinal);
        var offer = Offer().Match(page).Groups[1].Value;
        var secret = FromBase32(Secret().Match(page).Groups[1].Value);
        Assert.StartsWith("/sign-in/second-factor?error=wrong", await SendAsync(offer, "000000"), StringComparison.Ordinal);
        Assert.StartsWith("/sign-in/second-factor?error=wrong", await SendAsync(offer[..^3] + "abc", Totp.CodeOf(secret, Totp.StepOf(Clock.GetUtcNow()))), StringComparison.Ordinal);
        Assert.Equal("/account", await SendAsync(offer, Totp.CodeOf(secret, Totp.StepOf(Clock.GetUtcNow()))));
        Assert.Equal(HttpStatusCode.OK, await other.StatusAsync());
        Assert.True((await PersonAsync(AdminName))["secondFactor"]!.GetValue<bool>());

        Task<string> SendAsync(string sealedOffer, string code) => other.SendAsync("/sign-in/second-factor", "/account/sign-in/second-factor", ("offer", sealedOffer), ("code", code));
    }

    [Fact]
    public async Task Another_administrator_takes_it_off_for_who_has_lost_the_device_and_nobody_does_so_alone()
    {
        var id = await SetUpAsync();
        // Of an administrator it is asked, so it stays.
        Assert.False(await Server.Get<SecondFactors>().RemoveAsync(id, Stop));
        var second = await JoinAsync(Admin, "admin2", Role.Administrator);
        await ActAsync(second, await PersonAsync(AdminName), "reset-second-factor");
        Assert.Equal("/", await Browser().SignInAsync(AdminName, Password));
    }

    private async Task<Guid> SetUpAsync()
    {
        var id = Guid.Parse((await PersonAsync(AdminName)).Text("id"));
        var offer = Server.Get<SecondFactors>().Offer(id, AdminName);
        _secret = FromBase32(offer.Text);
        Assert.Null(await Server.Get<SecondFactors>().SetUpAsync(id, offer.Sealed, "000000", Stop));
        Assert.Null(await Server.Get<SecondFactors>().SetUpAsync(Guid.NewGuid(), offer.Sealed, Now(), Stop));
        Assert.NotNull(await Server.Get<SecondFactors>().SetUpAsync(id, offer.Sealed, Now(), Stop));
        return id;
    }

    private string Now() => Totp.CodeOf(_secret, Totp.StepOf(Clock.GetUtcNow()));

    private static Task<string> CodeAsync(FormBrowser browser, string code) => browser.SendAsync("/sign-in/code", "/account/sign-in/code", ("code", code));

    private static byte[] FromBase32(string text)
    {
        var bits = string.Concat(text.Select(letter => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        return [.. bits.Chunk(8).Where(part => part.Length == 8).Select(part => Convert.ToByte(new string(part), 2))];
    }

    [GeneratedRegex("name=\"offer\" value=\"([^\"]+)\"")] private static partial Regex Offer();
    [GeneratedRegex("<code>([A-Z2-7]{32})</code>")] private static partial Regex Secret();
}
