using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace Wanwu.Tests.Registry;

public sealed class ThingListTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>, IAsyncLifetime
{
    private static readonly string[] Hostile =
    [
        "'", "\"", "'; DROP TABLE Things;--", "' OR '1'='1", "%", "_", "*", "\\", "\0", "\u0001", "${jndi:ldap://x}", "{{7*7}}", "../../etc/passwd",
        "<script>alert(1)</script>", "𠀀", "\uFFFD", "😀", "\u202E", "a\r\nX: y", new string('9', 199), "-1", "NaN", "null", "[]", "{}",
    ];

    private readonly HttpClient _client = wanwu.Administrator;

    /// <summary>250 things, made once for the class.</summary>
    public async ValueTask InitializeAsync()
    {
        if ((await _client.ReadAsync("/api/v1/things?count=true&limit=1"))["total"]!.GetValue<int>() > 0) return;
        await _client.OrganisationAsync("市政府");
        foreach (var office in new[] { "環保局", "水務局" }) await _client.OrganisationAsync(office, "市政府");
        var body = new JsonArray([.. Enumerable.Range(0, 250).Select(ThingOf)]);
        var answer = await _client.CallAsync(HttpMethod.Post, "/api/v1/things/batch", body.ToJsonString());
        Assert.Equal(250, answer!["created"]!.GetValue<int>());
    }

    public ValueTask DisposeAsync() => default;

    private static JsonObject ThingOf(int i) => new()
    {
        ["name"] = new JsonObject { ["zh-Hant"] = $"監測站 {i % 50:00}", ["zh-Hans"] = $"监测站 {i % 50:00}", ["en"] = $"Station {249 - i:000}" },
        ["organisation"] = i % 2 == 0 ? "環保局" : "水務局",
        ["region"] = (i % 3) switch { 0 => "110108", 1 => "110105", _ => "310101" },
        ["labels"] = new JsonObject { ["line"] = (i % 5).ToString(CultureInfo.InvariantCulture), ["odd"] = i % 2 == 1 ? "yes" : "no" },
        ["identifiers"] = new JsonArray(new JsonObject { ["scheme"] = "custom", ["value"] = $"DEV-{i:0000}" }),
        ["lifecycle"] = i % 10 == 0 ? "planned" : "inService",
    };

    [Theory]
    [InlineData("", 250)]
    [InlineData("&organisation=%E7%92%B0%E4%BF%9D%E5%B1%80", 125)]
    [InlineData("&organisation=%E5%B8%82%E6%94%BF%E5%BA%9C", 250)]
    [InlineData("&organisation=%E5%B8%82%E6%94%BF", 0)]
    [InlineData("&region=110108", 84)]
    [InlineData("&region=110100", 167)]
    [InlineData("&region=310000", 83)]
    [InlineData("&label=line=3", 50)]
    [InlineData("&label=line=3&label=odd=yes", 25)]
    [InlineData("&label=line", 250)]
    [InlineData("&lifecycle=planned", 25)]
    [InlineData("&lifecycle=planned&lifecycle=inService", 250)]
    [InlineData("&lifecycle=retired", 0)]
    [InlineData("&identifier=custom:DEV-0007", 1)]
    [InlineData("&identifier=DEV-0007", 1)]
    [InlineData("&q=dev-0007", 1)]
    [InlineData("&q=EV-000", 10)]
    [InlineData("&q=%E7%9B%91%E6%B5%8B", 250)]                 // 监测
    [InlineData("&q=%E6%B5%8B%E7%AB%99%20DEV-000", 10)]        // 测站 DEV-000
    [InlineData("&q=%E7%AB%99%20station%20dev-0007", 1)]       // three words, in two languages
    [InlineData("&q=%EF%BC%A4%EF%BC%A5%EF%BC%B6-0007", 1)]     // full-width letters
    [InlineData("&q=nothing", 0)]
    public async Task A_filter_takes_what_it_says(string filter, int expected)
    {
        var page = await _client.ReadAsync($"/api/v1/things?count=true&limit=3{filter}");
        Assert.Equal(expected, page["total"]!.GetValue<int>());
        Assert.Equal(Math.Min(3, expected), page["items"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("id")]
    [InlineData("-id")]
    [InlineData("name")]
    [InlineData("-name")]
    [InlineData("changed")]
    [InlineData("-changed")]
    public async Task Pages_show_every_thing_once_and_in_order(string sort)
    {
        var things = await AllAsync($"sort={sort}&limit=37");
        Assert.Equal(250, things.Select(thing => thing.Text("id")).Distinct().Count());
        Assert.Equal(250, things.Count);
        var keys = things.Select(thing => thing.Text(sort.TrimStart('-'))).ToList();
        if (sort.EndsWith("changed", StringComparison.Ordinal)) keys = [.. keys.Select(time => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).ToString("O"))];
        var sorted = keys.Order(StringComparer.OrdinalIgnoreCase).ToList();
        if (sort[0] == '-') sorted.Reverse();
        Assert.Equal(sorted, keys);
    }

    [Fact]
    public async Task A_page_goes_on_where_it_stood_though_its_last_thing_was_renamed()
    {
        var client = _client;
        var first = await client.ReadAsync("/api/v1/things?sort=name&limit=100");
        var last = first["items"]![99]!;
        await client.CallAsync(HttpMethod.Patch, $"/api/v1/things/{last.Text("id")}", """{"name":{"en":"Zzz"}}""");
        var second = await client.ReadAsync($"/api/v1/things?sort=name&limit=100&cursor={first.Text("next")}");
        var before = first["items"]!.AsArray().Select(thing => thing!.Text("id")).ToHashSet();
        Assert.DoesNotContain(second["items"]!.AsArray(), thing => before.Contains(thing!.Text("id")));
        await client.CallAsync(HttpMethod.Patch, $"/api/v1/things/{last.Text("id")}", $$"""{"name":{"en":"{{last["names"]!.Text("en")}}"} }""");
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=x", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("sort=colour", "sort")]
    [InlineData("cursor=abc", "cursor")]
    [InlineData("cursor=WyJJZCIsbnVsbCwiMSIsIngiXQ", "cursor")]
    [InlineData("lifecycle=broken", "lifecycle")]
    [InlineData("region=beijing", "region")]
    [InlineData("gateway=x", "gateway")]
    [InlineData("count=yes", "count")]
    [InlineData("colour=red", "colour")]
    public async Task A_query_that_cannot_be_meant_is_refused_by_name(string query, string member)
    {
        var problem = await _client.ReadAsync($"/api/v1/things?{query}", HttpStatusCode.BadRequest);
        Assert.NotNull(problem["errors"]![member]);
    }

    [Theory]
    [InlineData("q")]
    [InlineData("model")]
    [InlineData("organisation")]
    [InlineData("region")]
    [InlineData("gateway")]
    [InlineData("lifecycle")]
    [InlineData("label")]
    [InlineData("identifier")]
    [InlineData("sort")]
    [InlineData("cursor")]
    [InlineData("limit")]
    public async Task Hostile_text_in_a_filter_finds_nothing_or_is_refused(string parameter)
    {
        foreach (var text in Hostile)
        {
            using var answer = await _client.SendAsync(HttpMethod.Get, $"/api/v1/things?count=true&{parameter}={Uri.EscapeDataString(text)}");
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{parameter}={text}: {answer.StatusCode}");
        }
        Assert.Equal(250, (await _client.ReadAsync("/api/v1/things?count=true&limit=1"))["total"]!.GetValue<int>());
    }

    private async Task<List<JsonNode>> AllAsync(string query)
    {
        List<JsonNode> all = [];
        for (var cursor = ""; ;)
        {
            var page = await _client.ReadAsync($"/api/v1/things?{query}{cursor}");
            all.AddRange(page["items"]!.AsArray().Select(thing => thing!));
            if (page["next"] is not { } next) return all;
            cursor = $"&cursor={next.GetValue<string>()}";
        }
    }
}
