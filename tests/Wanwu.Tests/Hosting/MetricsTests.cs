using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Wanwu.Security.Access;
using Wanwu.Tests.Connect;
using Wanwu.Tests.Connect.Operations;

namespace Wanwu.Tests.Hosting;

/// <summary>Metrics are the process's own: two servers in one would count together, which happens in tests alone.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>Metrics to be scraped.</summary>
public sealed class ScrapedFixture : WanwuFixture
{
    internal override string[] Settings => ["--Metrics:Prometheus=true"];
}

[Collection("alone")]
public sealed partial class MetricsTests(ScrapedFixture wanwu) : IClassFixture<ScrapedFixture>
{
    private async Task<Dictionary<string, double>> ScrapeAsync()
    {
        using var answer = await wanwu.Administrator.SendAsync(HttpMethod.Get, "/metrics");
        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var samples = new Dictionary<string, double>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.Matches(Line(), line);
            if (line[0] == '#') continue;
            var space = line.LastIndexOf(' ');
            Assert.True(samples.TryAdd(line[..space], double.Parse(line[(space + 1)..], CultureInfo.InvariantCulture)), $"Twice: {line}");
        }
        return samples;
    }

    [Fact]
    public async Task What_mqtt_does_can_be_scraped()
    {
        var before = await ScrapeAsync();
        var device = await Device.CreateAsync(wanwu);
        await using var peer = await RawPeer.OpenAsync(wanwu.Server, device, "scraped");
        await peer.SendAsync(RawPeer.Subscribe("v1/#", 1));
        await peer.ReadAsync();
        for (ushort id = 1; id <= 5; id++)
        {
            await peer.SendAsync(RawPeer.Publish("""{"n":1}""", id));
            // The acknowledgement and its own observation, in either order.
            var both = new[] { await peer.ReadAsync(), await peer.ReadAsync() };
            Assert.Equal([0x32, 0x40], both.Select(packet => (int)packet.First).Order());
        }
        var (refused, _) = await RawPeer.ConnectAsync(wanwu.Server, device with { Password = "wrong" }, "refused");
        await refused.ExpectClosedAsync();
        await refused.DisposeAsync();

        var after = await ScrapeAsync();
        double Grown(string name) => after[name] - before.GetValueOrDefault(name);
        Assert.Equal(1, Grown("""wanwu_mqtt_connections{transport="tcp"}"""));
        Assert.Equal(1, Grown("""wanwu_mqtt_sessions{state="connected"}"""));
        Assert.Equal(1, Grown("wanwu_mqtt_subscriptions"));
        Assert.Equal(5, Grown("""wanwu_mqtt_messages_total{direction="received",qos="1"}"""));
        Assert.Equal(5, Grown("""wanwu_mqtt_messages_total{direction="sent",qos="1"}"""));
        Assert.Equal(5, Grown("wanwu_mqtt_messages_in_flight"));
        Assert.True(Grown("""wanwu_mqtt_io_bytes_total{direction="received"}""") > 100);
        Assert.Equal(1, Grown("""wanwu_mqtt_connects_total{code="134"}"""));
        Assert.Equal(1, Grown("""wanwu_mqtt_connects_total{code="0"}"""));
        Assert.Equal(5, Grown("""wanwu_connect_messages_total{protocol="mqtt"}"""));
        Assert.Contains(after, sample => sample.Key.StartsWith("dotnet_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_time_to_an_acknowledgement_is_sampled()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var peer = await RawPeer.OpenAsync(wanwu.Server, device, "timed");
        ushort id = 0;
        Dictionary<string, double> samples;
        do
        {
            await peer.PublishAsync("""{"n":1}""", ++id);
            samples = await ScrapeAsync();
        }
        while (!samples.ContainsKey("wanwu_mqtt_acknowledgement_duration_seconds_count") && id < 2_000);
        var buckets = samples.Where(sample => sample.Key.StartsWith("wanwu_mqtt_acknowledgement_duration_seconds_bucket", StringComparison.Ordinal)).Select(sample => sample.Value).ToList();
        Assert.Equal(samples["wanwu_mqtt_acknowledgement_duration_seconds_count"], buckets.Max());
        Assert.Equal(15, buckets.Count);
    }

    [Fact]
    public async Task What_the_checks_mark_is_counted_by_check()
    {
        await wanwu.Administrator.CallAsync(HttpMethod.Put, "/api/v1/models/scraped", """
            {"@context":["https://www.w3.org/2022/wot/td/v1.1",{"wanwu":"urn:wanwu:td#"}],"@type":"tm:ThingModel","title":"x","properties":{"n":{"type":"number","wanwu:range":{"maximum":1}}}}
            """, HttpStatusCode.Created, "application/tm+json");
        var thing = (await wanwu.Administrator.CreateAsync("/api/v1/things", """{"name":"x","model":"scraped"}""")).Text("id");
        await wanwu.Administrator.CallAsync(HttpMethod.Post, $"/api/v1/things/{thing}/report", """{"n":2}""", HttpStatusCode.Accepted);
        var samples = await ScrapeAsync();
        Assert.Equal((1.0, 0.0), (samples["""wanwu_observations_suspect_total{check="range"}"""], samples["""wanwu_observations_suspect_total{check="spike"}"""]));
    }

    [Fact]
    public async Task Only_those_who_may_see_who_is_connected_scrape()
    {
        using var stranger = await wanwu.Server.Anonymous().SendAsync(HttpMethod.Get, "/metrics");
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
        using var viewer = await (await wanwu.Server.ClientAsync(Role.Viewer)).SendAsync(HttpMethod.Get, "/metrics");
        Assert.Equal(HttpStatusCode.Forbidden, viewer.StatusCode);
    }

    [GeneratedRegex("""^(# (HELP|TYPE) [a-z_][a-zA-Z0-9_]* .+|[a-z_][a-zA-Z0-9_]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*",?)+\})? -?[0-9.E+-]+)$""")]
    private static partial Regex Line();
}

/// <summary>Metrics that are sent, and none.</summary>
[Collection("alone")]
public sealed class SentMetricsTests
{
    [Fact]
    public async Task Nobody_scrapes_unless_it_is_switched_on()
    {
        await using var off = await WanwuServer.StartAsync();
        using var absent = await (await off.ClientAsync()).SendAsync(HttpMethod.Get, "/metrics");
        Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
    }

    [Fact]
    public async Task A_collector_gets_them_over_otlp()
    {
        var stop = TestContext.Current.CancellationToken;
        var got = new TaskCompletionSource<(string? Path, string? Tenant, string Body)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var builder = Microsoft.AspNetCore.Builder.WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        Microsoft.AspNetCore.Hosting.HostingAbstractionsWebHostBuilderExtensions.UseUrls(builder.WebHost, "http://127.0.0.1:0");
        await using var collector = builder.Build();
        Microsoft.AspNetCore.Builder.RunExtensions.Run(collector, async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, stop);
            got.TrySetResult((context.Request.Path, context.Request.Headers["x-tenant"], Encoding.Latin1.GetString(body.ToArray())));
        });
        await collector.StartAsync(stop);
        await using (var server = await WanwuServer.StartAsync(settings: [$"--Metrics:OtlpEndpoint={collector.Urls.Single()}/v1/metrics", "--Metrics:OtlpProtocol=HttpProtobuf", "--Metrics:OtlpHeaders=x-tenant=north", "--Metrics:OtlpIntervalSeconds=1"]))
        {
            var (path, tenant, body) = await got.Task.WaitAsync(TimeSpan.FromSeconds(30), stop);
            Assert.Equal(("/v1/metrics", "north"), (path, tenant));
            Assert.Contains("wanwu.mqtt.connects", body, StringComparison.Ordinal);
            Assert.Contains("wanwu.mqtt.subscriptions", body, StringComparison.Ordinal);
        }
    }
}
