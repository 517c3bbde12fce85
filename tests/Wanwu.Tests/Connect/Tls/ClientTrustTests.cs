using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Tests.Connect.Operations;
using Wanwu.Tests.Security.Certificates;

namespace Wanwu.Tests.Connect.Tls;

/// <summary>Authorities of a customer's own, in a folder that is looked at while the server runs.</summary>
public sealed class ClientTrustTests : IDisposable
{
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-trust-").FullName;
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private readonly TestAuthority _server;
    private readonly (X509Certificate2 Certificate, ECDsa Key) _root, _between;

    public ClientTrustTests()
    {
        _server = new TestAuthority(_folder, "Server authority");
        _root = Authority("CN=Customer root", null);
        _between = Authority("CN=Customer plant 7", _root);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Trust(string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "trust")).FullName, name);

    private (X509Certificate2, ECDsa) Authority(string name, (X509Certificate2 Certificate, ECDsa Key)? issuer)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return (Issue(request, issuer ?? (null!, key), -365, 365), key);
    }

    private X509Certificate2 Issue(CertificateRequest request, (X509Certificate2? Certificate, ECDsa Key) issuer, int from, int to)
    {
        var now = _clock.GetUtcNow();
        return request.Create(issuer.Certificate?.SubjectName ?? request.SubjectName, X509SignatureGenerator.CreateForECDsa(issuer.Key), now.AddDays(from), now.AddDays(to), [1, .. RandomNumberGenerator.GetBytes(8)]);
    }

    private X509Certificate2 Client(string thing, (X509Certificate2 Certificate, ECDsa Key) issuer, int from = -1, int to = 30)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={thing}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ClientUse)], false));
        using var issued = Issue(request, issuer, from, to);
        return issued.CopyWithPrivateKey(key);
    }

    private static byte[] List((X509Certificate2 Certificate, ECDsa Key) issuer, DateTimeOffset now, params X509Certificate2[] revoked)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (var one in revoked) list.AddEntry(one, now);
        return list.Build(issuer.Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(issuer.Key), 1, now.AddDays(7), HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer.Certificate, true, false), now);
    }

    private async Task<WanwuServer> StartAsync()
    {
        var (certificate, key) = _server.Server();
        return await WanwuServer.StartAsync(clock: _clock, settings:
        [
            "--Connect:Mqtt:Tls:Address=127.0.0.1", "--Connect:Mqtt:Tls:Port=0", $"--Connect:Mqtt:Tls:CertificateFile={certificate}", $"--Connect:Mqtt:Tls:CertificateKeyFile={key}",
            "--Connect:Mqtt:Tls:ClientCertificates=Require", $"--Security:Certificates:TrustFolder={Path.Combine(_folder, "trust")}",
        ]);
    }

    private static async Task<string> RefusalAsync(WanwuServer server, X509Certificate2 client)
    {
        await using var peer = await CertifiedFixture.DialAsync(server, client);
        await peer.SendAsync(RawPeer.ConnectAlone("trusted"));
        var (_, body) = await peer.ReadAsync();
        return body[1] == 0 ? "" : System.Text.Encoding.UTF8.GetString(body);
    }

    [Fact]
    public async Task Authorities_and_their_lists_are_taken_over_while_the_server_runs_and_each_refusal_says_why()
    {
        await using var server = await StartAsync();
        var created = await (await server.ClientAsync()).CreateAsync("/api/v1/things", """{"name":"probe"}""");
        var thing = created.Text("id");
        using var good = Client(thing, _between);
        Assert.Contains("not issued by an authority that is trusted", await RefusalAsync(server, good), StringComparison.Ordinal);

        await File.WriteAllTextAsync(Trust("customer.pem"), _root.Certificate.ExportCertificatePem() + "\n" + _between.Certificate.ExportCertificatePem(), Stop);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("", await RefusalAsync(server, good));
        Assert.Contains("not now", await RefusalAsync(server, Client(thing, _between, from: 2)), StringComparison.Ordinal);
        Assert.Contains("not now", await RefusalAsync(server, Client(thing, _between, from: -9, to: -1)), StringComparison.Ordinal);
        // Signed by what is no authority: a client's certificate.
        using var leaf = Client(thing, _between);
        Assert.NotEqual("", await RefusalAsync(server, Client(thing, (leaf, leaf.GetECDsaPrivateKey()!))));

        await using var live = await CertifiedFixture.DialAsync(server, good);
        await live.SendAsync(RawPeer.ConnectAlone("live"));
        Assert.Equal(0, (await live.ReadAsync()).Body[1]);
        // A list that somebody else has signed is not taken, and nothing changes.
        await File.WriteAllBytesAsync(Trust("plant.crl"), List((_between.Certificate, _root.Key), _clock.GetUtcNow(), good), Stop);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("", await RefusalAsync(server, Client(thing, _between)));
        await File.WriteAllBytesAsync(Trust("plant.crl"), List(_between, _clock.GetUtcNow(), good), Stop);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(0xE0, (await live.ReadAsync()).First);
        Assert.Contains("was revoked by its authority", await RefusalAsync(server, good), StringComparison.Ordinal);
        Assert.Equal("", await RefusalAsync(server, Client(thing, _between)));
        // The root revokes the authority between: all of its certificates fall.
        await File.WriteAllBytesAsync(Trust("root.crl"), List(_root, _clock.GetUtcNow(), _between.Certificate), Stop);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Contains("was revoked by its authority", await RefusalAsync(server, Client(thing, _between)), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
