using System.Net;
using System.Text.Json.Nodes;
using Wanwu.Security.Access;
using Wanwu.Security.Audit;

namespace Wanwu.Tests.Security.Audit;

/// <summary>The trail through the front door: what is done at the API is on it, with who, what, before and after.</summary>
public sealed class AuditApiTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    [Fact]
    public async Task A_change_of_a_thing_is_recorded_with_every_field_before_and_after()
    {
        await wanwu.Administrator.OrganisationAsync("water");
        var made = await wanwu.Administrator.CreateAsync("/api/v1/things", """{"name":{"zh-Hant":"一號水表","en":"Meter 1"},"labels":{"floor":"3"}}""");
        var id = made.Text("id");
        await wanwu.Administrator.CallAsync(HttpMethod.Patch, $"/api/v1/things/{id}", """{"organisation":"water","labels":{"floor":"4"}}""");
        await wanwu.Administrator.CallAsync(HttpMethod.Post, $"/api/v1/things/{id}/credentials");
        await wanwu.Administrator.CallAsync(HttpMethod.Delete, $"/api/v1/things/{id}", expect: HttpStatusCode.NoContent);

        var records = await FindAsync($"object={id}");
        Assert.Equal(["thing.retire", "thing.credentials", "thing.change", "thing.create"], records.Select(record => record["event"]!.Text("action")));
        var change = records[2]!["event"]!;
        Assert.Equal("water", change["changes"]!["organisation"]!.Text("after"));
        Assert.Null(change["changes"]!["organisation"]!["before"]);
        Assert.Equal("""{"floor":"3"}""", change["changes"]!["labels"]!.Text("before"));
        Assert.Equal(("program", "test administrator", "api", "127.0.0.1"), (change["who"]!.Text("kind"), change["who"]!.Text("name"), change.Text("door"), change.Text("address")));
        Assert.NotNull(change["who"]!["id"]);
        Assert.NotNull(change["request"]);
        Assert.Equal("Meter 1", change["object"]!.Text("name"));
        Assert.Equal("•••", records[1]!["event"]!["changes"]!["secret"]!.Text("after"));
    }

    [Fact]
    public async Task Passwords_and_tokens_are_nowhere_in_the_files()
    {
        var thing = await wanwu.Administrator.CreateAsync("/api/v1/things", """{"name":"secretive"}""");
        var token = await wanwu.Administrator.CreateAsync("/api/v1/tokens", """{"name":"for the audit","role":"viewer"}""");
        await wanwu.Administrator.CallAsync(HttpMethod.Delete, $"/api/v1/tokens/{token.Text("id")}", expect: HttpStatusCode.NoContent);

        var records = await FindAsync($"object={token.Text("id")}");
        Assert.Equal(["token.revoke", "token.create"], records.Select(record => record["event"]!.Text("action")));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(wanwu.Server.Folder, AuditTrail.FolderName), "*.audit"))
        {
            var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            Assert.DoesNotContain(token.Text("token"), text, StringComparison.Ordinal);
            Assert.DoesNotContain(thing["credentials"]!.Text("password"), text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_refused_or_fails_is_recorded_with_its_reason()
    {
        using var viewer = await wanwu.Server.ClientAsync(Role.Viewer);
        await viewer.CallAsync(HttpMethod.Post, "/api/v1/things", """{"name":"no"}""", HttpStatusCode.Forbidden);
        await wanwu.Server.Anonymous().CallAsync(HttpMethod.Get, "/api/v1/audit", expect: HttpStatusCode.Unauthorized);
        await viewer.CallAsync(HttpMethod.Get, "/api/v1/audit", expect: HttpStatusCode.Forbidden);
        await wanwu.Administrator.CallAsync(HttpMethod.Post, "/api/v1/things", """{"name":7}""", HttpStatusCode.BadRequest);
        await wanwu.Administrator.CallAsync(HttpMethod.Post, "/api/v1/mqtt/clients/none/kick", expect: HttpStatusCode.NotFound);

        var refused = await FindAsync("result=refused");
        Assert.Contains(refused, record => record["event"]!.Text("action") == "thing.create" && record["event"]!["who"]!.Text("name") == "test viewer");
        Assert.Contains(refused, record => record["event"]!.Text("reason").Contains("401", StringComparison.Ordinal));
        Assert.Contains(refused, record => record["event"]!.Text("action") == "access.refuse" && record["event"]!["detail"]!.Text("path") == "/api/v1/audit");
        var failed = await FindAsync("result=failed");
        Assert.Contains(failed, record => record["event"]!.Text("action") == "mqtt.kick");
        Assert.Contains(failed, record => record["event"]!.Text("action") == "thing.create");
    }

    [Fact]
    public async Task The_trail_is_proved_exported_and_that_is_recorded_too()
    {
        var proof = (await wanwu.Administrator.CallAsync(HttpMethod.Post, "/api/v1/audit/verify"))!;
        Assert.True(proof["whole"]!.GetValue<bool>());
        Assert.Equal(proof["last"]!.GetValue<long>(), proof["signed"]!.GetValue<long>());

        using var csv = await wanwu.Administrator.SendAsync(HttpMethod.Get, "/api/v1/audit/export?action=server");
        var lines = (await csv.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split("\r\n");
        Assert.StartsWith("sequence,time,action", lines[0].TrimStart('\uFEFF'), StringComparison.Ordinal);
        Assert.Contains("server.start", lines[1], StringComparison.Ordinal);
        using var lined = await wanwu.Administrator.SendAsync(HttpMethod.Get, "/api/v1/audit/export?format=ndjson&action=server.start");
        var first = (await lined.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n')[0];
        Assert.Equal("server.start", JsonNode.Parse(first)!["event"]!.Text("action"));

        Assert.True((await FindAsync("action=audit.export")).Count >= 2);
        Assert.NotEmpty(await FindAsync("action=audit.verify"));
        Assert.NotEmpty(await FindAsync("action=server.start&who=server"));
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("result=maybe")]
    [InlineData("from=yesterday")]
    [InlineData("cursor=x")]
    [InlineData("unknown=1")]
    public async Task A_query_that_cannot_be_read_is_refused(string query) =>
        await wanwu.Administrator.CallAsync(HttpMethod.Get, $"/api/v1/audit?{query}", expect: HttpStatusCode.BadRequest);

    [Fact]
    public async Task An_auditor_reads_the_trail_and_changes_nothing()
    {
        using var auditor = await wanwu.Server.ClientAsync(Role.Auditor);
        Assert.NotEmpty((await auditor.ReadAsync("/api/v1/audit"))["items"]!.AsArray());
        await auditor.CallAsync(HttpMethod.Post, "/api/v1/things", """{"name":"no"}""", HttpStatusCode.Forbidden);
    }

    private async Task<IReadOnlyList<JsonNode>> FindAsync(string query)
    {
        // What nobody waited for is on disk once what comes behind it is.
        await wanwu.Server.Get<AuditTrail>().SignAsync();
        return [.. (await wanwu.Administrator.ReadAsync($"/api/v1/audit?limit=1000&{query}"))["items"]!.AsArray().Select(item => item!)];
    }
}
