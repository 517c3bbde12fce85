using Wanwu.Tests.Connect.Tls;

namespace Wanwu.EndToEnd.Clients;

/// <summary><c>./wanwu tls</c>, as an operator of a closed network uses it.</summary>
public sealed class ServerTlsTests : IDisposable
{
    private readonly TemporaryFolder _data = new();

    private Task<ToolResult> TlsAsync(params string[] arguments) => Tool.RunAsync("dotnet", [Repository.ServerDll, "tls", .. arguments, $"--Data:Path={_data.Path}"]);

    private string Authority => Path.Combine(_data.Path, "tls", "ca.pem");

    private static Task<ToolResult> SeeAsync(int port, string authority, string name = "localhost") =>
        Tool.RunAsync("openssl", ["s_client", "-connect", $"127.0.0.1:{port}", "-CAfile", authority, "-verify_return_error", "-verify_hostname", name], input: "Q\n");

    private static string CertificateIn(ToolResult seen) => seen.Output[seen.Output.IndexOf("-----BEGIN", StringComparison.Ordinal)..seen.Output.IndexOf("-----END", StringComparison.Ordinal)];

    [Fact]
    public async Task A_made_certificate_serves_at_every_door_and_a_renewed_one_without_a_restart()
    {
        (await TlsAsync("create", "--name", "zone.example")).Succeeded();
        await using var server = await ServerProcess.StartAsync(_data.Path, "--urls=http://127.0.0.1:0;https://127.0.0.1:0", "--Connect:Mqtt:Tls:Address=127.0.0.1", "--Connect:Mqtt:Tls:Port=0");
        var https = server.Urls.Single(url => url.Scheme == Uri.UriSchemeHttps).Port;
        var first = "";
        foreach (var port in new[] { https, server.MqttsPort })
            foreach (var name in (string[])["localhost", "zone.example"]) first = CertificateIn((await SeeAsync(port, Authority, name)).Succeeded());
        Assert.NotEqual(0, (await SeeAsync(https, Authority, "other.example")).ExitCode);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_data.Path, "tls", "server.key")));

        var authority = await File.ReadAllTextAsync(Authority, TestContext.Current.CancellationToken);
        Assert.Contains("as before", (await TlsAsync("create", "--name", "zone.example")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(authority, await File.ReadAllTextAsync(Authority, TestContext.Current.CancellationToken));
        foreach (var port in new[] { https, server.MqttsPort }) await UntilAnotherAsync(port, first);
    }

    private async Task UntilAnotherAsync(int port, string first)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (CertificateIn((await SeeAsync(port, Authority)).Succeeded()) == first) await timer.WaitForNextTickAsync(limit.Token);
    }

    [Fact]
    public async Task An_operators_own_certificate_is_looked_at_before_it_is_taken()
    {
        using var authority = new TestAuthority(_data.Path);
        var (certificate, key) = authority.Server();
        var (_, another) = authority.Server("another");
        var (client, clientKey) = authority.Client("A station");
        var (expired, expiredKey) = authority.Client("A station", expired: true, forServers: true);
        foreach (var (arguments, words) in new[]
        {
            ((string[])[certificate, another], "not a certificate and its key"),
            ([certificate, "/nowhere"], "not a certificate and its key"),
            ([client, clientKey], "not meant for servers"),
            ([expired, expiredKey], "It ended at"),
            ([certificate, key, "--name", "other.example"], "It is not for 'other.example'"),
        })
        {
            var refused = await TlsAsync(["use", .. arguments]);
            Assert.Equal(7, refused.ExitCode);
            Assert.Contains(words, refused.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(_data.Path, "tls", "server.pem")));
        }
        Assert.Equal(7, (await TlsAsync("show")).ExitCode);
        (await TlsAsync("use", certificate, key, "--name", "localhost")).Succeeded();
        Assert.Contains("127.0.0.1", (await TlsAsync("show")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(7, (await TlsAsync("create")).ExitCode);
    }

    [Theory]
    [InlineData("--urls=http://0.0.0.0:0", "Http:Urls")]
    [InlineData("--Connect:Mqtt:Address=0.0.0.0", "Connect:Mqtt:Address")]
    public async Task A_door_without_tls_beyond_this_machine_keeps_the_server_from_starting(string setting, string named)
    {
        var refused = await Tool.RunAsync("dotnet", [Repository.ServerDll, "serve", setting, $"--Data:Path={_data.Path}"]);
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains(named, refused.Error, StringComparison.Ordinal);
        Assert.Contains("./wanwu tls create", refused.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _data.Dispose();
}
