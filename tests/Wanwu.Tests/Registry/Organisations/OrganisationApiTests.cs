using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Registry.Organisations;

/// <summary>Organisations through the API: made, moved, renamed and taken away, and what hangs on them.</summary>
public sealed class OrganisationApiTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private const string Organisations = "/api/v1/organisations";
    private readonly HttpClient _api = wanwu.Administrator;

    private static string[] Ids(JsonNode list) => [.. list["items"]!.AsArray().Select(item => item!.Text("id"))];

    /// <summary>A root of its own for each test: top with a and b, a with a1.</summary>
    private async Task<string> TreeAsync(string root)
    {
        foreach (var (id, parent) in new[] { (root, null), ($"{root}-a", root), ($"{root}-b", root), ($"{root}-a1", $"{root}-a") }) await _api.OrganisationAsync(id, parent);
        return root;
    }

    [Fact]
    public async Task An_organisation_does_not_leave_a_legal_hold_by_being_moved()
    {
        foreach (var (id, parent) in new[] { ("held", null), ("held-part", "held"), ("held-deep", "held-part"), ("free", null) }) await _api.OrganisationAsync(id, parent);
        var hold = await _api.CreateAsync("/api/v1/retention/holds", """{"reason":"court","organisations":["held"]}""");
        foreach (var to in (string[])["null", "\"free\""])
        {
            var fault = await _api.CallAsync(HttpMethod.Patch, $"{Organisations}/held-part", $$"""{"parent":{{to}}}""", HttpStatusCode.BadRequest);
            Assert.Contains(hold.Text("id"), fault!["errors"]!["parent"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        }
        await _api.CallAsync(HttpMethod.Patch, $"{Organisations}/held-deep", """{"parent":"held"}""");
        await _api.CallAsync(HttpMethod.Patch, $"{Organisations}/held", """{"parent":"free"}""");
        await _api.CreateAsync("/api/v1/retention/holds", """{"reason":"court","organisations":["held-part"]}""");
        await _api.CallAsync(HttpMethod.Patch, $"{Organisations}/held-part", """{"parent":"free"}""");
    }

    [Fact]
    public async Task What_is_said_of_an_organisation_reads_back_and_is_listed_in_the_order_of_the_tree()
    {
        var made = await _api.CreateAsync(Organisations, """
            {"id":"read","name":{"zh-Hant":"水務局","zh-Hans":"水务局","en":"Water bureau"},"uscc":"91110000802100433b","sector":"water"}
            """);
        Assert.Equal(("read", "91110000802100433B", "water", 0), (made.Text("id"), made.Text("uscc"), made.Text("sector"), made["depth"]!.GetValue<int>()));
        var below = await _api.CreateAsync(Organisations, """{"name":"東區","parent":"read"}""");
        Assert.Equal(("東區", "read", 1), (below.Text("id"), below.Text("parent"), below["depth"]!.GetValue<int>()));
        var detail = await _api.ReadAsync($"{Organisations}/{Uri.EscapeDataString("東區")}");
        Assert.Equal(["read"], detail["path"]!.AsArray().Select(step => step!.Text("id")));
        Assert.Equal("水务局", detail["path"]![0] is { } step && step.Text("id") == "read" ? (await _api.ReadAsync($"{Organisations}/read"))["organisation"]!["names"]!.Text("zh-Hans") : "");
        Assert.Equal(["read", "東區"], Ids(await _api.ReadAsync($"{Organisations}?within=read")));
        Assert.Equal(["東區"], Ids(await _api.ReadAsync($"{Organisations}?parent=read")));
        Assert.Contains("read", Ids(await _api.ReadAsync($"{Organisations}?parent=&limit=1000")));
        Assert.DoesNotContain("東區", Ids(await _api.ReadAsync($"{Organisations}?parent=&limit=1000")));
        Assert.Equal(["read"], Ids(await _api.ReadAsync($"{Organisations}?q=WATER%20bureau")));
        Assert.Equal(["read"], Ids(await _api.ReadAsync($"{Organisations}?q=802100433")));
    }

    [Fact]
    public async Task A_list_comes_in_pages_of_which_none_is_lost()
    {
        var root = await TreeAsync("paged");
        List<string> seen = [];
        for (var cursor = ""; ;)
        {
            var page = await _api.ReadAsync($"{Organisations}?within={root}&limit=1{cursor}");
            seen.AddRange(Ids(page));
            if (page["next"] is null) break;
            cursor = $"&cursor={page.Text("next")}";
        }
        Assert.Equal([root, $"{root}-a", $"{root}-a1", $"{root}-b"], seen);
        await _api.CallAsync(HttpMethod.Get, $"{Organisations}?cursor=%21", expect: HttpStatusCode.BadRequest);
        await _api.CallAsync(HttpMethod.Get, $"{Organisations}?limit=0", expect: HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Moving_a_branch_moves_what_hangs_on_it()
    {
        var root = await TreeAsync("moved");
        var thing = (await _api.CreateAsync("/api/v1/things", $$"""{"name":"pump","organisation":"{{root}}-a1"}""")).Text("id");
        Assert.Equal([thing], Ids(await _api.ReadAsync($"/api/v1/things?organisation={root}-a")));
        Assert.Empty(Ids(await _api.ReadAsync($"/api/v1/things?organisation={root}-b")));
        await _api.CallAsync(HttpMethod.Patch, $"{Organisations}/{root}-a", $$"""{"parent":"{{root}}-b"}""");
        Assert.Equal([thing], Ids(await _api.ReadAsync($"/api/v1/things?organisation={root}-b")));
        var detail = await _api.ReadAsync($"{Organisations}/{root}-b");
        Assert.Equal((2, 0, 1), (detail["organisation"]!["below"]!.GetValue<int>(), detail["things"]!.GetValue<int>(), detail["thingsWithin"]!.GetValue<int>()));
        await _api.CallAsync(HttpMethod.Patch, $"{Organisations}/{root}-a", """{"parent":null}""");
        Assert.Empty(Ids(await _api.ReadAsync($"/api/v1/things?organisation={root}")));
    }

    [Fact]
    public async Task An_organisation_cannot_come_to_lie_within_itself()
    {
        var root = await TreeAsync("circle");
        foreach (var parent in new[] { root, $"{root}-a", $"{root}-a1" })
        {
            var refused = await _api.CallAsync(HttpMethod.Patch, $"{Organisations}/{root}", $$"""{"parent":"{{parent}}"}""", HttpStatusCode.BadRequest);
            Assert.Contains("cannot come to lie within itself", refused!["errors"]!["parent"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        }
        var unknown = await _api.CallAsync(HttpMethod.Patch, $"{Organisations}/{root}", """{"parent":"nowhere"}""", HttpStatusCode.BadRequest);
        Assert.Contains("There is no organisation 'nowhere'", unknown!["errors"]!["parent"]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_something_hangs_on_stays()
    {
        var root = await TreeAsync("gone");
        var thing = (await _api.CreateAsync("/api/v1/things", $$"""{"name":"pump","organisation":"{{root}}-b"}""")).Text("id");
        await _api.CreateAsync("/api/v1/retention/holds", $$"""{"reason":"case 7","organisations":["{{root}}-a1"]}""");
        foreach (var (id, told) in new[] { (root, "Organisations below it: 2"), ($"{root}-b", "Things of it, retired ones included: 1"), ($"{root}-a1", "legal hold") })
        {
            var refused = await _api.CallAsync(HttpMethod.Delete, $"{Organisations}/{id}", expect: HttpStatusCode.Conflict);
            Assert.Contains(told, refused!["errors"]![""]![0]!.GetValue<string>(), StringComparison.Ordinal);
        }
        await _api.CallAsync(HttpMethod.Patch, $"/api/v1/things/{thing}", """{"organisation":null}""");
        await _api.CallAsync(HttpMethod.Delete, $"{Organisations}/{root}-b", expect: HttpStatusCode.NoContent);
        await _api.CallAsync(HttpMethod.Get, $"{Organisations}/{root}-b", expect: HttpStatusCode.NotFound);
        await _api.CallAsync(HttpMethod.Delete, $"{Organisations}/{root}-b", expect: HttpStatusCode.NotFound);
        var again = await _api.CreateAsync(Organisations, $$"""{"id":"{{root}}-b","name":"again"}""");
        Assert.Equal(("again", 0), (again.Text("name"), again["depth"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_thing_is_of_an_organisation_that_exists()
    {
        var refused = await _api.CreateAsync("/api/v1/things", """{"name":"pump","organisation":"not made"}""", HttpStatusCode.BadRequest);
        Assert.Contains("POST /api/v1/organisations", refused["errors"]!["organisation"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        await _api.CallAsync(HttpMethod.Put, "/api/v1/retention/policies/of-nobody", """{"organisation":"not made","coldFor":"P1Y"}""", HttpStatusCode.BadRequest);
        await _api.CreateAsync("/api/v1/retention/holds", """{"reason":"case 8","organisations":["not made"]}""", HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("""{"name":"x","uscc":"91110000802100433A"}""", "uscc")]
    [InlineData("""{"name":"x","parent":"nowhere"}""", "parent")]
    [InlineData("""{"id":"x"}""", "name")]
    [InlineData("""{"id":"..","name":"x"}""", "id")]
    [InlineData("""{"id":"a\nb","name":"x"}""", "id")]
    [InlineData("""{"name":{"fr":"eau"}}""", "name.fr")]
    [InlineData("""{"name":"x","colour":"red"}""", "colour")]
    public async Task What_breaks_a_rule_is_refused_by_member(string body, string member)
    {
        var refused = await _api.CreateAsync(Organisations, body, HttpStatusCode.BadRequest);
        Assert.NotNull(refused["errors"]![member]);
    }

    [Fact]
    public async Task Neither_an_id_nor_a_credit_code_is_given_twice()
    {
        await _api.CreateAsync(Organisations, """{"id":"first","name":"first","uscc":"91350100M000100Y43"}""");
        await _api.CreateAsync(Organisations, """{"id":"first","name":"second"}""", HttpStatusCode.Conflict);
        var refused = await _api.CreateAsync(Organisations, """{"id":"second","name":"second","uscc":"91350100M000100Y43"}""", HttpStatusCode.Conflict);
        Assert.Contains("'first'", refused["errors"]!["uscc"]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_revision_that_was_read_is_changed_and_an_id_may_have_a_stroke()
    {
        await _api.CreateAsync(Organisations, """{"id":"city/rail","name":"rail"}""");
        var path = $"{Organisations}/city%2Frail";
        using var read = await _api.SendAsync(HttpMethod.Get, path);
        var tag = read.Headers.ETag!.Tag;
        using var mine = await _api.SendAsync(HttpMethod.Patch, path, """{"name":{"en":"Railway"}}""", headers: ("If-Match", tag));
        Assert.Equal((HttpStatusCode.OK, "\"2\""), (mine.StatusCode, mine.Headers.ETag!.Tag));
        using var theirs = await _api.SendAsync(HttpMethod.Delete, path, headers: ("If-Match", tag));
        Assert.Equal(HttpStatusCode.PreconditionFailed, theirs.StatusCode);
        using var unchanged = await _api.SendAsync(HttpMethod.Get, path, headers: ("If-None-Match", "\"2\""));
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Fact]
    public async Task A_move_is_on_the_audit_trail_with_what_was_before_and_after()
    {
        var root = await TreeAsync("audited");
        await _api.CallAsync(HttpMethod.Patch, $"{Organisations}/{root}-a1", $$"""{"parent":"{{root}}-b"}""");
        var records = (await _api.ReadAsync($"/api/v1/audit?object={root}-a1"))["items"]!.AsArray().Select(item => item!["event"]!).ToList();
        var move = Assert.Single(records, record => record.Text("action") == "organisation.move");
        Assert.Equal(($"{root}-a", $"{root}-b"), (move["changes"]!["parentId"]!.Text("before"), move["changes"]!["parentId"]!.Text("after")));
        Assert.Single(records, record => record.Text("action") == "organisation.create");
    }

    [Fact]
    public async Task Whoever_does_not_administer_reads_and_changes_nothing()
    {
        var viewer = await wanwu.Server.ClientAsync(Role.Viewer);
        await viewer.ReadAsync(Organisations);
        await viewer.CreateAsync(Organisations, """{"name":"mine"}""", HttpStatusCode.Forbidden);
        await viewer.CallAsync(HttpMethod.Delete, $"{Organisations}/any", expect: HttpStatusCode.Forbidden);
    }
}
