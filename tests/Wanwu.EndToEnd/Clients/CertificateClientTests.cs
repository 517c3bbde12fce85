using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Wanwu.EndToEnd.Clients;

/// <summary>Certificates of the built-in authority as stock tools make and use them: openssl and mosquitto's clients over real sockets.</summary>
public sealed class CertificateClientTests(SecureZone secure) : IClassFixture<SecureZone>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Zone _zone = secure.Zone;
    private readonly HttpClient _http = new() { BaseAddress = secure.Zone.Server.Url, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", secure.Zone.Token) } };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string File(string name) => Path.Combine(_folder.Path, name);

    private async Task<string> RequestAsync(string name)
    {
        await OpensslAsync("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=boiler", "-keyout", File($"{name}.key"), "-out", File($"{name}.csr"));
        return await System.IO.File.ReadAllTextAsync(File($"{name}.csr"), Stop);
    }

    private async Task<string> IssueAsync(string thing, string name)
    {
        using var answer = await _http.PostAsJsonAsync($"/api/v1/things/{thing}/certificates", new { csr = await RequestAsync(name) }, Stop);
        Assert.Equal(System.Net.HttpStatusCode.Created, answer.StatusCode);
        return await KeepAsync(await answer.Content.ReadFromJsonAsync<JsonElement>(Stop), name);
    }

    private async Task<string> KeepAsync(JsonElement issued, string name)
    {
        await System.IO.File.WriteAllTextAsync(File($"{name}.pem"), issued.GetProperty("certificate").GetString(), Stop);
        await System.IO.File.WriteAllTextAsync(File("ca.pem"), issued.GetProperty("chain").GetString(), Stop);
        return issued.GetProperty("serial").GetString()!;
    }

    private string[] With(string name) => ["-h", "localhost", "-p", $"{_zone.Server.MqttsPort}", "--cafile", secure.Authority.TrustFile, "--cert", File($"{name}.pem"), "--key", File($"{name}.key"), "-V", "mqttv5"];

    private Task<ToolResult> PublishAsync(string name) => Tool.RunAsync("mosquitto_pub", [.. With(name), "-q", "1", "-t", "v1/report", "-m", """{"temperature":21.5}"""]);

    private static async Task<ToolResult> OpensslAsync(params string[] arguments) => (await Tool.RunAsync("openssl", arguments)).Succeeded();

    [Fact]
    public async Task A_thing_reports_with_its_certificate_renews_it_over_mqtt_and_is_out_within_a_second_when_it_is_revoked()
    {
        var thing = await _zone.Api.CreateThingAsync("Boiler");
        var serial = await IssueAsync(thing.Id, "first");
        (await PublishAsync("first")).Succeeded();

        var csr = await RequestAsync("second");
        var answer = await Tool.RunAsync("mosquitto_rr", [.. With("first"), "-q", "1", "-t", "v1/certificates/renew", "-e", "v1/certificates/renewed", "-m", csr]);
        await KeepAsync(JsonSerializer.Deserialize<JsonElement>(answer.Succeeded().Output), "second");
        (await PublishAsync("second")).Succeeded();

        using var live = Tool.Start("mosquitto_sub", [.. With("first"), "-i", "live", "-t", "v1/things/+/observations/+"]);
        await UntilAsync(connected => connected);
        using var revoked = await _http.DeleteAsync($"/api/v1/things/{thing.Id}/certificates/{serial}?reason=keyCompromise", Stop);
        Assert.Equal(System.Net.HttpStatusCode.NoContent, revoked.StatusCode);
        var since = Stopwatch.GetTimestamp();
        await UntilAsync(connected => !connected);
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(1), $"{Stopwatch.GetElapsedTime(since)}");
        if (!live.HasExited) live.Kill();
        foreach (var name in (string[])["first", "second"])
        {
            var refused = await PublishAsync(name);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("Not authorized", refused.Error, StringComparison.Ordinal);
        }
    }

    /// <summary>Waits until the client that listens is connected, or is not.</summary>
    private async Task UntilAsync(Func<bool, bool> isReached)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        do
        {
            var clients = await _http.GetFromJsonAsync<JsonElement>("/api/v1/mqtt/clients", limit.Token);
            if (isReached(clients.GetProperty("items").EnumerateArray().Any(client => client.GetProperty("clientId").GetString() == "live" && client.GetProperty("state").GetString() == "connected"))) return;
        }
        while (await timer.WaitForNextTickAsync(limit.Token));
    }

    [Fact]
    public async Task Openssl_takes_the_certificate_the_list_and_the_revocation_as_the_standard_has_them()
    {
        var thing = await _zone.Api.CreateThingAsync("Valve");
        var bad = await IssueAsync(thing.Id, "bad");
        await IssueAsync(thing.Id, "good");
        using var revoked = await _http.DeleteAsync($"/api/v1/things/{thing.Id}/certificates/{bad}?reason=superseded", Stop);
        await System.IO.File.WriteAllBytesAsync(File("ca.crl"), await _http.GetByteArrayAsync("/api/v1/device-ca/crl", Stop), Stop);
        var list = await OpensslAsync("crl", "-inform", "DER", "-in", File("ca.crl"), "-CAfile", File("ca.pem"), "-noout", "-text");
        Assert.Contains("verify OK", list.Output + list.Error, StringComparison.Ordinal);
        Assert.Contains("Next Update:", list.Output, StringComparison.Ordinal);
        Assert.Contains("Superseded", list.Output, StringComparison.Ordinal);
        await OpensslAsync("crl", "-inform", "DER", "-in", File("ca.crl"), "-out", File("crl.pem"));
        string[] verify = ["verify", "-x509_strict", "-crl_check", "-purpose", "sslclient", "-CAfile", File("ca.pem"), "-CRLfile", File("crl.pem")];
        await OpensslAsync([.. verify, File("good.pem")]);
        var refused = await Tool.RunAsync("openssl", [.. verify, File("bad.pem")]);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("certificate revoked", refused.Output + refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_cannot_be_granted_is_answered_over_mqtt_by_name()
    {
        var thing = await _zone.Api.CreateThingAsync("Pump");
        await IssueAsync(thing.Id, "pump");
        await OpensslAsync("req", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=pump", "-keyout", File("weak.key"), "-out", File("weak.csr"));
        foreach (var (body, fault) in new[] { ("hello", "notARequest"), (await System.IO.File.ReadAllTextAsync(File("weak.csr"), Stop), "weakKey") })
        {
            var answer = await Tool.RunAsync("mosquitto_rr", [.. With("pump"), "-t", "v1/certificates/renew", "-e", "v1/certificates/renewed", "-m", body]);
            Assert.Equal(fault, JsonSerializer.Deserialize<JsonElement>(answer.Succeeded().Output).GetProperty("fault").GetString());
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }
}
