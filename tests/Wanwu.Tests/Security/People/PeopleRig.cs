using System.Net;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Registry;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Security.People;

/// <summary>A server with a clock of the test's, its first administrator signed in, and browsers for others.</summary>
public abstract class PeopleRig : IAsyncLifetime
{
    protected const string AdminName = "admin", Password = "correct horse battery", Other = "staple of the library";
    private readonly List<FormBrowser> _browsers = [];

    private protected FakeTimeProvider Clock { get; } = new(DateTimeOffset.UnixEpoch.AddYears(60));
    private protected WanwuServer Server { get; private set; } = null!;
    private protected FormBrowser Admin { get; private set; } = null!;

    protected virtual string[] Settings => [];

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Server = await WanwuServer.StartAsync(clock: Clock, settings: Settings);
        await Server.Get<FirstAdministrator>().PrepareAsync(Password, Stop);
        Admin = Browser();
        Assert.Equal("/", await Admin.SignInAsync(AdminName, Password));
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var browser in _browsers) browser.Dispose();
        return Server.DisposeAsync();
    }

    private protected FormBrowser Browser()
    {
        var browser = new FormBrowser(Server);
        _browsers.Add(browser);
        return browser;
    }

    /// <summary>The code in the link of a new invitation.</summary>
    private protected static async Task<string> InviteAsync(FormBrowser by, string role, string more = "") =>
        CodeOf(await by.Http.CreateAsync("/api/v1/people/invitations", $$"""{"name":"somebody","role":"{{role}}"{{more}}}"""));

    private protected static string CodeOf(JsonNode made) => made.Text("link").Split("code=")[1];

    /// <summary>Goes from an invitation to a session.</summary>
    private protected async Task<FormBrowser> JoinAsync(FormBrowser by, string name, string role)
    {
        var code = await InviteAsync(by, role);
        var browser = Browser();
        Assert.Equal("/sign-in?done=invitation", await RedeemAsync(browser, code, name, Password));
        Assert.Equal("/", await browser.SignInAsync(name, Password));
        return browser;
    }

    private protected static Task<string> RedeemAsync(FormBrowser browser, string code, string name, string password) =>
        browser.SendAsync($"/invitation?code={code}", "/account/invitation", ("code", code), ("name", name), ("password", password));

    private protected async Task<JsonNode> PersonAsync(string name)
    {
        var people = await (await Server.ClientAsync(Role.SecurityOfficer)).ReadAsync("/api/v1/people");
        return people["items"]!.AsArray().Single(person => person!.Text("name") == name)!;
    }

    private protected static async Task ActAsync(FormBrowser by, JsonNode person, string act, HttpStatusCode expect = HttpStatusCode.NoContent) =>
        await by.Http.CallAsync(HttpMethod.Post, $"/api/v1/people/{person.Text("id")}/{act}", expect: expect);

    private protected Task<T> StoredAsync<T>(Func<RegistryDb, Task<T>> read) => ReadAsync(Server.Get<IDbContextFactory<RegistryDb>>(), read);

    private static async Task<T> ReadAsync<T>(IDbContextFactory<RegistryDb> contexts, Func<RegistryDb, Task<T>> read)
    {
        await using var db = await contexts.CreateDbContextAsync(Stop);
        return await read(db);
    }
}
