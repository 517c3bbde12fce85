using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Wanwu.EndToEnd.Clients;

/// <summary>The server as scanners and slow peers see it from outside: nmap, sslscan and slowhttptest.</summary>
public sealed class SecurityScanTests(SecureZone secure) : IClassFixture<SecureZone>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly Zone _zone = secure.Zone;

    private Uri Https => _zone.Server.Urls.Single(url => url.Scheme == "https");

    [Fact]
    public async Task TLS_of_both_doors_is_of_grade_A_and_nothing_below_1_2_is_spoken()
    {
        await Task.WhenAll(new[] { Https.Port, _zone.Server.MqttsPort }.Select(async port =>
        {
            var grades = Tool.RunAsync("nmap", ["-Pn", "-p", $"{port}", "--script", "ssl-enum-ciphers", "127.0.0.1"], Patience);
            var versions = Tool.RunAsync("sslscan", ["--no-colour", $"localhost:{port}"], Patience);
            Assert.Contains("least strength: A", (await grades).Output, StringComparison.Ordinal);
            var spoken = (await versions).Output;
            Assert.DoesNotMatch(@"(SSLv2|SSLv3|TLSv1\.0|TLSv1\.1) +enabled", spoken);
            Assert.Matches(@"TLSv1\.2 +enabled", spoken);
            Assert.Matches(@"TLSv1\.3 +enabled", spoken);
            Assert.DoesNotMatch("(?i)vulnerable to heartbleed(?<!not vulnerable to heartbleed)", spoken);
        }));
    }

    [Fact]
    public async Task Two_hundred_connections_that_send_headers_and_two_hundred_that_send_bodies_slowly_keep_nobody_out()
    {
        var url = _zone.Server.Url.ToString();
        var slow = new[] { "-H", "-B" }.Select(how => Tool.RunAsync("slowhttptest", [how, "-c", "200", "-i", "2", "-r", "100", "-l", "6", "-p", "3", "-t", how == "-H" ? "GET" : "POST", "-u", url], Patience)).ToArray();
        using var client = new HttpClient { BaseAddress = _zone.Server.Url };
        var longest = TimeSpan.Zero;
        while (!Task.WhenAll(slow).IsCompleted)
        {
            var watch = Stopwatch.StartNew();
            using var answer = await client.GetAsync("/health/live", TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode);
            longest = watch.Elapsed > longest ? watch.Elapsed : longest;
            await Task.WhenAny(Task.WhenAll(slow), Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken));
        }
        foreach (var result in await Task.WhenAll(slow)) SlowPeers.KeptNobodyOut(result.Output);
        Assert.True(longest < TimeSpan.FromSeconds(3), $"an answer took {longest}");
    }

    [Fact]
    public async Task Who_has_not_signed_in_sees_no_topic()
    {
        var scan = await Tool.RunAsync("nmap", ["-Pn", "-p", $"{_zone.Server.MqttPort}", "--script", "mqtt-subscribe", "--script-args", "mqtt-subscribe.listen-time=1s", "127.0.0.1"], Patience);

        Assert.Contains("open", scan.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Topics and their most recent payloads", scan.Output, StringComparison.Ordinal);
    }
}

/// <summary>What takes half a minute and more: run by <c>./test soak</c> alone.</summary>
public sealed class DeepScanTests(SecureZone secure) : IClassFixture<SecureZone>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Testssl_finds_nothing_high_or_critical(bool https)
    {
        var port = https ? secure.Zone.Server.Urls.Single(url => url.Scheme == "https").Port : secure.Zone.Server.MqttsPort;
        var findings = Path.Combine(secure.Folder, $"testssl-{port}.json");
        await Tool.RunAsync("testssl", ["--quiet", "--color", "0", "--warnings", "off", "-U", "--jsonfile", findings, $"localhost:{port}"], TimeSpan.FromMinutes(5));

        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(findings, TestContext.Current.CancellationToken));
        var found = document.RootElement.EnumerateArray().Select(finding => (Id: finding.GetProperty("id").GetString()!, Severity: finding.GetProperty("severity").GetString()!)).ToList();
        // A scan that could not look has no findings, either.
        foreach (var looked in new[] { "heartbleed", "CCS", "ROBOT", "secure_renego", "CRIME_TLS", "POODLE_SSL", "SWEET32", "FREAK", "DROWN", "LOGJAM", "BEAST", "RC4" })
            Assert.Contains(found, finding => finding.Id == looked && finding.Severity == "OK");
        Assert.DoesNotContain(found, finding => finding.Severity is "HIGH" or "CRITICAL" or "FATAL");
    }

    [Fact]
    public async Task A_thousand_slow_connections_of_each_kind_keep_nobody_out_for_half_a_minute()
    {
        var url = secure.Zone.Server.Url.ToString();
        var slow = new[] { "-H", "-B", "-X" }.Select(how => Tool.RunAsync("slowhttptest", [how, "-c", "1000", "-i", "5", "-r", "200", "-l", "30", "-p", "5", "-u", url], TimeSpan.FromMinutes(3)));

        foreach (var result in await Task.WhenAll(slow)) SlowPeers.KeptNobodyOut(result.Output);
    }
}

internal static partial class SlowPeers
{
    /// <summary>slowhttptest tells every few seconds whether it was answered beside its slow connections: it did, and was each time.</summary>
    public static void KeptNobodyOut(string output)
    {
        var told = Told().Matches(output).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(told);
        Assert.DoesNotContain("NO", told);
    }

    // Colours stand between the words.
    [GeneratedRegex("service available:[^A-Z]*(YES|NO)")]
    private static partial Regex Told();
}
