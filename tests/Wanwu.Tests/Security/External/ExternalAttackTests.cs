using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using Wanwu.Hosting;
using Wanwu.Hosting.Options;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Security.External;

/// <summary>What comes back from a provider, or pretends to, lets nobody in unless all of it is right.</summary>
public sealed class ExternalAttackTests(ExternalRig rig) : IClassFixture<ExternalRig>
{
    private const string Refused = "/sign-in?error=external";

    [Fact]
    public async Task An_identity_token_that_is_wrong_in_one_thing_is_refused()
    {
        using var browser = await rig.JoinAsync("target", "subject", Role.Viewer);
        using var other = new RSACryptoServiceProvider(2_048);
        Action<SecurityTokenDescriptor>[] wrongs =
        [
            said => said.Issuer = "https://other.example", said => said.Audience = "another", said => said.Claims["nonce"] = "another", said => said.Claims.Remove("nonce"), said => said.Claims.Remove("sub"),
            said => (said.IssuedAt, said.NotBefore, said.Expires) = (said.IssuedAt!.Value.AddHours(-2), said.NotBefore!.Value.AddHours(-2), said.Expires!.Value.AddHours(-2)), said => said.Expires = null,
            said => said.SigningCredentials = new SigningCredentials(new RsaSecurityKey(other), SecurityAlgorithms.RsaSha256),
            said => said.SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(new string('k', 64))) { KeyId = "one" }, SecurityAlgorithms.HmacSha256),
            said => said.SigningCredentials = null,
        ];
        foreach (var (index, wrong) in wrongs.Index())
        {
            var to = await rig.SignInAsync(browser, "subject", alter: wrong);
            Assert.True(to == Refused, $"wrong {index}: {to}");
        }
        Assert.Equal("/", await rig.SignInAsync(browser, "subject"));
    }

    [Fact]
    public async Task An_answer_serves_once_and_only_the_browser_that_asked()
    {
        using var browser = await rig.JoinAsync("victim", "subject of the victim", Role.Viewer);
        var (state, nonce) = await ExternalRig.AskAsync(browser, "corp");
        var code = rig.Provider.CodeFor(rig.Provider.Token(nonce, "subject of the victim"));
        using var thief = rig.Browser();
        Assert.Equal(Refused, await ExternalRig.ReturnAsync(thief, "corp", code, state));
        Assert.Equal(Refused, await ExternalRig.ReturnAsync(browser, "staff", code, state));
        (state, nonce) = await ExternalRig.AskAsync(browser, "corp");
        code = rig.Provider.CodeFor(rig.Provider.Token(nonce, "subject of the victim"));
        Assert.Equal("/", await ExternalRig.ReturnAsync(browser, "corp", code, state));
        Assert.Equal(Refused, await ExternalRig.ReturnAsync(browser, "corp", code, state));
        Assert.Equal(Refused, await ExternalRig.ReturnAsync(browser, "corp", "guessed", "guessed"));
        Assert.Equal(Refused, await ExternalRig.FollowAsync(browser, "/account/external/corp/callback?error=access_denied&state=x"));
        Assert.Equal("/sign-in?error=late", await ExternalRig.FollowAsync(thief, "/account/external-done"));
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example")]
    public async Task Nobody_is_led_to_another_host(string to)
    {
        using var browser = await rig.JoinAsync($"reader{to.Length}", $"subject {to}", Role.Viewer);
        Assert.Equal("/", await rig.SignInAsync(browser, $"subject {to}", query: $"?returnUrl={Uri.EscapeDataString(to)}"));
    }

    [Fact]
    public async Task A_provider_that_is_not_there_is_not_found_and_one_that_does_not_answer_is_said_so()
    {
        using var browser = rig.Browser();
        Assert.Equal(HttpStatusCode.NotFound, await browser.StatusAsync("/account/external/none"));
        await using var server = await WanwuServer.StartAsync(settings: ["--Security:External:Providers:0:Id=gone", "--Security:External:Providers:0:Authority=http://127.0.0.1:1", "--Security:External:Providers:0:ClientId=x"]);
        using var there = new People.FormBrowser(server);
        Assert.Equal("/sign-in?error=external-down", await ExternalRig.FollowAsync(there, "/account/external/gone"));
    }

    [Theory]
    [InlineData("Authority=http://login.example.cn", "https")]
    [InlineData("Id=Capital", "small letters")]
    [InlineData("ClientSecretFile=/nowhere/at/all", "is not there")]
    [InlineData("Accounts=Automatic", "nobody could come in")]
    [InlineData("Grants:0:Role=auditor", "by people only")]
    [InlineData("Grants:0:Role=administrator", "by people only")]
    public void Settings_that_would_open_too_much_stop_the_start(string setting, string says)
    {
        var name = "--Security:External:Providers:0:";
        string[] settings = ["--urls=http://127.0.0.1:0", $"{name}Id=corp", $"{name}Authority=https://login.example.cn", $"{name}ClientId=x", $"{name}Grants:0:Value=all", $"{name}Grants:0:Role=viewer"];
        settings = setting.StartsWith("Accounts", StringComparison.Ordinal) ? [.. settings[..4], name + setting] : [.. settings, name + setting];
        var fault = Assert.Throws<SettingsException>(() => Composition.Build(settings));
        Assert.Contains(says, fault.Message, StringComparison.Ordinal);
    }
}
