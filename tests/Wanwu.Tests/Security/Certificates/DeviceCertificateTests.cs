using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Wanwu.Security.Access;
using Wanwu.Security.Certificates;
using Wanwu.Tests.Connect.Operations;
using Wanwu.Things;

namespace Wanwu.Tests.Security.Certificates;

/// <summary>Certificates of the built-in authority: what they open, and that they open nothing once they are revoked.</summary>
public sealed class DeviceCertificateTests(CertifiedFixture zone) : IClassFixture<CertifiedFixture>
{
    private const byte NotAuthorized = 0x87;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_certificate_says_which_thing_it_is_for_whatever_the_request_said_and_is_for_clients_alone()
    {
        var device = await zone.DeviceAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=root,O=Somebody else", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var issued = Certified.Of(await zone.Administrator.CreateAsync($"/api/v1/things/{device.Id}/certificates", CertifiedFixture.Body(request.CreateSigningRequestPem(), 30)), key);

        var certificate = issued.Certificate;
        Assert.Equal($"CN={device.Id}", certificate.Subject);
        Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal("1.3.6.1.5.5.7.3.2", certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages[0].Value);
        Assert.Contains($"urn:wanwu:thing:{device.Id}", certificate.Extensions.Single(one => one.Oid!.Value == "2.5.29.17").Format(false), StringComparison.Ordinal);
        Assert.True(certificate.SerialNumberBytes.Length >= 16);
        Assert.InRange((certificate.NotAfter - TimeProvider.System.GetLocalNow().DateTime).TotalDays, 29, 30.1);
        using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck } };
        chain.ChainPolicy.CustomTrustStore.Add(issued.Authority);
        Assert.True(chain.Build(certificate));
    }

    [Fact]
    public async Task The_thing_reports_with_it_over_mqtt_and_over_https_and_is_nobody_else()
    {
        var (device, other) = (await zone.DeviceAsync(), await zone.DeviceAsync());
        var issued = await zone.IssueAsync(device);
        Assert.Equal(0, (await zone.ConnectAsync(issued.Certificate)).Code);
        using var https = zone.HttpsClient(issued.Certificate);
        await https.CallAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/report", """{"n":7}""", HttpStatusCode.Accepted);
        await https.CallAsync(HttpMethod.Post, $"/api/v1/things/{other.Id}/report", """{"n":7}""", HttpStatusCode.Forbidden);
        Assert.Equal(7, (await https.ReadAsync($"/api/v1/things/{device.Id}/latest"))["n"]!["value"]!.GetValue<int>());
        using var nobody = zone.HttpsClient(null);
        await nobody.CallAsync(HttpMethod.Get, $"/api/v1/things/{device.Id}", expect: HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_revoked_certificate_closes_its_connection_within_a_second_and_opens_no_door_again()
    {
        var device = await zone.DeviceAsync();
        var (stolen, kept) = (await zone.IssueAsync(device), await zone.IssueAsync(device));
        await using var live = await zone.DialAsync(stolen.Certificate);
        await live.SendAsync(RawPeer.ConnectAlone("stolen"));
        Assert.Equal(0, (await live.ReadAsync()).Body[1]);
        await using var other = await zone.DialAsync(kept.Certificate);
        await other.SendAsync(RawPeer.ConnectAlone("kept"));
        Assert.Equal(0, (await other.ReadAsync()).Body[1]);
        using var https = zone.HttpsClient(stolen.Certificate);
        await https.CallAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/report", """{"n":1}""", HttpStatusCode.Accepted);

        await zone.RevokeAsync(device, stolen.Serial);
        using var prompt = new Promptness();
        Assert.Equal((0xE0, NotAuthorized), await live.ReadAsync() is var (first, body) ? (first, body[0]) : default);
        await prompt.IsWithinASecondAsync();
        var (code, reason) = await zone.ConnectAsync(stolen.Certificate);
        Assert.Equal(NotAuthorized, code);
        Assert.Contains("is revoked", reason, StringComparison.Ordinal);
        // On the connection that is open already, too.
        await https.CallAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/report", """{"n":1}""", HttpStatusCode.Unauthorized);
        await other.PublishAsync("""{"n":2}""", 1);
    }

    [Fact]
    public async Task Of_a_thing_in_use_the_certificate_that_holds_longest_ends_and_no_other()
    {
        var device = await zone.DeviceAsync();
        var (store, id, now) = (zone.Server.Get<DeviceCertificates>(), ThingId.Parse(device.Id, null), Timestamp.Now(TimeProvider.System));
        var month = new Timestamp(now.Microseconds + 30 * 86_400_000_000);
        async Task<string[]> EndingAsync(Timestamp until) => [.. (await store.EndingAsync(now, until, id, Stop)).Select(ending => ending.Serial)];

        var soon = await zone.IssueAsync(device, 10);
        Assert.Equal([soon.Serial], await EndingAsync(month));
        Assert.Empty(await EndingAsync(new Timestamp(now.Microseconds + 9 * 86_400_000_000)));
        var later = await zone.IssueAsync(device, 100);
        Assert.Empty(await EndingAsync(month));
        await zone.RevokeAsync(device, later.Serial);
        Assert.Equal([soon.Serial], await EndingAsync(month));
        Assert.Contains(await store.EndingAsync(now, month, null, Stop), ending => ending.Serial == soon.Serial);
        await zone.Administrator.CallAsync(HttpMethod.Delete, $"/api/v1/things/{device.Id}", expect: HttpStatusCode.NoContent);
        Assert.Empty(await EndingAsync(month));
    }

    [Fact]
    public async Task What_was_renewed_by_a_revoked_certificate_falls_with_it_and_its_key_is_not_taken_again()
    {
        var device = await zone.DeviceAsync();
        var (first, mine) = (await zone.IssueAsync(device), await zone.IssueAsync(device));
        using var https = zone.HttpsClient(first.Certificate);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var second = Certified.Of(await https.CreateAsync("/api/v1/me/certificates", CertifiedFixture.Own(CertifiedFixture.Request(key))), key);
        Assert.Equal(0, (await zone.ConnectAsync(second.Certificate)).Code);

        await zone.RevokeAsync(device, first.Serial);
        Assert.Equal(NotAuthorized, (await zone.ConnectAsync(second.Certificate)).Code);
        Assert.Equal(0, (await zone.ConnectAsync(mine.Certificate)).Code);
        var again = await zone.Administrator.CreateAsync($"/api/v1/things/{device.Id}/certificates", CertifiedFixture.Body(CertifiedFixture.Request(key)), HttpStatusCode.Conflict);
        Assert.Equal("keyTaken", again.Text("fault"));
        var listed = (await zone.Administrator.ReadAsync($"/api/v1/things/{device.Id}/certificates"))["items"]!.AsArray();
        Assert.Equal(["revoked", "revoked", "valid"], listed.Select(item => item!.Text("state")).Order());
        Assert.Equal(first.Serial, listed.Single(item => item!.Text("serial") == second.Serial)!.Text("renewedFrom"));
    }

    [Fact]
    public async Task A_thing_renews_for_itself_alone_by_password_too_and_not_without_end()
    {
        var (device, other) = (await zone.DeviceAsync(), await zone.DeviceAsync());
        using var thing = zone.Server.ClientOf(device.Id, device.Password);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string Body(string subject) => CertifiedFixture.Own(CertifiedFixture.Request(key, subject));
        var issued = Certified.Of(await thing.CreateAsync("/api/v1/me/certificates", Body("CN=device")), key);
        Assert.Equal(0, (await zone.ConnectAsync(issued.Certificate)).Code);
        Assert.Equal("namesAnother", (await thing.CreateAsync("/api/v1/me/certificates", Body($"CN={other.Id}"), HttpStatusCode.BadRequest)).Text("fault"));
        await thing.CallAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/certificates", Body("CN=device"), HttpStatusCode.Forbidden);
        await thing.CreateAsync("/api/v1/me/certificates", Body("CN=device"));
        Assert.Equal("tooManyRequests", (await thing.CreateAsync("/api/v1/me/certificates", Body("CN=device"), HttpStatusCode.TooManyRequests)).Text("fault"));
        Assert.Equal("notAThing", (await zone.Administrator.CreateAsync("/api/v1/me/certificates", Body("CN=device"), HttpStatusCode.Forbidden)).Text("fault"));

        var trail = (await zone.Administrator.ReadAsync("/api/v1/audit?action=certificate.create&limit=100"))["items"]!.AsArray();
        Assert.Contains(trail.Select(record => record!["event"]!), record => (string?)record["who"]!["id"] == device.Id && (string?)record["object"]!["id"] == issued.Serial && record["who"]!.Text("kind") == "thing");
    }

    [Fact]
    public async Task A_thing_renews_over_mqtt_and_the_answer_goes_to_the_session_that_asked_alone()
    {
        var device = await zone.DeviceAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var asks = await RawPeer.OpenAsync(zone.Server, device, "asks");
        await using var listens = await RawPeer.OpenAsync(zone.Server, device, "listens");
        await using var stranger = await RawPeer.OpenAsync(zone.Server, await zone.DeviceAsync(), "stranger");
        foreach (var peer in (RawPeer[])[asks, listens, stranger])
        {
            await peer.SendAsync(RawPeer.Subscribe("v1/certificates/renewed", 1));
            Assert.Equal(1, (await peer.ReadAsync()).Body[^1]);
        }
        await asks.SendAsync(RawPeer.Packet(0x30, RawPeer.Text("v1/certificates/renew"), [5, 0x09, 0, 2, 7, 9], System.Text.Encoding.UTF8.GetBytes(CertifiedFixture.Request(key))));
        var (first, body) = await asks.ReadAsync();
        Assert.Equal(0x32, first);
        Assert.Equal([0x09, 0, 2, 7, 9], body[(body.AsSpan().IndexOf((byte)'{') - 5)..body.AsSpan().IndexOf((byte)'{')]);
        var issued = Certified.Of(System.Text.Json.Nodes.JsonNode.Parse(body.AsSpan(body.AsSpan().IndexOf((byte)'{')))!, key);
        Assert.Equal(0, (await zone.ConnectAsync(issued.Certificate)).Code);
        foreach (var peer in (RawPeer[])[listens, stranger])
        {
            await peer.PublishAsync("""{"n":1}""", 1);
            Assert.False(peer.HasAnswer);
        }
    }

    [Fact]
    public async Task A_retired_thing_is_let_in_by_no_certificate_loses_its_connection_and_stands_on_the_list()
    {
        var device = await zone.DeviceAsync();
        var issued = await zone.IssueAsync(device);
        await using var live = await zone.DialAsync(issued.Certificate);
        await live.SendAsync(RawPeer.ConnectAlone("retired"));
        Assert.Equal(0, (await live.ReadAsync()).Body[1]);
        await zone.Administrator.CallAsync(HttpMethod.Delete, $"/api/v1/things/{device.Id}", expect: HttpStatusCode.NoContent);
        Assert.Equal(0xE0, (await live.ReadAsync()).First);
        var (code, reason) = await zone.ConnectAsync(issued.Certificate);
        Assert.Equal(NotAuthorized, code);
        Assert.Contains("is retired", reason, StringComparison.Ordinal);
        Assert.True(Revokes(await CrlAsync(), issued.Serial));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await zone.Administrator.CreateAsync($"/api/v1/things/{device.Id}/certificates", CertifiedFixture.Body(CertifiedFixture.Request(key)), HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task The_list_names_what_was_revoked_is_anybody_s_and_grows_in_number()
    {
        var device = await zone.DeviceAsync();
        var (bad, good) = (await zone.IssueAsync(device), await zone.IssueAsync(device));
        var before = await CrlAsync();
        await zone.RevokeAsync(device, bad.Serial);
        var after = await CrlAsync();
        Assert.False(Revokes(before, bad.Serial));
        Assert.True(Revokes(after, bad.Serial));
        Assert.False(Revokes(after, good.Serial));
        CertificateRevocationListBuilder.Load(before, out var first);
        CertificateRevocationListBuilder.Load(after, out var second);
        Assert.True(second > first);
        using var anybody = zone.Server.Anonymous();
        Assert.Equal(good.Authority.ExportCertificatePem(), (await anybody.GetStringAsync("/api/v1/device-ca", Stop)).TrimEnd());
    }

    [Fact]
    public async Task What_the_authority_has_signed_and_the_registry_does_not_know_is_worth_nothing()
    {
        var device = await zone.DeviceAsync();
        await zone.IssueAsync(device);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var alone = zone.Server.Get<Wanwu.Security.Certificates.DeviceAuthority>().Issue(Wanwu.Things.ThingId.Parse(device.Id, null), new PublicKey(key), 1);
        using var unknown = alone.CopyWithPrivateKey(key);
        var (code, reason) = await zone.ConnectAsync(unknown);
        Assert.Equal(NotAuthorized, code);
        Assert.Contains("not in the registry", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Issuing_takes_the_right_to_change_things_and_what_is_wrong_is_told_by_name()
    {
        var device = await zone.DeviceAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var path = $"/api/v1/things/{device.Id}/certificates";
        using var viewer = await zone.Server.ClientAsync(Role.Viewer);
        await viewer.CallAsync(HttpMethod.Post, path, CertifiedFixture.Body(CertifiedFixture.Request(key)), HttpStatusCode.Forbidden);
        await viewer.CallAsync(HttpMethod.Delete, $"{path}/00", expect: HttpStatusCode.Forbidden);
        Assert.Equal("notARequest", (await zone.Administrator.CreateAsync(path, """{"csr":"x"}""", HttpStatusCode.BadRequest)).Text("fault"));
        Assert.NotNull((await zone.Administrator.CreateAsync(path, CertifiedFixture.Body(CertifiedFixture.Request(key), 4_000), HttpStatusCode.BadRequest))["errors"]!["days"]);
        await zone.Administrator.CallAsync(HttpMethod.Delete, $"{path}/00", expect: HttpStatusCode.NotFound);
        var another = await zone.IssueAsync(await zone.DeviceAsync());
        await zone.Administrator.CallAsync(HttpMethod.Delete, $"{path}/{another.Serial}", expect: HttpStatusCode.NotFound);
        Assert.Equal(0, (await zone.ConnectAsync(another.Certificate)).Code);
    }

    [Fact]
    public void The_key_is_sealed_and_for_its_owner_alone()
    {
        zone.Server.Get<Wanwu.Security.Certificates.DeviceAuthority>().SignList([]);
        var folder = Path.Combine(zone.Server.Folder, "device-ca");
        var key = Assert.Single(Directory.GetFiles(folder, "*.key"));
        using var plain = ECDsa.Create();
        Assert.ThrowsAny<CryptographicException>(() => plain.ImportPkcs8PrivateKey(File.ReadAllBytes(key), out _));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
    }

    private async Task<byte[]> CrlAsync()
    {
        using var anybody = zone.Server.Anonymous();
        return await anybody.GetByteArrayAsync("/api/v1/device-ca/crl", Stop);
    }

    private static bool Revokes(byte[] list, string serial) => CertificateRevocationListBuilder.Load(list, out _).RemoveEntry(Convert.FromHexString(serial));
}
