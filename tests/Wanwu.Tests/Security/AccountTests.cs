using System.Net;
using System.Text;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Security;

/// <summary>People: the set-up code, sign-in by form, sessions, and what is done against guessers.</summary>
public sealed class AccountTests : IAsyncLifetime
{
    private const string Name = "掌櫃", Password = "correct horse battery";
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(60));
    private WanwuServer _server = null!;
    private HttpClient _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WanwuServer.StartAsync(clock: _clock);
        _browser = _server.Anonymous();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_set_up_code_makes_one_administrator_and_no_second()
    {
        var first = _server.Get<FirstAdministrator>();
        var old = (await first.PrepareAsync(null, Stop)).Code!;
        var code = (await first.PrepareAsync(null, Stop)).Code!;
        Assert.Equal("/setup?error=wrong-code", ErrorOf(await SetUpAsync(old, Name, Password)));
        Assert.Equal("/setup?error=wrong-code", ErrorOf(await SetUpAsync("", Name, Password)));
        Assert.Equal("/setup?error=bad-password", ErrorOf(await SetUpAsync(code, Name, "short")));
        Assert.Equal("/setup?error=bad-password", ErrorOf(await SetUpAsync(code, Name, "aaaaaaaaaaaaaaaa")));
        Assert.Equal("/setup?error=bad-name", ErrorOf(await SetUpAsync(code, "a b", Password)));

        var done = await SetUpAsync(code, Name, Password);
        Assert.Equal("/", done.Headers.Location!.ToString());
        var me = await WithCookie(done).ReadAsync("/api/v1/me");
        Assert.Equal(Name, me.Text("name"));
        Assert.Equal("administrator", me["roles"]![0]!.GetValue<string>());
        Assert.Equal("/setup?error=already-done", ErrorOf(await SetUpAsync(code, "second", Password)));
        Assert.Equal(new SetupState(true, null), await first.PrepareAsync(null, Stop));
    }

    [Fact]
    public async Task A_set_up_code_is_good_for_a_day()
    {
        var code = (await _server.Get<FirstAdministrator>().PrepareAsync(null, Stop)).Code!;
        _clock.Advance(TimeSpan.FromHours(24));
        Assert.Equal("/setup?error=wrong-code", ErrorOf(await SetUpAsync(code, Name, Password)));
    }

    [Fact]
    public async Task Automation_sets_the_first_password_and_a_weak_one_stops_the_start()
    {
        var first = _server.Get<FirstAdministrator>();
        var fault = await Assert.ThrowsAsync<InvalidDataException>(async () => await first.PrepareAsync("admin", Stop));
        Assert.Contains("WANWU_ADMIN_PASSWORD", fault.Message, StringComparison.Ordinal);
        Assert.Equal(new SetupState(true, null), await first.PrepareAsync(Password, Stop));
        Assert.Equal("/", (await SignInAsync("admin", Password)).Headers.Location!.ToString());
    }

    [Fact]
    public async Task Signing_in_leads_to_a_page_of_this_server_only()
    {
        await _server.Get<FirstAdministrator>().PrepareAsync(Password, Stop);
        Assert.Equal("/things/1?x=y", (await SignInAsync("admin", Password, "/things/1?x=y")).Headers.Location!.ToString());
        foreach (var away in (string[])["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil"])
            Assert.Equal("/", (await SignInAsync("admin", Password, away)).Headers.Location!.ToString());
        Assert.Equal("/sign-in?error=wrong&returnUrl=%2Fthings", (await SignInAsync("admin", "wrong password", "/things")).Headers.Location!.ToString());
        Assert.Equal("/sign-in?error=wrong", (await SignInAsync("nobody", Password)).Headers.Location!.ToString());
    }

    [Fact]
    public async Task A_form_without_its_antiforgery_token_is_refused()
    {
        await _server.Get<FirstAdministrator>().PrepareAsync(Password, Stop);
        using var answer = await _browser.SendAsync(HttpMethod.Post, "/account/sign-in", $"name=admin&password={Password}", "application/x-www-form-urlencoded");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_session_cannot_be_used_by_another_site_and_ends_with_signing_out()
    {
        await _server.Get<FirstAdministrator>().PrepareAsync(Password, Stop);
        var session = WithCookie(await SignInAsync("admin", Password));
        const string body = """{"name":"forged"}""";
        using var forged = await session.SendAsync(HttpMethod.Post, "/api/v1/things", body, headers: ("Sec-Fetch-Site", "cross-site"));
        Assert.Equal(HttpStatusCode.Forbidden, forged.StatusCode);
        using var foreign = await session.SendAsync(HttpMethod.Post, "/api/v1/things", body, headers: ("Origin", "https://evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
        using var own = await session.SendAsync(HttpMethod.Post, "/api/v1/things", body, headers: ("Sec-Fetch-Site", "same-origin"));
        Assert.Equal(HttpStatusCode.Created, own.StatusCode);

        var left = await PostAsync("/account/sign-out", []);
        Assert.Equal("/sign-in", left.Headers.Location!.ToString());
        Assert.Contains(left.Headers.GetValues("Set-Cookie"), cookie => cookie.StartsWith("wanwu=;", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Guessing_is_cut_short_and_the_right_password_is_taken_again_later()
    {
        await _server.Get<FirstAdministrator>().PrepareAsync(Password, Stop);
        var signIn = _server.Get<PersonSignIn>();
        for (var i = 0; i < 10; i++) Assert.Equal(i < 5 ? PersonOutcome.Wrong : PersonOutcome.Locked, (await signIn.CheckAsync("admin", $"guess {i}", "10.0.0.1", Stop)).Outcome);
        Assert.Equal(PersonOutcome.Throttled, (await signIn.CheckAsync("admin", Password, "10.0.0.1", Stop)).Outcome);
        Assert.Equal(PersonOutcome.Locked, (await signIn.CheckAsync("admin", Password, "10.0.0.2", Stop)).Outcome);
    }

    [Fact]
    public async Task The_door_of_the_protocols_tells_people_programs_and_things_apart()
    {
        await _server.Get<FirstAdministrator>().PrepareAsync(Password, Stop);
        var (signIn, rules) = (_server.Get<SignIn>(), _server.Get<AccessRules>());
        var token = await _server.Get<AccessTokens>().CreateAsync("reader", Role.Viewer, null, Stop);
        var person = await signIn.VerifyAsync("admin", Encoding.UTF8.GetBytes(Password), Stop);
        Assert.Equal((CallerKind.Person, "admin", Role.Administrator), (person!.Kind, person.Name, Assert.Single(rules.RolesOf(person))));
        var program = await signIn.VerifyAsync("token", Encoding.UTF8.GetBytes(token.Token), Stop);
        Assert.Equal((CallerKind.Program, "reader", Role.Viewer), (program!.Kind, program.Name, Assert.Single(rules.RolesOf(program))));
        Assert.Null(await signIn.VerifyAsync("admin", Encoding.UTF8.GetBytes("wrong"), Stop));
        Assert.Null(await signIn.VerifyAsync("token", Encoding.UTF8.GetBytes(token.Token[..^1] + "_"), Stop));
        Assert.Null(await signIn.VerifyAsync("01arz3ndektsv4rrffq69g5fav", new byte[2_000], Stop));
        Assert.Null(await signIn.VerifyAsync("", new byte[] { 0xFF, 0xFE }, Stop));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string ErrorOf(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return answer.Headers.Location!.ToString().Split('&')[0];
    }

    private Task<HttpResponseMessage> SetUpAsync(string code, string name, string password) =>
        PostAsync("/account/setup", new() { ["code"] = code, ["name"] = name, ["password"] = password });

    private Task<HttpResponseMessage> SignInAsync(string name, string password, string? returnUrl = null) =>
        PostAsync("/account/sign-in", new() { ["name"] = name, ["password"] = password, ["returnUrl"] = returnUrl ?? "" });

    /// <summary>Sends a form as a page of the console would: with its antiforgery token, and the cookie that goes with it.</summary>
    private Task<HttpResponseMessage> PostAsync(string path, Dictionary<string, string> form)
    {
        var context = new DefaultHttpContext { RequestServices = _server.Services };
        var tokens = _server.Get<IAntiforgery>().GetAndStoreTokens(context);
        form[tokens.FormFieldName] = tokens.RequestToken!;
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Add("Cookie", context.Response.Headers.SetCookie.ToString().Split(';')[0]);
        return _browser.SendAsync(request, Stop);
    }

    private HttpClient WithCookie(HttpResponseMessage signedIn)
    {
        var client = _server.Anonymous();
        client.DefaultRequestHeaders.Add("Cookie", signedIn.Headers.GetValues("Set-Cookie").Single(cookie => cookie.StartsWith("wanwu=", StringComparison.Ordinal)).Split(';')[0]);
        return client;
    }
}
