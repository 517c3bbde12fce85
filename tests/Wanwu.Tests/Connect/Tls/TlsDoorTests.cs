using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Connect;
using Wanwu.Hosting;
using Wanwu.Hosting.Options;
using Wanwu.Tests.Connect.Operations;

namespace Wanwu.Tests.Connect.Tls;

public sealed class TlsDoorTests : IDisposable
{
    private const byte NotAuthorized = 0x87;
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-tls-").FullName;
    private readonly TestAuthority _authority;

    public TlsDoorTests() => _authority = new TestAuthority(_folder);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string[] Settings(params string[] more)
    {
        var (certificate, key) = _authority.Server();
        return ["--Connect:Mqtt:Tls:Address=127.0.0.1", "--Connect:Mqtt:Tls:Port=0", $"--Connect:Mqtt:Tls:CertificateFile={certificate}", $"--Connect:Mqtt:Tls:CertificateKeyFile={key}", .. more];
    }

    private Task<WanwuServer> StartAsync(string mode, TimeProvider? clock = null, params string[] more) =>
        WanwuServer.StartAsync(clock: clock, settings: Settings([$"--Connect:Mqtt:Tls:ClientCertificates={mode}", $"--Connect:Mqtt:Tls:TrustFile={_authority.TrustFile}", .. more]));

    private static async Task<Device> DeviceAsync(WanwuServer server)
    {
        var created = await (await server.ClientAsync()).CreateAsync("/api/v1/things", """{"name":"probe"}""");
        return new Device(created.Text("id"), created["credentials"]!.Text("password"));
    }

    private async Task<SslStream> DialAsync(WanwuServer server, (string Certificate, string Key)? client = null, SslProtocols protocols = SslProtocols.None, string? alpn = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Get<ListeningDoors>().Find("mqtts")!.Endpoint, Stop);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_authority.Root);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost", EnabledSslProtocols = protocols, CertificateChainPolicy = policy,
            ApplicationProtocols = alpn is null ? null : [new SslApplicationProtocol(alpn)],
            ClientCertificateContext = client is { } files ? SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(files.Certificate, files.Key), null, offline: true) : null,
        }, Stop);
        return stream;
    }

    private async Task<(byte Code, string Reason)> ConnectAsync(WanwuServer server, (string, string)? client, byte[] connect)
    {
        await using var peer = new RawPeer(await DialAsync(server, client));
        await peer.SendAsync(connect);
        var (_, body) = await peer.ReadAsync();
        return (body[1], Encoding.UTF8.GetString(body));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, "1.2", null)]
    [InlineData(SslProtocols.Tls13, "1.3", null)]
    [InlineData(SslProtocols.Tls13, "1.3", "mqtt")]
    public async Task A_thing_reports_over_tls_with_its_password(SslProtocols protocols, string version, string? alpn)
    {
        await using var server = await WanwuServer.StartAsync(settings: Settings());
        var device = await DeviceAsync(server);
        await using var peer = new RawPeer(await DialAsync(server, protocols: protocols, alpn: alpn));
        await peer.SendAsync(RawPeer.Connect(device, "secure"));
        Assert.Equal(0, (await peer.ReadAsync()).Body[1]);
        await peer.PublishAsync("""{"n":1}""", 1);
        var client = (await (await server.ClientAsync()).ReadAsync("/api/v1/mqtt/clients"))["items"]![0]!["connection"]!;
        Assert.Equal(("tls", version), (client.Text("transport"), client.Text("tls")));
    }

    [Fact]
    public async Task Old_versions_are_not_spoken()
    {
        await using var server = await WanwuServer.StartAsync(settings: Settings("--Connect:Mqtt:Tls:MinimumVersion=Tls13"));
        await Assert.ThrowsAnyAsync<Exception>(() => DialAsync(server, protocols: SslProtocols.Tls12));
        await using var modern = await DialAsync(server, protocols: SslProtocols.Tls13);
        Assert.Equal(SslProtocols.Tls13, modern.SslProtocol);
    }

    [Theory]
    [InlineData("Allow", "cn")]
    [InlineData("Require", "cn")]
    [InlineData("Require", "dns")]
    [InlineData("Require", "uri")]
    public async Task A_certificate_that_names_a_thing_stands_for_its_password(string mode, string where)
    {
        await using var server = await StartAsync(mode);
        var device = await DeviceAsync(server);
        var certificate = where switch
        {
            "cn" => _authority.Client(device.Id),
            "dns" => _authority.Client("A station", dns: device.Id),
            _ => _authority.Client("A station", uri: $"urn:wanwu:thing:{device.Id}"),
        };
        await using var peer = new RawPeer(await DialAsync(server, certificate));
        await peer.SendAsync(RawPeer.ConnectAlone("certified"));
        Assert.Equal(0, (await peer.ReadAsync()).Body[1]);
        await peer.PublishAsync("""{"n":7}""", 1);
        var latest = await (await server.ClientAsync()).ReadAsync($"/api/v1/things/{device.Id}/latest");
        Assert.Equal(7, latest["n"]!["value"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_certificate_that_proves_nothing_is_refused_with_the_reason_and_recorded()
    {
        using var foreign = new TestAuthority(_folder, "Foreign authority");
        await using var server = await StartAsync("Require");
        var device = await DeviceAsync(server);
        var alone = RawPeer.ConnectAlone("refused");
        foreach (var (certificate, words) in new ((string, string)?, string)[]
        {
            (null, "A client certificate is needed"),
            (_authority.Client(device.Id, expired: true), "is valid from"),
            (foreign.Client(device.Id), "not issued by an authority that is trusted"),
            (_authority.Client(device.Id, forServers: true), "not meant for clients"),
            (_authority.Client("A station"), "names no thing"),
            (_authority.Client(device.Id, dns: Wanwu.Things.ThingId.New(TimeProvider.System).ToString()), "names several things"),
            (_authority.Client(Wanwu.Things.ThingId.New(TimeProvider.System).ToString()), "there is no such thing"),
        })
        {
            var (code, reason) = await ConnectAsync(server, certificate, alone);
            Assert.Equal(NotAuthorized, code);
            Assert.Contains(words, reason, StringComparison.Ordinal);
        }
        // Nor does the right password help where the certificate is wrong, or another's.
        var other = await DeviceAsync(server);
        Assert.Equal(NotAuthorized, (await ConnectAsync(server, foreign.Client(device.Id), RawPeer.Connect(device, "refused"))).Code);
        var (mixed, why) = await ConnectAsync(server, _authority.Client(other.Id), RawPeer.Connect(device, "refused"));
        Assert.Equal(NotAuthorized, mixed);
        Assert.Contains("but the user name is", why, StringComparison.Ordinal);

        var recorded = (await (await server.ClientAsync()).ReadAsync("/api/v1/refused?reason=wrongCredentials"))["items"]!.AsArray();
        Assert.NotEmpty(recorded);
        Assert.Contains("certificate", recorded[^1]!.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retired_thing_is_let_in_by_no_certificate()
    {
        await using var server = await StartAsync("Allow");
        var device = await DeviceAsync(server);
        await (await server.ClientAsync()).CallAsync(HttpMethod.Delete, $"/api/v1/things/{device.Id}", expect: System.Net.HttpStatusCode.NoContent);
        var (code, reason) = await ConnectAsync(server, _authority.Client(device.Id), RawPeer.ConnectAlone("retired"));
        Assert.Equal(NotAuthorized, code);
        Assert.Contains("retired", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_certificates_are_allowed_a_password_alone_does_and_a_trusted_one_that_names_nobody_is_no_hindrance()
    {
        await using var server = await StartAsync("Allow");
        var device = await DeviceAsync(server);
        Assert.Equal(0, (await ConnectAsync(server, null, RawPeer.Connect(device, "password"))).Code);
        Assert.Equal(0, (await ConnectAsync(server, _authority.Client("A gateway"), RawPeer.Connect(device, "both"))).Code);
        Assert.Equal(0x86, (await ConnectAsync(server, _authority.Client("A gateway"), RawPeer.Connect(device with { Password = "wrong" }, "both"))).Code);
    }

    [Fact]
    public async Task A_renewed_certificate_serves_without_a_restart_and_a_broken_one_changes_nothing()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await WanwuServer.StartAsync(clock: clock, settings: Settings());
        async Task<string> SerialAsync()
        {
            await using var stream = await DialAsync(server);
            return stream.RemoteCertificate!.GetSerialNumberString();
        }

        var first = await SerialAsync();
        _authority.Server();
        clock.Advance(TimeSpan.FromSeconds(5));
        var second = await SerialAsync();
        Assert.NotEqual(first, second);
        await File.WriteAllTextAsync(Path.Combine(_folder, "server.pem"), "no certificate", Stop);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(second, await SerialAsync());
        _authority.Server();
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.NotEqual(second, await SerialAsync());
    }

    [Fact]
    public async Task A_pfx_file_serves_as_well()
    {
        var (certificate, key) = _authority.Server();
        using var both = X509Certificate2.CreateFromPemFile(certificate, key);
        var pfx = Path.Combine(_folder, "server.pfx");
        await File.WriteAllBytesAsync(pfx, both.Export(X509ContentType.Pkcs12, "secret"), Stop);
        await using var server = await WanwuServer.StartAsync(settings: ["--Connect:Mqtt:Tls:Address=127.0.0.1", "--Connect:Mqtt:Tls:Port=0", $"--Connect:Mqtt:Tls:CertificateFile={pfx}", "--Connect:Mqtt:Tls:CertificatePassword=secret"]);
        var device = await DeviceAsync(server);
        Assert.Equal(0, (await ConnectAsync(server, null, RawPeer.Connect(device, "pfx"))).Code);
    }

    [Fact]
    public async Task Who_knocks_and_never_shakes_hands_is_closed_and_holds_up_nobody()
    {
        await using var server = await WanwuServer.StartAsync(settings: Settings("--Connect:Mqtt:ConnectTimeoutSeconds=1"));
        var device = await DeviceAsync(server);
        var silent = new List<Socket>();
        for (var i = 0; i < 20; i++)
        {
            silent.Add(new Socket(SocketType.Stream, ProtocolType.Tcp));
            await silent[i].ConnectAsync(server.Get<ListeningDoors>().Find("mqtts")!.Endpoint, Stop);
            await silent[i].SendAsync(new byte[] { 0x16, 3, 1 }, Stop);
        }
        Assert.Equal(0, (await ConnectAsync(server, null, RawPeer.Connect(device, "honest"))).Code);
        foreach (var one in silent)
        {
            await new RawPeer(new NetworkStream(one)).ExpectClosedAsync();
            one.Dispose();
        }
    }

    public static TheoryData<string, string> Faults => new()
    {
        { "CertificateFile=/nowhere/server.pem", "Connect:Mqtt:Tls:CertificateFile" },
        { "TrustFile=/nowhere/ca.pem", "Connect:Mqtt:Tls:TrustFile" },
        { "Address=localhost", "Connect:Mqtt:Tls:Address" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void What_cannot_work_is_told_before_anything_starts(string setting, string named)
    {
        var builder = Composition.CreateBuilder([$"--Connect:Mqtt:Tls:{setting}"]);
        Assert.Contains(SettingsCheck.Run(OptionsCatalogue.Of(builder.Services), builder.Configuration), fault => fault.Name == named);
    }

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
