using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Wanwu.Tests.Security.Limits;

public sealed class TightLimits : WanwuFixture
{
    internal override string[] Settings => ["--Security:Limits:AnonymousRequestsPerSecond=2", "--Security:Limits:CallerRequestsPerSecond=3"];
}

public sealed class RequestLimitTests(TightLimits wanwu) : IClassFixture<TightLimits>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_asks_too_often_is_told_when_to_come_back_and_others_are_heard()
    {
        var (loud, quiet) = (await wanwu.Server.ClientAsync(), await wanwu.Server.ClientAsync());
        var answers = new List<HttpStatusCode>();
        HttpResponseMessage? refused = null;
        while (refused is null && answers.Count < 200)
        {
            var answer = await loud.GetAsync("/api/v1/sectors", Stop);
            answers.Add(answer.StatusCode);
            if (answer.StatusCode == HttpStatusCode.TooManyRequests) refused = answer;
        }

        Assert.NotNull(refused);
        Assert.InRange(answers.Count, 30, 60);
        Assert.InRange(int.Parse(Assert.Single(refused.Headers.GetValues("Retry-After"))), 1, 10);
        var problem = await refused.Content.ReadFromJsonAsync<JsonElement>(Stop);
        Assert.Contains("asks more often than one caller may", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await quiet.GetAsync("/api/v1/sectors", Stop)).StatusCode);
    }

    [Fact]
    public async Task Files_of_the_console_are_not_counted_but_what_else_nobody_in_particular_asks_for_is()
    {
        var client = wanwu.Server.Anonymous();
        for (var i = 0; i < 50; i++) Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/icon.svg", Stop)).StatusCode);
        var last = HttpStatusCode.OK;
        for (var i = 0; i < 100 && last != HttpStatusCode.TooManyRequests; i++) last = (await client.GetAsync("/api/v1/things", Stop)).StatusCode;
        Assert.Equal(HttpStatusCode.TooManyRequests, last);
    }

    [Fact]
    public async Task After_too_many_wrong_credentials_only_those_known_to_be_right_are_heard()
    {
        await using var server = await WanwuServer.StartAsync(settings: "--Security:Limits:FailuresPerMinute=5");
        var right = await server.ClientAsync();
        Assert.Equal(HttpStatusCode.OK, (await right.GetAsync("/api/v1/sectors", Stop)).StatusCode);
        var wrong = server.Anonymous();
        wrong.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("00000000000000000000000000:nonsense"u8));
        var last = HttpStatusCode.OK;
        for (var i = 0; i < 100 && last != HttpStatusCode.TooManyRequests; i++) last = (await wrong.GetAsync("/api/v1/sectors", Stop)).StatusCode;

        Assert.Equal(HttpStatusCode.TooManyRequests, last);
        Assert.Equal(HttpStatusCode.OK, (await right.GetAsync("/api/v1/sectors", Stop)).StatusCode);
        Assert.False(server.Get<Wanwu.Connect.Mqtt.MqttDoor>().Hears(IPAddress.Loopback));
        Assert.True(server.Get<Wanwu.Connect.Mqtt.MqttDoor>().Hears(IPAddress.Parse("127.0.0.2")));
    }
}
