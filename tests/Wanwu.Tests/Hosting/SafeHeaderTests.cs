using System.Net;
using System.Net.Http.Headers;
using Wanwu.Tests.Connect.Tls;

namespace Wanwu.Tests.Hosting;

public sealed class SafeHeaderTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    [Theory]
    [InlineData("/sign-in")]
    [InlineData("/setup")]
    [InlineData("/things")]
    [InlineData("/icon.svg")]
    [InlineData("/css/wanwu.css")]
    [InlineData("/_content/MudBlazor/MudBlazor.min.js")]
    [InlineData("/no/such/page")]
    [InlineData("/api")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/api/v1/things")]
    [InlineData("/api/v1/no-such-thing")]
    [InlineData("/health/live")]
    [InlineData("/connect/token")]
    public async Task Every_answer_carries_them_whatever_it_is(string address)
    {
        using var answer = await wanwu.Server.Anonymous().GetAsync(address, TestContext.Current.CancellationToken);

        AssertSafe(answer);
        Assert.False(answer.Headers.Contains("Strict-Transport-Security"), "over plain HTTP browsers ignore it");
    }

    [Fact]
    public async Task Scripts_are_files_of_this_server_and_nobody_frames_a_page()
    {
        using var answer = await wanwu.Server.Anonymous().GetAsync("/sign-in", TestContext.Current.CancellationToken);

        var policy = PolicyOf(answer);
        Assert.Equal("script-src 'self'", policy["script-src"]);
        Assert.Equal("style-src 'self'", policy["style-src"]);
        Assert.Equal("frame-ancestors 'none'", policy["frame-ancestors"]);
        Assert.Equal("base-uri 'self'", policy["base-uri"]);
        Assert.Equal("form-action 'self'", policy["form-action"]);
        Assert.Equal("object-src 'none'", policy["object-src"]);
        Assert.Equal("connect-src 'self'", policy["connect-src"]);
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotMatch("<script(?![^>]* src=)", page);
        Assert.DoesNotMatch("<style|javascript:| on[a-z]+=\"", page);
    }

    [Fact]
    public async Task The_page_of_the_API_names_its_one_script_by_a_number_used_once()
    {
        using var first = await wanwu.Server.Anonymous().GetAsync("/api/", TestContext.Current.CancellationToken);
        using var second = await wanwu.Server.Anonymous().GetAsync("/api/", TestContext.Current.CancellationToken);

        var policy = PolicyOf(first)["script-src"];
        Assert.Matches("^script-src 'self' 'nonce-[A-Za-z0-9_+/=-]{16,}'$", policy);
        Assert.NotEqual(policy, PolicyOf(second)["script-src"]);
        Assert.Contains($"nonce=\"{policy.Split("'nonce-")[1].TrimEnd('\'')}\"", await first.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_needs_sign_in_is_kept_by_no_cache()
    {
        foreach (var address in new[] { "/api/v1/things", "/api/v1/people", "/metrics", "/openapi/v1.json" })
        {
            using var answer = await wanwu.Administrator.GetAsync(address, TestContext.Current.CancellationToken);
            Assert.True(answer.Headers.CacheControl?.NoStore, $"{address}: {answer.Headers.CacheControl}");
        }
        using var file = await wanwu.Server.Anonymous().GetAsync("/css/wanwu.css", TestContext.Current.CancellationToken);
        Assert.False(file.Headers.CacheControl?.NoStore);
    }

    [Fact]
    public async Task Over_TLS_browsers_are_told_to_stay_there()
    {
        var folder = Directory.CreateTempSubdirectory("wanwu-tls-").FullName;
        using var authority = new TestAuthority(folder);
        var (certificate, key) = authority.Server();
        await using var server = await WanwuServer.StartAsync(settings: ["--urls=https://127.0.0.1:0", $"--Http:CertificateFile={certificate}", $"--Http:CertificateKeyFile={key}"]);
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Issuer == authority.Root.Subject } }) { BaseAddress = server.Url };

        foreach (var address in new[] { "/", "/sign-in", "/api/v1/things", "/icon.svg" })
        {
            using var answer = await client.GetAsync(address, TestContext.Current.CancellationToken);
            AssertSafe(answer);
            Assert.Equal("max-age=31536000", Assert.Single(answer.Headers.GetValues("Strict-Transport-Security")));
        }
        Directory.Delete(folder, recursive: true);
    }

    private static void AssertSafe(HttpResponseMessage answer)
    {
        Assert.Equal("nosniff", One(answer.Headers, "X-Content-Type-Options"));
        Assert.Equal("DENY", One(answer.Headers, "X-Frame-Options"));
        Assert.Equal("same-origin", One(answer.Headers, "Referrer-Policy"));
        Assert.Equal("same-origin", One(answer.Headers, "Cross-Origin-Opener-Policy"));
        Assert.Equal("same-origin", One(answer.Headers, "Cross-Origin-Resource-Policy"));
        Assert.Contains("camera=()", One(answer.Headers, "Permissions-Policy"), StringComparison.Ordinal);
        Assert.Equal("default-src 'none'", PolicyOf(answer)["default-src"]);
        Assert.NotNull(answer.Headers.CacheControl);
        Assert.False(answer.Headers.Contains("Server") || answer.Headers.Contains("X-Powered-By"), "says what it is made of");
        Assert.NotEqual(HttpStatusCode.InternalServerError, answer.StatusCode);
    }

    private static string One(HttpResponseHeaders headers, string name) => Assert.Single(headers.TryGetValues(name, out var values) ? values : []);

    private static Dictionary<string, string> PolicyOf(HttpResponseMessage answer) =>
        One(answer.Headers, "Content-Security-Policy").Split("; ").ToDictionary(part => part.Split(' ')[0]);
}
