using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using Wanwu.EndToEnd.Crash;
using Wanwu.Simulator.Server;

namespace Wanwu.EndToEnd.Intake;

/// <summary>What cannot be taken is refused by name, with its bytes, where the integrator looks; nobody else notices.</summary>
public sealed class BadInputTests(SharedZone shared) : IClassFixture<SharedZone>
{
    private readonly Zone _zone = shared.Zone;

    /// <summary>Payload, the reason it is refused for, and whether a good value beside it is stored.</summary>
    public static TheoryData<string, string> Payloads => new()
    {
        { """{"temperature":21.5""", "brokenJson" },
        { "temperature=21.5", "brokenJson" },
        { """{"temperatur":21.5}""", "unknownProperty" },
        { """{"temperature":"warm"}""", "wrongType" },
        { """{"running":21.5}""", "wrongType" },
        { """[{"n":"temperature","u":"Pa","v":21.5}]""", "wrongUnit" },
        { """{"temperature":1000}""", "outOfRange" },
        { """{"t":"2099-01-01T00:00:00Z","values":{"temperature":21.5}}""", "timeInFuture" },
        { """{"t":"yesterday","values":{"temperature":21.5}}""", "badTime" },
        { """{"t":"2026-01-01T00:00:00","values":{"temperature":21.5}}""", "badTime" },
        { """{"t":"2026-01-01T00:00:00Z","values":{"temperature":21.5},"quality":{"temperature":"splendid"}}""", "badQuality" },
        { "42", "malformed" },
    };

    [Theory, MemberData(nameof(Payloads))]
    public async Task Bad_payload_over_mqtt_gets_a_named_refusal(string payload, string reason)
    {
        var boiler = await BoilerAsync();
        using var client = await ConnectAsync(boiler, MqttProtocolVersion.V311);
        await PublishAsync(client, "v1/report", payload);
        await AssertRefusedAsync(boiler, reason, payload);
        // The connection stands and takes the next report.
        await PublishAsync(client, "v1/report", """{"temperature":20}""");
        Assert.Equal(20, Assert.Single(await _zone.Api.SeriesAsync(boiler.Id, "temperature")).Value.GetInt32());
    }

    [Theory, MemberData(nameof(Payloads))]
    public async Task Bad_payload_over_http_gets_a_named_refusal(string payload, string reason)
    {
        var boiler = await BoilerAsync();
        using var answer = await _zone.Api.ReportAsync(boiler.Id, payload, TestContext.Current.CancellationToken);
        Assert.InRange((int)answer.StatusCode, 400, 499);
        Assert.Contains(reason, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await AssertRefusedAsync(boiler, reason, payload);
        Assert.Empty(await _zone.Api.SeriesAsync(boiler.Id, "temperature"));
    }

    [Fact]
    public async Task Good_values_beside_a_bad_one_are_stored()
    {
        var boiler = await BoilerAsync();
        using var client = await ConnectAsync(boiler, MqttProtocolVersion.V311);
        await PublishAsync(client, "v1/report", """{"temperature":21.5,"presure":3,"running":true}""");
        var refused = await _zone.UntilRefusedAsync("unknownProperty", boiler.Id);
        Assert.Equal("presure", refused.GetProperty("property").GetString());
        Assert.Single(await _zone.Api.SeriesAsync(boiler.Id, "temperature"));
        Assert.Single(await _zone.Api.SeriesAsync(boiler.Id, "running"));
        (await _zone.Api.AccountAsync()).AssertBalanced();
    }

    [Fact]
    public async Task Text_that_is_not_utf8_gets_a_named_refusal()
    {
        var boiler = await BoilerAsync();
        using var client = await ConnectAsync(boiler, MqttProtocolVersion.V311);
        await PublishAsync(client, "v1/report", [.. "{\"temperature\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        await _zone.UntilRefusedAsync("notUtf8", boiler.Id);
    }

    [Fact]
    public async Task Topic_that_means_nothing_is_refused_by_name()
    {
        var boiler = await BoilerAsync();
        using var client = await ConnectAsync(boiler, MqttProtocolVersion.V311);
        await TryPublishAsync(client, "v1/repot", """{"temperature":21.5}""");
        var refused = await _zone.UntilRefusedAsync("unknownTopic", boiler.Id);
        Assert.Contains("v1/repot", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_for_somebody_elses_thing_is_refused_by_name()
    {
        var boiler = await BoilerAsync();
        var other = await BoilerAsync();
        using var client = await ConnectAsync(boiler, MqttProtocolVersion.V311);
        await TryPublishAsync(client, $"v1/things/{other.Id}/report", """{"temperature":21.5}""");
        await _zone.UntilRefusedAsync("notAllowed");
        Assert.Empty(await _zone.Api.SeriesAsync(other.Id, "temperature"));
    }

    [Fact]
    public async Task Packet_beyond_the_bound_closes_the_connection_and_is_refused_by_name()
    {
        var boiler = await BoilerAsync();
        using var client = await ConnectAsync(boiler, MqttProtocolVersion.V311);
        var gone = new TaskCompletionSource();
        client.DisconnectedAsync += _ =>
        {
            gone.TrySetResult();
            return Task.CompletedTask;
        };
        await TryPublishAsync(client, "v1/report", $$"""{"temperature":{{new string('1', 2_000_000)}}}""");
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        await _zone.UntilRefusedAsync("tooLarge", boiler.Id);
    }

    [Fact]
    public async Task Wrong_credentials_are_refused_by_name_over_both_doors()
    {
        var boiler = await BoilerAsync();
        var before = await _zone.CountRefusedAsync("wrongCredentials");
        using var client = new MqttClientFactory().CreateMqttClient();
        var answered = await client.ConnectAsync(Options(boiler with { Password = "guess" }, MqttProtocolVersion.V500), TestContext.Current.CancellationToken);
        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, answered.ResultCode);
        await _zone.UntilRefusedAsync("wrongCredentials", moreThan: before);

        using var http = new HttpClient { BaseAddress = _zone.Server.Url };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{boiler.Username}:guess")));
        using var body = new StringContent("""{"temperature":1}""", Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync($"/api/v1/things/{boiler.Id}/report", body, TestContext.Current.CancellationToken);
        Assert.Equal(401, (int)answer.StatusCode);
        await _zone.UntilRefusedAsync("wrongCredentials", moreThan: before + 1);
    }

    [Fact]
    public async Task Neighbour_reports_undisturbed_while_another_thing_sends_rubbish()
    {
        var thing = await _zone.Api.CreateThingAsync("Neighbour");
        var neighbour = new MqttReporter(_zone.Api.Door().SignIn(thing), thing, timed: true);
        using var enough = new CancellationTokenSource();
        var traffic = neighbour.RunAsync(enough.Token, TestContext.Current.CancellationToken);
        foreach (var row in Payloads) await Bad_payload_over_mqtt_gets_a_named_refusal(row.Data.Item1, row.Data.Item2);
        await Packet_beyond_the_bound_closes_the_connection_and_is_refused_by_name();
        await Topic_that_means_nothing_is_refused_by_name();
        await enough.CancelAsync();
        await traffic;

        Assert.Empty(neighbour.Troubles);
        Assert.Equal(neighbour.Published, await StoredReports.AssertKeptAsync(_zone.Api, neighbour));
        (await _zone.Api.AccountAsync()).AssertBalanced();
    }

    private async Task AssertRefusedAsync(ThingCredentials boiler, string reason, string payload)
    {
        var refused = await _zone.UntilRefusedAsync(reason, boiler.Id);
        Assert.False(string.IsNullOrWhiteSpace(refused.GetProperty("detail").GetString()));
        Assert.Equal(payload, Encoding.UTF8.GetString(refused.GetProperty("bytes").GetBytesFromBase64()));
        (await _zone.Api.AccountAsync()).AssertBalanced();
    }

    private async Task<ThingCredentials> BoilerAsync() => await _zone.Api.CreateThingAsync("Boiler", new { model = await _zone.ModelAsync(TestModels.Boiler) });

    private async Task<IMqttClient> ConnectAsync(ThingCredentials thing, MqttProtocolVersion version)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        var answer = await client.ConnectAsync(Options(thing, version), TestContext.Current.CancellationToken);
        Assert.Equal(MqttClientConnectResultCode.Success, answer.ResultCode);
        return client;
    }

    private MqttClientOptions Options(ThingCredentials thing, MqttProtocolVersion version) =>
        new MqttClientFactory().CreateClientOptionsBuilder().WithTcpServer(_zone.Server.MqttHost, _zone.Server.MqttPort).WithProtocolVersion(version)
            .WithClientId($"bad-{Guid.NewGuid():N}").WithCredentials(thing.Username, thing.Password).Build();

    private static Task PublishAsync(IMqttClient client, string topic, string payload) => PublishAsync(client, topic, Encoding.UTF8.GetBytes(payload));

    private static async Task PublishAsync(IMqttClient client, string topic, byte[] payload)
    {
        var message = new MqttApplicationMessage { Topic = topic, Payload = new ReadOnlySequence<byte>(payload), QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        await client.PublishAsync(message, limit.Token);
    }

    /// <summary>Publishes what the server may answer by closing the connection.</summary>
    private static async Task TryPublishAsync(IMqttClient client, string topic, string payload)
    {
        try
        {
            await PublishAsync(client, topic, payload);
        }
        catch (Exception e) when (e is MqttCommunicationException or OperationCanceledException or MqttClientDisconnectedException)
        {
            // What became of the report is asked over HTTP.
        }
    }
}
