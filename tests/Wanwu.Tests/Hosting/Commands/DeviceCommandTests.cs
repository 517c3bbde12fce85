using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Wanwu.Hosting;
using Wanwu.Registry;
using Wanwu.Security.Access.Contact;
using Wanwu.Tests.Connect.Transport;

namespace Wanwu.Tests.Hosting.Commands;

/// <summary>Certificates, registration keys, bindings, bans and unknown devices from the command line, beside a server that takes the changes over.</summary>
public sealed class DeviceCommandTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Task<CommandRun> WanwuAsync(params string[] arguments) => CommandRun.OfAsync(wanwu.Server.Folder, arguments);

    private async Task<string> ThingAsync() => (await wanwu.Administrator.CreateAsync("/api/v1/things", """{"name":"Weir"}""")).Text("id");

    private static string Request()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=weir", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }

    private async Task<HttpStatusCode> RegisterAsync(string identifier, string key)
    {
        using var client = wanwu.Server.ClientOf(identifier, key);
        using var answer = await client.SendAsync(HttpMethod.Post, "/api/v1/register", null);
        return answer.StatusCode;
    }

    [Fact]
    public async Task A_certificate_is_issued_from_a_request_listed_revoked_and_on_the_signed_list()
    {
        var thing = await ThingAsync();
        var file = Path.Combine(wanwu.Server.Folder, "weir.csr");
        await File.WriteAllTextAsync(file, Request(), Stop);
        var pem = (await WanwuAsync("thing", "certificate", "issue", thing, file, "--days", "7")).Done();
        using var certificate = X509Certificate2.CreateFromPem(pem);
        Assert.Equal($"CN={thing}", certificate.Subject);
        Assert.InRange((new DateTimeOffset(certificate.NotAfter) - TimeProvider.System.GetUtcNow()).TotalDays, 6.9, 7.1);
        using var authority = X509Certificate2.CreateFromPem((await WanwuAsync("device-ca", "show")).Done());
        Assert.Equal(authority.Subject, certificate.Issuer);
        Assert.EndsWith(authority.ExportCertificatePem(), pem, StringComparison.Ordinal);
        Assert.Contains($"{certificate.SerialNumber}\tvalid", (await WanwuAsync("thing", "certificate", "list", thing)).Done(), StringComparison.Ordinal);

        (await WanwuAsync("thing", "certificate", "revoke", thing, certificate.SerialNumber, "--reason", "superseded")).Done();
        Assert.Equal("revoked", JsonNode.Parse((await WanwuAsync("thing", "certificate", "list", thing, "--json")).Done())!.AsArray().Single()!.Text("state"));
        var list = Path.Combine(wanwu.Server.Folder, "devices.crl");
        (await WanwuAsync("device-ca", "crl", list)).Done();
        var builder = CertificateRevocationListBuilder.Load(await File.ReadAllBytesAsync(list, Stop), out _);
        Assert.True(builder.RemoveEntry(Convert.FromHexString(certificate.SerialNumber)));
    }

    [Fact]
    public async Task A_certificate_that_was_revoked_since_the_backup_stays_revoked_when_it_is_restored()
    {
        var home = Directory.CreateTempSubdirectory("wanwu-revoked-").FullName;
        try
        {
            var (data, backups, file) = (Path.Combine(home, "data"), Path.Combine(home, "backups"), Path.Combine(home, "weir.csr"));
            var thing = JsonNode.Parse((await CommandRun.OfAsync(data, "thing", "add", "Weir", "--json")).Done())!.Text("id");
            await File.WriteAllTextAsync(file, Request(), Stop);
            using var bad = X509Certificate2.CreateFromPem((await CommandRun.OfAsync(data, "thing", "certificate", "issue", thing, file)).Done());
            await File.WriteAllTextAsync(file, Request(), Stop);
            using var good = X509Certificate2.CreateFromPem((await CommandRun.OfAsync(data, "thing", "certificate", "issue", thing, file)).Done());
            (await CommandRun.OfAsync(data, "backup", backups)).Done();
            (await CommandRun.OfAsync(data, "thing", "certificate", "revoke", thing, bad.SerialNumber, "--reason", "keyCompromise")).Done();
            // A process of its own has no connection from before.
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Assert.Contains("1 certificate revoked since stayed revoked", (await CommandRun.OfAsync(data, "restore", backups)).Done(), StringComparison.Ordinal);
            var listed = (await CommandRun.OfAsync(data, "thing", "certificate", "list", thing)).Done();
            Assert.Contains($"{bad.SerialNumber}\trevoked (keyCompromise)", listed, StringComparison.Ordinal);
            Assert.Contains($"{good.SerialNumber}\tvalid", listed, StringComparison.Ordinal);
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(home, recursive: true);
        }
    }

    [Fact]
    public async Task What_cannot_be_certified_is_refused_in_words()
    {
        var thing = await ThingAsync();
        var file = Path.Combine(wanwu.Server.Folder, "bad.csr");
        await File.WriteAllTextAsync(file, "hello", Stop);
        (await WanwuAsync("thing", "certificate", "issue", thing, file)).Refused();
        (await WanwuAsync("thing", "certificate", "issue", thing, file + ".not")).Refused();
        Assert.Contains("There is no thing", (await WanwuAsync("thing", "certificate", "list", "nothing")).Refused(), StringComparison.Ordinal);
        Assert.Contains("no such certificate", (await WanwuAsync("thing", "certificate", "revoke", thing, "00")).Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registration_key_registers_devices_until_it_is_revoked()
    {
        var key = (await WanwuAsync("key", "create", "--name", "probes of the weir", "--at-most", "2", "--allowed", "CLI-*", "--network", "127.0.0.0/8", "--network", "::1")).Done();
        Assert.StartsWith("wanwukey_", key, StringComparison.Ordinal);
        await Until.TrueAsync(() => wanwu.Server.Get<ContactBook>().Keys.Any(known => known.Name == "probes of the weir"));
        Assert.Equal(HttpStatusCode.Created, await RegisterAsync("CLI-1", key));
        Assert.Equal(HttpStatusCode.Forbidden, await RegisterAsync("OTHER-1", key));
        var line = Assert.Single((await WanwuAsync("key", "list")).Done().Split('\n'), line => line.Contains("probes of the weir", StringComparison.Ordinal));
        Assert.Contains("1 of 2\tcustom, networks 127.0.0.0/8 ::1", line, StringComparison.Ordinal);
        Assert.DoesNotContain(key, line, StringComparison.Ordinal);
        (await WanwuAsync("key", "revoke", line.Split('\t')[0])).Done();
        await Until.TrueAsync(() => wanwu.Server.Get<ContactBook>().Keys.All(known => known.Name != "probes of the weir"));
        Assert.Equal(HttpStatusCode.Unauthorized, await RegisterAsync("CLI-2", key));
        (await WanwuAsync("key", "revoke", line.Split('\t')[0])).Refused();
        var wrong = (await WanwuAsync("key", "create", "--name", "x", "--model", "none-such", "--organisation", "none-such", "--scheme", "none-such")).Refused();
        foreach (var member in (string[])["model:", "organisation:", "scheme:"]) Assert.Contains(member, wrong, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_binding_is_made_with_a_secret_that_is_no_argument_and_removed()
    {
        var thing = await ThingAsync();
        var file = Path.Combine(wanwu.Server.Folder, "secret");
        await File.WriteAllTextAsync(file, "open sesame\n", Stop);
        var user = $"weir-{Guid.NewGuid():N}";
        var id = (await WanwuAsync("binding", "add", thing, "login", user, "--secret-file", file, "--network", "127.0.0.1")).Done();
        await Until.TrueAsync(() => wanwu.Server.Get<ContactBook>().FindBinding("login", user) is not null);
        using (var client = wanwu.Server.ClientOf(user, "open sesame")) await client.ReadAsync($"/api/v1/things/{thing}/latest");
        Assert.Contains($"{id}\tlogin\t{user}\tsecret, hashed\t127.0.0.1", (await WanwuAsync("binding", "list", thing)).Done(), StringComparison.Ordinal);
        (await WanwuAsync("binding", "remove", id)).Done();
        Assert.Equal("[]", (await WanwuAsync("binding", "list", thing, "--json")).Done());
        (await WanwuAsync("binding", "remove", id)).Refused();
        Assert.Contains("secret", (await WanwuAsync("binding", "add", thing, "login", user)).Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ban_holds_at_the_doors_until_it_is_lifted()
    {
        var id = (await WanwuAsync("ban", "add", "--scheme", "custom", "--identifier", "CLI-BANNED", "--reason", "stolen", "--days", "1")).Done();
        var key = (await WanwuAsync("key", "create", "--name", "banned ones")).Done();
        await Until.TrueAsync(() => wanwu.Server.Get<Bans>().All.Any(ban => ban.Id.ToString() == id) && wanwu.Server.Get<ContactBook>().Keys.Any(known => known.Name == "banned ones"));
        Assert.Equal(HttpStatusCode.Forbidden, await RegisterAsync("CLI-BANNED", key));
        Assert.Contains($"{id}\tcustom CLI-BANNED\tstolen\tby command line\tuntil ", (await WanwuAsync("ban", "list")).Done(), StringComparison.Ordinal);
        (await WanwuAsync("ban", "lift", id)).Done();
        await Until.TrueAsync(() => wanwu.Server.Get<Bans>().All.All(ban => ban.Id.ToString() != id));
        Assert.Equal(HttpStatusCode.Created, await RegisterAsync("CLI-BANNED", key));
        (await WanwuAsync("ban", "lift", id)).Refused();
        Assert.Equal(ExitCodes.Usage, (await WanwuAsync("ban", "add", "--scheme", "custom", "--identifier", "x")).Code);
    }

    [Fact]
    public async Task Unknown_devices_are_asked_of_the_server_that_runs()
    {
        Assert.Contains("No server runs on", (await WanwuAsync("unknown", "list")).Refused(), StringComparison.Ordinal);
        using var running = RunningServer.TryTake(wanwu.Server.Get<DataFolder>())!;
        running.Announce(new ServerNotice([wanwu.Server.Url.ToString()], null, Environment.ProcessId, "test"));
        var key = (await WanwuAsync("key", "create", "--name", "waiting ones", "--approval")).Done();
        await Until.TrueAsync(() => wanwu.Server.Get<ContactBook>().Keys.Any(known => known.Name == "waiting ones"));
        foreach (var serial in (string[])["CLI-W1", "CLI-W2"]) Assert.Equal(HttpStatusCode.Accepted, await RegisterAsync(serial, key));
        var waiting = JsonNode.Parse((await WanwuAsync("unknown", "list", "--waiting", "--json")).Done())!.AsArray();
        string IdOf(string serial) => waiting.Single(device => device!.Text("identifier") == serial)!.Text("id");

        var thing = (await WanwuAsync("unknown", "admit", IdOf("CLI-W1"), "--name", "Let in")).Done();
        Assert.Equal("Let in", (await wanwu.Administrator.ReadAsync($"/api/v1/things/{thing}")).Text("name"));
        Assert.Equal(HttpStatusCode.Created, await RegisterAsync("CLI-W1", key));
        var ban = (await WanwuAsync("unknown", "ban", IdOf("CLI-W2"), "--reason", "not ours")).Done();
        Assert.Equal(HttpStatusCode.Forbidden, await RegisterAsync("CLI-W2", key));
        Assert.Contains(ban, (await WanwuAsync("ban", "list")).Done(), StringComparison.Ordinal);
        Assert.DoesNotContain("waits", (await WanwuAsync("unknown", "list")).Done(), StringComparison.Ordinal);
        (await WanwuAsync("unknown", "admit", Guid.NewGuid().ToString())).Refused();
        (await WanwuAsync("unknown", "ban", Guid.NewGuid().ToString(), "--reason", "x")).Refused();
    }
}
