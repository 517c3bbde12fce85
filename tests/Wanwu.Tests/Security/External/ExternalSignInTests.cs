using System.Net;
using System.Web;
using Microsoft.IdentityModel.Tokens;
using Wanwu.Security.Access;
using Wanwu.Security.Access.External;
using Wanwu.Security.Access.People;
using Wanwu.Tests.Security.People;
using Wanwu.Tests.Security.Programs;

namespace Wanwu.Tests.Security.External;

/// <summary>People come in through a provider of OpenID Connect, with the account that is linked and no other.</summary>
public sealed class ExternalSignInTests(ExternalRig rig) : IClassFixture<ExternalRig>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_invited_person_links_an_account_of_the_provider_and_signs_in_by_it()
    {
        using var browser = await rig.JoinAsync("invited", "subject 1", Role.Operator);
        Assert.Contains("Name of corp", await browser.PageAsync("/sign-in"), StringComparison.Ordinal);
        Assert.Equal("/things", await rig.SignInAsync(browser, "subject 1", query: "?returnUrl=/things"));
        var me = await browser.Http.ReadAsync("/api/v1/me");
        Assert.Equal(("invited", Role.Operator), (me.Text("name"), Assert.Single(me["roles"]!.AsArray())!.GetValue<string>()));
        Assert.Null((await rig.AccountAsync("invited")).PasswordHash);
        using var other = rig.Browser();
        Assert.Equal("/sign-in?error=wrong", await other.SignInAsync("invited", ""));
        Assert.Equal("/sign-in?error=external-unknown", await rig.SignInAsync(other, "subject 2"));
    }

    [Fact]
    public async Task An_equal_name_or_address_opens_nobody_s_account()
    {
        using var browser = rig.Browser();
        Assert.Equal("/sign-in?error=external-unknown", await rig.SignInAsync(browser, "stranger", alter: Named));
        Assert.Equal("/", await rig.SignInAsync(browser, "stranger", "staff", said => { Named(said); said.Claims["groups"] = (string[])["ops"]; }));
        Assert.Equal("admin-2", (await browser.Http.ReadAsync("/api/v1/me")).Text("name"));

        static void Named(SecurityTokenDescriptor said) => (said.Claims["preferred_username"], said.Claims["email"], said.Claims["email_verified"]) = ("admin", "admin@example.cn", true);
    }

    [Fact]
    public async Task The_provider_s_groups_grant_and_what_they_grant_no_more_ends_at_the_next_sign_in()
    {
        using var browser = rig.Browser();
        Assert.Equal("/sign-in?error=external-unknown", await rig.SignInAsync(browser, "worker", "staff", said => said.Claims["groups"] = (string[])["others"]));
        Assert.Equal("/", await rig.SignInAsync(browser, "worker", "staff", said => (said.Claims["groups"], said.Claims["preferred_username"]) = ((string[])["ops", "heads"], "worker")));
        Assert.Equal("administrator operator", await RolesAsync(browser));
        var id = (await rig.AccountAsync("worker")).Id;
        Assert.All(rig.Server.Get<CurrentGrants>().Book.Of(CallerKind.Person, id.ToString()).Grants, grant => Assert.Equal(("plant", "provider staff"), (grant.Scope.Organisation, grant.CreatedBy)));
        Assert.Equal("/", await rig.SignInAsync(browser, "worker", "staff", said => said.Claims["groups"] = "ops"));
        Assert.Equal("operator", await RolesAsync(browser));
    }

    [Fact]
    public async Task A_group_makes_nobody_administrator_who_watches_over_administrators()
    {
        using var browser = rig.Browser();
        Assert.Equal("/", await rig.SignInAsync(browser, "watcher", "staff", said => (said.Claims["groups"], said.Claims["preferred_username"]) = ("ops", "watcher")));
        var id = (await rig.AccountAsync("watcher")).Id;
        await rig.Server.Get<GrantChanges>().GrantAsync(new GrantOrder(GrantSubject.Person(id), Role.Auditor, GrantScope.Everything, "test"), Stop);
        Assert.Equal("/", await rig.SignInAsync(browser, "watcher", "staff", said => said.Claims["groups"] = (string[])["ops", "heads"]));
        Assert.Equal("auditor operator", await RolesAsync(browser));
    }

    [Fact]
    public async Task A_second_factor_of_the_provider_counts_where_it_is_trusted_and_else_one_s_own_is_asked()
    {
        using var browser = await rig.JoinAsync("careful", "subject 3", Role.Viewer);
        var id = (await rig.AccountAsync("careful")).Id;
        var factors = rig.Server.Get<SecondFactors>();
        var offer = factors.Offer(id, "careful");
        Assert.NotNull(await factors.SetUpAsync(id, offer.Sealed, CodeOf(offer.Text), Stop));
        Assert.Equal("/sign-in/code", await rig.SignInAsync(browser, "subject 3"));
        Assert.Equal("/sign-in/code", await rig.SignInAsync(browser, "subject 3", alter: said => said.Claims["amr"] = (string[])["pwd"]));
        Assert.Equal("/", await rig.SignInAsync(browser, "subject 3", alter: said => said.Claims["amr"] = (string[])["pwd", "otp"]));
    }

    [Fact]
    public async Task Whom_an_administrator_keeps_out_the_provider_does_not_let_in()
    {
        using var browser = await rig.JoinAsync("leaving", "subject 4", Role.Viewer);
        Assert.Equal("/", await rig.SignInAsync(browser, "subject 4"));
        using var administrator = await rig.Server.ClientAsync();
        await administrator.CallAsync(HttpMethod.Post, $"/api/v1/people/{(await rig.AccountAsync("leaving")).Id}/disable", expect: HttpStatusCode.NoContent);
        Assert.Equal(HttpStatusCode.Unauthorized, await browser.StatusAsync());
        Assert.Equal("/sign-in?error=external-unknown", await rig.SignInAsync(browser, "subject 4"));
    }

    [Fact]
    public async Task A_link_is_made_by_who_has_just_shown_to_be_the_person_and_by_nobody_else()
    {
        using var browser = rig.Browser();
        Assert.Equal("/", await browser.SignInAsync("admin", ExternalRig.Password));
        var person = (await rig.AccountAsync("admin")).Id;
        var session = (await rig.Server.Get<PersonSessions>().ListAsync(person, null, Stop))[0].Id;
        var tickets = rig.Server.Get<LinkTickets>();
        foreach (var ticket in (string[])["guessed", tickets.Make("staff", person, session), tickets.Make("corp", person, Guid.NewGuid()), tickets.Make("corp", Guid.NewGuid(), session)])
            Assert.Equal("/account?external=late", await rig.SignInAsync(browser, "subject 5", query: $"?ticket={Uri.EscapeDataString(ticket)}"));
        Assert.Equal("/account?external=linked", await rig.SignInAsync(browser, "subject 5", query: $"?ticket={Uri.EscapeDataString(tickets.Make("corp", person, session))}"));
        using var again = rig.Browser();
        Assert.Equal("/", await rig.SignInAsync(again, "subject 5"));
        Assert.Equal("admin", (await again.Http.ReadAsync("/api/v1/me")).Text("name"));
        using var joined = await rig.JoinAsync("other", "subject 6", Role.Viewer);
        Assert.Equal(ExternalOutcome.LastWay, await rig.Server.Get<ExternalPeople>().UnlinkAsync((await rig.AccountAsync("other")).Id, rig.Provider.Issuer, "subject 6", Stop));
        Assert.Equal("/account?external=taken", await rig.SignInAsync(browser, "subject 6", query: $"?ticket={Uri.EscapeDataString(tickets.Make("corp", person, session))}"));
        Assert.Equal(ExternalOutcome.Done, await rig.Server.Get<ExternalPeople>().UnlinkAsync(person, rig.Provider.Issuer, "subject 5", Stop));
        Assert.Equal("/sign-in?error=external-unknown", await rig.SignInAsync(again, "subject 5"));
    }

    [Fact]
    public async Task Who_signs_out_at_the_provider_is_signed_out_here()
    {
        using var browser = await rig.JoinAsync("traveller", "subject 7", Role.Viewer);
        Assert.Equal("/", await rig.SignInAsync(browser, "subject 7"));
        foreach (var wrong in (string?[])[null, "nonsense", rig.Provider.Token("n", "subject 7"), Logout("subject 7", said => said.Issuer = "https://other.example"), Logout("subject 7", said => said.IssuedAt = said.NotBefore = said.IssuedAt!.Value.AddHours(-1))])
            Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(wrong));
        Assert.Equal(HttpStatusCode.OK, await browser.StatusAsync());
        Assert.Equal(HttpStatusCode.OK, await SendAsync(Logout("subject 7")));
        Assert.Equal(HttpStatusCode.Unauthorized, await browser.StatusAsync());

        string Logout(string subject, Action<SecurityTokenDescriptor>? alter = null) => rig.Provider.Token("", subject, said =>
        {
            said.Claims.Remove("nonce");
            said.Claims["events"] = new Dictionary<string, object> { ["http://schemas.openid.net/event/backchannel-logout"] = new Dictionary<string, object>() };
            alter?.Invoke(said);
        });

        async Task<HttpStatusCode> SendAsync(string? token)
        {
            using var provider = rig.Server.Anonymous();
            using var answer = await provider.PostAsync("/account/external/corp/sign-out", new FormUrlEncodedContent(token is null ? [] : new Dictionary<string, string> { ["logout_token"] = token }), Stop);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task One_server_is_the_provider_of_another()
    {
        await using var ministry = await WanwuServer.StartAsync();
        using var administrator = await ministry.ClientAsync();
        using var program = await OAuthClient.RegisterAsync(ministry, administrator);
        await using var plant = await WanwuServer.StartAsync(settings:
        [
            "--Security:External:Providers:0:Id=ministry", $"--Security:External:Providers:0:Authority={ministry.Url}", $"--Security:External:Providers:0:ClientId={program.Id}", $"--Security:External:Providers:0:ClientSecret={program.Secret}",
        ]);
        await administrator.CallAsync(HttpMethod.Put, $"/api/v1/programs/{program.Id}", $$"""{"name":"plant","redirectUris":["{{plant.Url}}account/external/ministry/callback"],"scope":["read-things"]}""");
        using var person = await SignedIn.AsAsync(ministry, Role.Viewer);
        using var owner = await plant.ClientAsync();
        var code = (await owner.CreateAsync("/api/v1/people/invitations", """{"name":"somebody","role":"steward"}""")).Text("link").Split("code=")[1];

        using var browser = new FormBrowser(plant);
        Assert.StartsWith("/invitation?", await ThroughAsync(browser, person, $"?invitation={code}"), StringComparison.Ordinal);
        Assert.Contains(person.Name, await browser.PageAsync($"/invitation?code={code}&external=ministry"), StringComparison.Ordinal);
        Assert.Equal("/sign-in?done=external", await browser.SendAsync($"/invitation?code={code}&external=ministry", "/account/external-invitation", ("code", code), ("name", "guest")));
        Assert.Equal("/", await ThroughAsync(browser, person, ""));
        Assert.Equal(("guest", "steward"), ((await browser.Http.ReadAsync("/api/v1/me")).Text("name"), await RolesAsync(browser)));
    }

    /// <summary>As a browser goes from one server to the other and back.</summary>
    private static async Task<string> ThroughAsync(FormBrowser browser, SignedIn person, string query)
    {
        var asked = HttpUtility.ParseQueryString(new Uri(await ExternalRig.FollowAsync(browser, $"/account/external/ministry{query}")).Query);
        var form = asked.AllKeys.ToDictionary(key => key!, key => asked[key]!);
        form["decision"] = "allow";
        using var back = await person.PostFormAsync("/connect/authorize", form);
        Assert.True(back.StatusCode == HttpStatusCode.Redirect, await back.Content.ReadAsStringAsync(Stop));
        Assert.Equal("/account/external-done", await ExternalRig.FollowAsync(browser, back.Headers.Location!.PathAndQuery));
        return await ExternalRig.FollowAsync(browser, "/account/external-done");
    }

    /// <summary>What the authenticator app shows now.</summary>
    private static string CodeOf(string secret)
    {
        var bits = string.Concat(secret.Select(letter => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        byte[] bytes = [.. bits.Chunk(8).Where(part => part.Length == 8).Select(part => Convert.ToByte(new string(part), 2))];
        return Totp.CodeOf(bytes, Totp.StepOf(TimeProvider.System.GetUtcNow()));
    }

    private static async Task<string> RolesAsync(FormBrowser browser) => string.Join(' ', (await browser.Http.ReadAsync("/api/v1/me"))["roles"]!.AsArray().Select(role => role!.GetValue<string>()));
}
