using System.Globalization;
using System.Net.Http.Headers;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Tests.Security.Classes;

/// <summary>A thing with a property of every class and mask, whose values occur nowhere else.</summary>
internal sealed class Classified
{
    private const string ModelJson = """
        {"@context":["https://www.w3.org/2022/wot/td/v1.1",{"wanwu":"urn:wanwu:td#"}],"@type":"tm:ThingModel","title":"Classified","properties":{
        "plain":{"type":"number"},
        "flow":{"type":"number","wanwu:dataClass":"important","wanwu:range":{"maximum":1}},
        "word":{"type":"string","wanwu:dataClass":"core"},
        "place":{"type":"object","properties":{"lat":{"type":"number"},"lon":{"type":"number"}},"wanwu:sensitive":true,"wanwu:mask":{"decimals":1}},
        "name":{"type":"string","wanwu:personal":true,"wanwu:mask":"partial"},
        "card":{"type":"string","wanwu:personal":true,"wanwu:mask":"hash"},
        "slow":{"type":"number","wanwu:dataClass":"important","wanwu:mask":{"decimals":-1,"seconds":3600}}}}
        """;
    public static readonly GrantSight Everything = new(DataClass.Core, "To test", "consent");
    private static int _next = 1_000;

    private Classified(string id, int number) => (Id, Number) = (id, number);

    public string Id { get; }
    private int Number { get; }

    public static readonly string[] Properties = ["plain", "flow", "word", "place", "name", "card", "slow"];

    /// <summary>Texts that must not come out: of numbers the digits, of points each half.</summary>
    public string[] Hidden => [Flow, Word, $"0{Number}7", Name, Card, Slow];
    public string Flow => $"4242{Number}.5";
    public string Word => $"canary-word-{Number}-end";
    public string Name => $"Li-canary-name-{Number}-end";
    public string Card => $"canary-card-{Number}-end";
    public string Slow => $"8181{Number}";
    public string Place => $$"""{"lat":31.10{{Number}}7,"lon":121.40{{Number}}7}""";

    public string Report(string? time = null) =>
        (time is null ? "{" : $"{{\"t\":\"{time}\",") + $"\"values\":{{\"plain\":7,\"flow\":{Flow},\"word\":\"{Word}\",\"place\":{Place},\"name\":\"{Name}\",\"card\":\"{Card}\",\"slow\":{Slow}}}}}";

    public static async Task<Classified> MakeAsync(WanwuFixture wanwu)
    {
        using (var put = await wanwu.Administrator.SendAsync(HttpMethod.Put, "/api/v1/models/classified", ModelJson, "application/tm+json"))
            Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var number = Interlocked.Increment(ref _next);
        var thing = await wanwu.Administrator.CreateAsync("/api/v1/things", $$"""{"name":"classified {{number.ToString(CultureInfo.InvariantCulture)}}","model":"classified"}""");
        var made = new Classified(thing.Text("id"), number);
        await made.ReportAsync(wanwu.Administrator);
        return made;
    }

    public async Task ReportAsync(HttpClient client, string? time = null)
    {
        using var answer = await client.SendAsync(HttpMethod.Post, $"/api/v1/things/{Id}/report", Report(time));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A program with the role over everything that sees so much in clear.</summary>
    public static async Task<(HttpClient Client, string Token)> ProgramAsync(WanwuServer server, string role, GrantSight sight)
    {
        var stop = TestContext.Current.CancellationToken;
        var token = await server.Get<AccessTokens>().CreateAsync($"{role} {Guid.NewGuid():N}", role, null, stop);
        await server.Get<GrantChanges>().GrantAsync(new GrantOrder(GrantSubject.Program(token.Id), role, GrantScope.Everything, "test") { Sight = sight }, stop);
        var client = server.Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
        return (client, token.Token);
    }
}
