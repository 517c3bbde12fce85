using System.Net;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Telemetry.Sql;

/// <summary>Queries that are kept.</summary>
public sealed class SavedQueryTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private const string Path = "/api/v1/sql/queries";

    private static string Body(string name, bool shared = false, string sql = "SELECT $n") => $$$"""{"name":"{{{name}}}","sql":"{{{sql}}}","parameters":{"n":1},"zone":"Asia/Shanghai","shared":{{{(shared ? "true" : "false")}}}}""";

    private async Task<HttpClient> AnalystAsync(string name)
    {
        var token = await wanwu.Server.Get<AccessTokens>().CreateAsync(name, Role.Planner, null, TestContext.Current.CancellationToken);
        var client = wanwu.Server.Anonymous();
        client.DefaultRequestHeaders.Authorization = new("Bearer", token.Token);
        return client;
    }

    [Fact]
    public async Task A_query_is_its_owner_s_until_it_is_shared_and_only_the_owner_changes_it()
    {
        var (anna, ben) = (await AnalystAsync("anna"), await AnalystAsync("ben"));
        var kept = await anna.CreateAsync(Path, Body("mine"));
        var address = $"{Path}/{kept.Text("id")}";
        Assert.Equal(("mine", "SELECT $n", "Asia/Shanghai", "anna", true), (kept.Text("name"), kept.Text("sql"), kept.Text("zone"), kept.Text("owner"), kept["mine"]!.GetValue<bool>()));
        await ben.ReadAsync(address, HttpStatusCode.NotFound);
        await ben.CallAsync(HttpMethod.Delete, address, expect: HttpStatusCode.NotFound);
        Assert.Empty((await ben.ReadAsync(Path))["items"]!.AsArray());

        await anna.CallAsync(HttpMethod.Put, address, Body("ours", shared: true));
        var seen = await ben.ReadAsync(address);
        Assert.Equal(("ours", false, 2), (seen.Text("name"), seen["mine"]!.GetValue<bool>(), seen["revision"]!.GetValue<int>()));
        await ben.CallAsync(HttpMethod.Put, address, Body("his"), HttpStatusCode.Forbidden);
        await ben.CallAsync(HttpMethod.Delete, address, expect: HttpStatusCode.Forbidden);

        using var stale = await anna.SendAsync(HttpMethod.Put, address, Body("late"), headers: ("If-Match", "\"1\""));
        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.StatusCode);
        using var fresh = await anna.SendAsync(HttpMethod.Delete, address, headers: ("If-Match", "\"2\""));
        Assert.Equal(HttpStatusCode.NoContent, fresh.StatusCode);
        await anna.ReadAsync(address, HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("""{"sql":"SELECT 1"}""", "name")]
    [InlineData("""{"name":"x","sql":"DROP TABLE x"}""", "sql")]
    [InlineData("""{"name":"x","sql":"SELECT * FROM refused"}""", "sql")]
    [InlineData("""{"name":"x","sql":"SELECT 1","zone":"Nowhere"}""", "zone")]
    [InlineData("""{"name":"x","sql":"SELECT 1","parameters":[1]}""", "parameters")]
    [InlineData("""{"name":"x","sql":"SELECT 1","shared":1}""", "shared")]
    [InlineData("""{"name":"x","sql":"SELECT 1","more":1}""", "more")]
    public async Task What_cannot_run_is_not_kept(string body, string member) =>
        Assert.Equal([member], (await wanwu.Administrator.CreateAsync(Path, body, HttpStatusCode.BadRequest))["errors"]!.AsObject().Select(fault => fault.Key));

    [Fact]
    public async Task Who_may_not_ask_may_not_keep_queries() =>
        await (await wanwu.Server.ClientAsync(Role.Auditor)).CallAsync(HttpMethod.Post, Path, Body("x"), HttpStatusCode.Forbidden);
}
