using System.Net;
using System.Text.Json.Nodes;
using Wanwu.Security.Access;
using Wanwu.Tests.Security.Classes;

namespace Wanwu.Tests.Telemetry.Erasure;

/// <summary>Who may have what erased, and why not.</summary>
public sealed class ErasureApiTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private const string Path = "/api/v1/personal-data/erasures";

    private static Task<JsonNode?> OrderAsync(HttpClient client, string body, HttpStatusCode expect) => client.CallAsync(HttpMethod.Post, Path, body, expect);

    [Fact]
    public async Task Whoever_does_not_see_it_in_clear_or_does_not_say_why_is_refused()
    {
        var thing = await Classified.MakeAsync(wanwu);
        var (steward, _) = await Classified.ProgramAsync(wanwu.Server, Role.Steward, Classified.Everything);
        var (blind, _) = await Classified.ProgramAsync(wanwu.Server, Role.Steward, GrantSight.Usual);
        var (viewer, _) = await Classified.ProgramAsync(wanwu.Server, Role.Viewer, Classified.Everything);
        var of = $"\"thing\":\"{thing.Id}\"";
        Assert.Contains("in clear", (await OrderAsync(blind, $$"""{{{of}},"reason":"asked for"}""", HttpStatusCode.Forbidden))!.Text("detail"), StringComparison.Ordinal);
        await OrderAsync(viewer, $$"""{{{of}},"reason":"asked for"}""", HttpStatusCode.Forbidden);
        await OrderAsync(steward, $$"""{{{of}}}""", HttpStatusCode.BadRequest);
        await OrderAsync(steward, $$"""{{{of}},"value":"{{thing.Name}}","reason":"{{thing.Name}} asked for it"}""", HttpStatusCode.BadRequest);
        await OrderAsync(steward, """{"reason":"all of it"}""", HttpStatusCode.BadRequest);
        await OrderAsync(steward, $$"""{{{of}},"propertys":"all","reason":"asked for"}""", HttpStatusCode.BadRequest);
        Assert.DoesNotContain((await steward.ReadAsync(Path))["items"]!.AsArray(), order => order!.Text("reason") == "asked for");
    }

    [Fact]
    public async Task A_legal_hold_refuses_and_says_which()
    {
        var thing = await Classified.MakeAsync(wanwu);
        var (steward, _) = await Classified.ProgramAsync(wanwu.Server, Role.Steward, Classified.Everything);
        var hold = await wanwu.Administrator.CreateAsync("/api/v1/retention/holds", $$"""{"reason":"case 4711","things":["{{thing.Id}}"]}""");
        var body = $$"""{"thing":"{{thing.Id}}","reason":"asked for"}""";
        var refused = (await OrderAsync(steward, body, HttpStatusCode.Conflict))!.Text("detail");
        Assert.Contains("case 4711", refused, StringComparison.Ordinal);
        Assert.Contains(hold.Text("id"), refused, StringComparison.Ordinal);
    }
}
