using System.Net;
using System.Web;
using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Tests.Security.People;

namespace Wanwu.Tests.Security.External;

/// <summary>A server with a provider at which anything can be said, its first administrator signed in by password.</summary>
public sealed class ExternalRig : IAsyncLifetime
{
    public const string Password = "correct horse battery";

    internal WanwuServer Server { get; private set; } = null!;
    internal FalseProvider Provider { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Provider = await FalseProvider.StartAsync();
        Server = await WanwuServer.StartAsync(settings:
        [
            .. Of(0, "corp", Provider.Issuer), "--Security:External:Providers:0:TrustedMethods=otp hwk",
            .. Of(1, "staff", Provider.Issuer), "--Security:External:Providers:1:Accounts=Automatic",
            "--Security:External:Providers:1:Grants:0:Value=ops", "--Security:External:Providers:1:Grants:0:Role=operator", "--Security:External:Providers:1:Grants:0:Organisation=plant",
            "--Security:External:Providers:1:Grants:1:Value=heads", "--Security:External:Providers:1:Grants:1:Role=administrator", "--Security:External:Providers:1:Grants:1:Organisation=plant",
        ]);
        await Server.Get<FirstAdministrator>().PrepareAsync(Password, CancellationToken.None);
        using var administrator = await Server.ClientAsync();
        (await administrator.SendAsync(HttpMethod.Post, "/api/v1/organisations", """{"id":"plant","name":"plant"}""")).Dispose();
    }

    private static string[] Of(int index, string id, string authority) =>
    [
        $"--Security:External:Providers:{index}:Id={id}", $"--Security:External:Providers:{index}:Authority={authority}", $"--Security:External:Providers:{index}:ClientId={FalseProvider.ClientId}",
        $"--Security:External:Providers:{index}:Name=Name of {id}",
    ];

    internal FormBrowser Browser() => new(Server);

    /// <summary>Sends the browser to the provider; what it was asked there.</summary>
    internal static async Task<(string State, string Nonce)> AskAsync(FormBrowser browser, string provider, string query = "")
    {
        using var answer = await browser.Http.GetAsync($"/account/external/{provider}{query}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var asked = HttpUtility.ParseQueryString(answer.Headers.Location!.Query);
        Assert.Equal(("code", "S256"), (asked["response_type"], asked["code_challenge_method"]));
        return (asked["state"]!, asked["nonce"]!);
    }

    /// <summary>Comes back with a code; where the answer leads in the end.</summary>
    internal static async Task<string> ReturnAsync(FormBrowser browser, string provider, string code, string state)
    {
        var to = await FollowAsync(browser, $"/account/external/{provider}/callback?code={code}&state={Uri.EscapeDataString(state)}");
        return to == "/account/external-done" ? await FollowAsync(browser, to) : to;
    }

    /// <summary>From the button to the end.</summary>
    internal async Task<string> SignInAsync(FormBrowser browser, string subject, string provider = "corp", Action<Microsoft.IdentityModel.Tokens.SecurityTokenDescriptor>? alter = null, string query = "")
    {
        var (state, nonce) = await AskAsync(browser, provider, query);
        return await ReturnAsync(browser, provider, Provider.CodeFor(Provider.Token(nonce, subject, alter)), state);
    }

    /// <summary>Makes an account that is linked to the provider's person.</summary>
    internal async Task<FormBrowser> JoinAsync(string name, string subject, string role)
    {
        var browser = Browser();
        var code = await InviteAsync(role);
        Assert.StartsWith("/invitation?", await SignInAsync(browser, subject, query: $"?invitation={code}"), StringComparison.Ordinal);
        Assert.Equal("/sign-in?done=external", await browser.SendAsync($"/invitation?code={code}&external=corp", "/account/external-invitation", ("code", code), ("name", name)));
        return browser;
    }

    internal async Task<string> InviteAsync(string role)
    {
        using var administrator = await Server.ClientAsync();
        return (await administrator.CreateAsync("/api/v1/people/invitations", $$"""{"name":"somebody","role":"{{role}}"}""")).Text("link").Split("code=")[1];
    }

    internal static async Task<string> FollowAsync(FormBrowser browser, string path)
    {
        using var answer = await browser.Http.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.Redirect, $"{path}: {answer.StatusCode}");
        return answer.Headers.Location!.ToString();
    }

    internal async Task<Person> AccountAsync(string name)
    {
        await using var db = await Server.Get<IDbContextFactory<RegistryDb>>().CreateDbContextAsync(CancellationToken.None);
        return await db.Users.AsNoTracking().SingleAsync(person => person.UserName == name, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Provider.DisposeAsync();
    }
}
