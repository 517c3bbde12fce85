using System.Net;
using System.Text.RegularExpressions;

namespace Wanwu.Tests.Security.People;

/// <summary>A browser without script: keeps cookies, reads a page's antiforgery token and sends the page's form with it.</summary>
internal sealed partial class FormBrowser : IDisposable
{
    private readonly CookieContainer _cookies = new();
    private readonly HttpClient _http;

    public FormBrowser(WanwuServer server) =>
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = _cookies }) { BaseAddress = server.Url };

    public HttpClient Http => _http;

    public string? this[string cookie] => _cookies.GetAllCookies().FirstOrDefault(each => each.Name == cookie)?.Value;

    public void Keep(string cookie, string value) => _cookies.Add(_http.BaseAddress!, new Cookie(cookie, value));

    public async Task<string> PageAsync(string path) => await _http.GetStringAsync(path, TestContext.Current.CancellationToken);

    /// <summary>Sends a form from the page on which it stands.</summary>
    /// <returns>Where the answer leads.</returns>
    public async Task<string> SendAsync(string page, string action, params (string Name, string Value)[] fields)
    {
        using var answer = await PostAsync(page, action, fields);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return answer.Headers.Location!.ToString();
    }

    public async Task<HttpResponseMessage> PostAsync(string page, string action, params (string Name, string Value)[] fields)
    {
        var token = Token().Match(await PageAsync(page)).Groups[1].Value;
        Dictionary<string, string> form = fields.ToDictionary(field => field.Name, field => field.Value);
        form["__RequestVerificationToken"] = token;
        return await _http.PostAsync(action, new FormUrlEncodedContent(form), TestContext.Current.CancellationToken);
    }

    public Task<string> SignInAsync(string name, string password, string returnUrl = "") =>
        SendAsync("/sign-in", "/account/sign-in", ("name", name), ("password", password), ("returnUrl", returnUrl));

    public async Task<HttpStatusCode> StatusAsync(string path = "/api/v1/me")
    {
        using var answer = await _http.GetAsync(path, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    public void Dispose() => _http.Dispose();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
