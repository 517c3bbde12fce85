using System.Net;
using Microsoft.AspNetCore.Routing;
using Wanwu.Security.Access;
using Wanwu.Tests.Security.People;
using Wanwu.Tests.Security.Programs;

namespace Wanwu.Tests.Security.Hostile;

/// <summary>What another site can make a person's browser send (CSRF), and where it can have the browser led (open redirect). Made from what the server maps.</summary>
[Collection(nameof(World))]
public sealed class ForgedRequestTests(World world)
{
    private static readonly string[] Away =
        ["https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example", "%2f%2fevil.example", "http:evil.example", "javascript:alert(1)", "evil", "/@evil.example:80//x\\", " //evil.example", "~//evil.example", "data:text/html,x"];

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    public async Task No_operation_that_may_change_something_is_done_for_another_site(string header, string value)
    {
        using var person = await SignedIn.AsAsync(world.Server, Role.Administrator);
        var faults = new List<string>();
        foreach (var operation in world.Operations.Where(operation => operation.Method != "GET"))
        {
            // A page of another site can send these kinds without asking, and JSON in them.
            foreach (var media in operation.Media.Length == 0 ? new string?[] { null } : ["text/plain", "application/x-www-form-urlencoded", operation.Media[0]])
            {
                using var answer = await person.Http.SendAsync(new HttpMethod(operation.Method), operation.PathWith(_ => world.Of(operation)?.Inside ?? "x"), media is null ? null : operation.Body?.ToJsonString() ?? "{}", media ?? "", (header, value));
                // 415: such a body is not even looked at.
                if (answer.StatusCode is not (HttpStatusCode.Forbidden or HttpStatusCode.UnsupportedMediaType)) faults.Add($"{operation.Name} {media}: {(int)answer.StatusCode}");
            }
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public async Task No_form_is_taken_that_is_not_this_server_s_own()
    {
        using var person = await SignedIn.AsAsync(world.Server, Role.Administrator);
        var faults = new List<string>();
        foreach (var path in FormPaths())
        {
            foreach (var token in (string?[])[null, "", "CfDJ8made-up"])
            {
                var form = new Dictionary<string, string> { ["name"] = person.Name, ["password"] = "x", ["code"] = "000000", ["sql"] = "SELECT 1", ["decision"] = "allow" };
                if (token is not null) form["__RequestVerificationToken"] = token;
                using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form) };
                request.Headers.Add("Sec-Fetch-Site", "cross-site");
                using var answer = await person.Http.SendAsync(request, TestContext.Current.CancellationToken);
                if ((int)answer.StatusCode is < 400 or >= 500) faults.Add($"{path} with {token ?? "no token"}: {(int)answer.StatusCode}");
            }
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.Equal("OK", (await person.Http.GetAsync("/api/v1/me", TestContext.Current.CancellationToken)).StatusCode.ToString());
    }

    private IEnumerable<string> FormPaths() =>
        from endpoint in world.Server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/')
        where endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("POST") == true
        where path.StartsWith("/account", StringComparison.Ordinal) || path.StartsWith("/sign-in", StringComparison.Ordinal) || path is "/sql/export" or "/connect/authorize"
        where !path.Contains('{', StringComparison.Ordinal)
        select path;

    [Fact]
    public async Task Nobody_is_led_away_from_this_server()
    {
        using var person = await SignedIn.AsAsync(world.Server, Role.Viewer);
        var faults = new List<string>();
        foreach (var away in Away)
        {
            using var browser = new FormBrowser(world.Server);
            Check(await browser.SignInAsync(person.Name, "wrong", away), away);
            Check(await browser.SignInAsync(person.Name, "correct horse battery", away), away);
            Check(await browser.SendAsync("/things", "/account/sign-out", ("returnUrl", away)), away);
            foreach (var path in (string[])["/sign-in", "/things", "/account", "/consent", "/invitation", "/account/external/x"])
            {
                using var answer = await browser.Http.GetAsync($"{path}?returnUrl={Uri.EscapeDataString(away)}&code=x", TestContext.Current.CancellationToken);
                if (answer.Headers.Location is { } location) Check(location.ToString(), away);
            }
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));

        void Check(string location, string away)
        {
            // As a browser takes it: after what it takes out and turns round.
            var read = location.Replace("\t", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Replace('\\', '/').Trim();
            if (!new Uri(world.Server.Url, read).Authority.Equals(world.Server.Url.Authority, StringComparison.Ordinal)) faults.Add($"{away} led to {location}");
        }
    }
}
