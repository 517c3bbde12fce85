using Wanwu.Tests.Connect.Tls;

namespace Wanwu.EndToEnd.Clients;

/// <summary>A server with TLS on both of its doors, and the authority that made its certificate.</summary>
public sealed class SecureZone : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private Zone? _zone;

    public SecureZone() => Authority = new TestAuthority(_folder.Path);

    internal string Folder => _folder.Path;
    internal TestAuthority Authority { get; }
    internal Zone Zone => _zone ?? throw new InvalidOperationException("The zone is not open.");

    public async ValueTask InitializeAsync()
    {
        var (certificate, key) = Authority.Server();
        _zone = await Zone.OpenAsync(
            "--urls=http://127.0.0.1:0;https://127.0.0.1:0", $"--Http:CertificateFile={certificate}", $"--Http:CertificateKeyFile={key}",
            "--Connect:Mqtt:Tls:Address=127.0.0.1", "--Connect:Mqtt:Tls:Port=0", $"--Connect:Mqtt:Tls:CertificateFile={certificate}", $"--Connect:Mqtt:Tls:CertificateKeyFile={key}",
            "--Connect:Mqtt:Tls:ClientCertificates=Allow", $"--Connect:Mqtt:Tls:TrustFile={Authority.TrustFile}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_zone is not null) await _zone.DisposeAsync();
        Authority.Dispose();
        _folder.Dispose();
    }
}

/// <summary>TLS as stock clients speak it: mosquitto's, MQTT.js over WebSocket, and openssl to see which versions are spoken.</summary>
public sealed class TlsClientTests(SecureZone secure) : IClassFixture<SecureZone>
{
    private readonly TestAuthority _authority = secure.Authority;
    private readonly Zone _zone = secure.Zone;

    [Theory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task Mosquitto_pub_reports_with_a_certificate_alone_and_with_a_password_alone(string version)
    {
        var thing = await _zone.Api.CreateThingAsync("Boiler");
        var (certificate, key) = _authority.Client(thing.Id);
        (await PublishAsync("""{"temperature":21.5}""", "-V", version, "--cert", certificate, "--key", key)).Succeeded();
        (await PublishAsync("""{"temperature":22.5}""", "-V", version, "-u", thing.Username, "-P", thing.Password)).Succeeded();
        Assert.Equal([21.5, 22.5], (await _zone.Api.SeriesAsync(thing.Id, "temperature")).Select(item => item.Value.GetDouble()).Order());
    }

    [Fact]
    public async Task Certificates_that_prove_nothing_are_refused_and_shown_to_the_integrator()
    {
        using var foreign = new TestAuthority(secure.Folder, "Foreign authority");
        var thing = await _zone.Api.CreateThingAsync("Boiler");
        foreach (var (certificate, key) in new[] { foreign.Client(thing.Id), _authority.Client(thing.Id, expired: true), _authority.Client("Nobody") })
        {
            var refused = await PublishAsync("""{"temperature":1}""", "-V", "mqttv5", "--cert", certificate, "--key", key);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("Not authorized", refused.Error, StringComparison.Ordinal);
        }
        var shown = await _zone.UntilRefusedAsync("wrongCredentials", moreThan: 2);
        Assert.Contains("certificate", shown.GetProperty("detail").GetString()!, StringComparison.Ordinal);
        Assert.Empty(await _zone.Api.SeriesAsync(thing.Id, "temperature"));
    }

    [Fact]
    public async Task Mosquitto_pub_does_not_speak_to_a_server_it_cannot_trust()
    {
        using var foreign = new TestAuthority(secure.Folder, "Foreign authority");
        var thing = await _zone.Api.CreateThingAsync("Boiler");
        var refused = await Tool.RunAsync("mosquitto_pub", ["-h", "localhost", "-p", $"{_zone.Server.MqttsPort}", "--cafile", foreign.TrustFile, "-u", thing.Username, "-P", thing.Password, "-t", "v1/report", "-m", "{}"]);
        Assert.NotEqual(0, refused.ExitCode);
    }

    [Theory]
    [InlineData("4")]
    [InlineData("5")]
    public async Task Node_reports_over_a_websocket_with_tls(string version)
    {
        var thing = await _zone.Api.CreateThingAsync("Browser");
        var door = _zone.Server.Urls.Single(url => url.Scheme == "https");
        var run = await NodeScripts.RunAsync(
            $"MQTT_VERSION={version}", $"NODE_EXTRA_CA_CERTS={_authority.TrustFile}", "node", "device.mjs", $"wss://localhost:{door.Port}/mqtt", thing.Username, thing.Password, "v1/report", "50");
        Assert.Equal("acknowledged 50", run.Succeeded().Output.Trim());
        Assert.Equal(Enumerable.Range(1, 50), (await _zone.Api.SeriesAsync(thing.Id, "n")).Select(item => item.Value.GetInt32()).Order());
    }

    [Theory]
    [InlineData("-tls1_1", false)]
    [InlineData("-tls1_2", true)]
    [InlineData("-tls1_3", true)]
    public async Task Openssl_finds_the_versions_that_are_spoken(string version, bool spoken)
    {
        foreach (var port in new[] { _zone.Server.MqttsPort, _zone.Server.Urls.Single(url => url.Scheme == "https").Port })
        {
            // The lowest security level: it is the server that is to refuse old versions, not the client.
            var seen = await Tool.RunAsync("openssl",
                ["s_client", "-connect", $"127.0.0.1:{port}", version, "-CAfile", _authority.TrustFile, "-verify_return_error", "-cipher", "DEFAULT:@SECLEVEL=0"], input: "Q\n");
            Assert.Equal(spoken, seen.ExitCode == 0 && seen.Output.Contains("Verify return code: 0 (ok)", StringComparison.Ordinal));
        }
    }

    private Task<ToolResult> PublishAsync(string payload, params string[] more) => Tool.RunAsync("mosquitto_pub",
        ["-h", "localhost", "-p", $"{_zone.Server.MqttsPort}", "--cafile", _authority.TrustFile, "-q", "1", "-t", "v1/report", "-m", payload, .. more]);
}
