using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Security.Programs;

/// <summary>A person with an account, signed in as by a browser: cookies are kept, redirects are not followed.</summary>
internal sealed class SignedIn : IDisposable
{
    private const string Password = "correct horse battery";
    private readonly WanwuServer _server;
    private readonly HttpClient _http;

    private SignedIn(WanwuServer server, string name, Guid id)
    {
        (_server, Name, Id) = (server, name, id);
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new System.Net.CookieContainer() }) { BaseAddress = server.Url };
    }

    public string Name { get; }
    public Guid Id { get; }
    public HttpClient Http => _http;

    public static async Task<SignedIn> AsAsync(WanwuServer server, params string[] roles)
    {
        var name = $"person-{Guid.NewGuid():N}";
        await using var scope = server.Services.CreateAsyncScope();
        var people = scope.ServiceProvider.GetRequiredService<UserManager<Person>>();
        var person = new Person { Id = Guid.NewGuid(), UserName = name };
        var made = await people.CreateAsync(person, Password);
        Assert.True(made.Succeeded, string.Join(' ', made.Errors.Select(error => error.Description)));
        var signedIn = new SignedIn(server, name, person.Id);
        await signedIn.GrantAsync(roles);
        using var answer = await signedIn.PostFormAsync("/account/sign-in", new() { ["name"] = name, ["password"] = Password });
        Assert.Equal("/", answer.Headers.Location!.ToString());
        return signedIn;
    }

    /// <summary>Sends a form as a page would: with the antiforgery token that goes with who is signed in.</summary>
    public Task<HttpResponseMessage> PostFormAsync(string path, Dictionary<string, string> form, bool withToken = true)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (withToken)
        {
            var context = new DefaultHttpContext { RequestServices = _server.Services };
            if (_isIn) context.User = new Caller(CallerKind.Person, Name, null) { Id = Id.ToString() }.ToPrincipal("test");
            var tokens = _server.Get<IAntiforgery>().GetAndStoreTokens(context);
            form[tokens.FormFieldName] = tokens.RequestToken!;
            request.Headers.Add("Cookie", context.Response.Headers.SetCookie.ToString().Split(';')[0]);
        }
        request.Content = new FormUrlEncodedContent(form);
        _isIn = true;
        return _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private bool _isIn;

    /// <summary>Changes what the person may, as an administrator would.</summary>
    public async Task ChangeAsync(params string[] roles)
    {
        var grants = _server.Get<GrantChanges>();
        foreach (var held in _server.Get<CurrentGrants>().Book.Of(CallerKind.Person, Id.ToString()).Grants)
            Assert.True(await grants.EndAsync(held.Id, "test", TestContext.Current.CancellationToken));
        await GrantAsync(roles);
    }

    private async Task GrantAsync(string[] roles)
    {
        foreach (var role in roles)
            await _server.Get<GrantChanges>().GrantAsync(new GrantOrder(GrantSubject.Person(Id), role, GrantScope.Everything, "test"), TestContext.Current.CancellationToken);
    }

    /// <summary>Ends the account.</summary>
    public async Task LeaveAsync()
    {
        await using var scope = _server.Services.CreateAsyncScope();
        var people = scope.ServiceProvider.GetRequiredService<UserManager<Person>>();
        Assert.True((await people.DeleteAsync((await people.FindByIdAsync(Id.ToString()))!)).Succeeded);
        await _server.Get<Wanwu.Registry.RegistryFeed>().LookAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose() => _http.Dispose();
}
