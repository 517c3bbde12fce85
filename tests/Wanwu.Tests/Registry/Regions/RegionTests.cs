using System.Net;
using System.Text.Json.Nodes;
using Wanwu.Registry.Regions;
using Wanwu.Things;

namespace Wanwu.Tests.Registry.Regions;

/// <summary>The list of regions and of sectors, and what they are asked for.</summary>
public sealed class RegionTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private readonly HttpClient _api = wanwu.Administrator;

    private static string[] Codes(JsonNode list) => [.. list["items"]!.AsArray().Select(item => item!.Text("code"))];

    [Fact]
    public void Every_region_has_a_right_code_a_name_and_what_it_lies_in()
    {
        Assert.Equal(34, RegionTable.Children(null).Count());
        Assert.Equal(RegionTable.All.Count, RegionTable.All.Select(region => region.Code).Distinct().Count());
        Assert.All(RegionTable.All, region =>
        {
            Assert.True(IdentifierSchemes.Find("region")!.Check(region.Code).IsValid, region.Code);
            Assert.NotNull(region.Name.SimplifiedChinese);
            Assert.NotNull(region.Name.TraditionalChinese);
            Assert.Equal(region.Level == RegionLevel.Province, RegionTable.ParentOf(region.Code) is null);
            Assert.Equal(region, RegionTable.PathOf(region.Code)[^1]);
        });
        Assert.All(RegionTable.Children(null), province => Assert.NotNull(province.Name.English));
        // Whatever holds lies in what holds, and is found from the top.
        var found = new HashSet<string>();
        Walk(null);
        Assert.Equal(RegionTable.All.Where(region => region.Until is null).Select(region => region.Code).Order(), found.Order());

        void Walk(string? code)
        {
            foreach (var child in RegionTable.Children(code))
            {
                found.Add(child.Code);
                Walk(child.Code);
            }
        }
    }

    [Fact]
    public async Task Regions_are_listed_by_what_they_lie_in_found_by_words_and_told_with_their_path()
    {
        var counties = Codes(await _api.ReadAsync("/api/v1/regions?parent=110100"));
        Assert.Contains("110105", counties);
        // 崇文 was joined to 東城 in 2010.
        Assert.DoesNotContain("110103", counties);
        Assert.Contains("110103", Codes(await _api.ReadAsync("/api/v1/regions?parent=110100&ended=true")));
        Assert.Equal("110105", Codes(await _api.ReadAsync($"/api/v1/regions?q={Uri.EscapeDataString("北京 朝陽")}"))[0]);
        Assert.Equal("440000", Codes(await _api.ReadAsync("/api/v1/regions?q=guangdong"))[0]);
        Assert.Equal("650000", Codes(await _api.ReadAsync("/api/v1/regions?q=65&limit=1"))[0]);
        var detail = await _api.ReadAsync("/api/v1/regions/110105");
        Assert.Equal(["110000", "110100", "110105"], detail["path"]!.AsArray().Select(region => region!.Text("code")));
        Assert.Equal(("county", "110100", "Asia/Shanghai"), (detail["region"]!.Text("level"), detail["region"]!.Text("parent"), detail.Text("timeZone")));
        // A city that stands directly below its province by way of a group of its own.
        Assert.Equal(["410000", "419000", "419001"], (await _api.ReadAsync("/api/v1/regions/419001"))["path"]!.AsArray().Select(region => region!.Text("code")));
        Assert.Equal("2009-12", (await _api.ReadAsync("/api/v1/regions/110103"))["region"]!.Text("until"));
        await _api.CallAsync(HttpMethod.Get, "/api/v1/regions/119999", expect: HttpStatusCode.NotFound);
        await _api.CallAsync(HttpMethod.Get, "/api/v1/regions?parent=119999", expect: HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_list_of_regions_comes_in_pages_of_which_none_is_lost()
    {
        List<string> seen = [];
        for (var cursor = ""; ;)
        {
            var page = await _api.ReadAsync($"/api/v1/regions?parent=440000&limit=8{cursor}");
            seen.AddRange(Codes(page));
            if (page["next"] is null) break;
            cursor = $"&cursor={page.Text("next")}";
        }
        Assert.Equal(RegionTable.Children("440000").Select(region => region.Code), seen);
    }

    [Theory]
    [InlineData("110105", null)]
    [InlineData("110103", "has ended")]
    [InlineData("110199", "is not in the list")]
    public async Task A_region_that_ended_or_is_not_known_is_taken_with_a_warning(string region, string? warning)
    {
        var made = await _api.CreateAsync("/api/v1/things", $$"""{"name":"gauge","region":"{{region}}"}""");
        var told = made["warnings"]?.AsArray().Select(one => one!.GetValue<string>()).ToList();
        if (warning is null) Assert.Null(told);
        else Assert.Contains(warning, Assert.Single(told!), StringComparison.Ordinal);
        Assert.Equal(region, (await _api.ReadAsync($"/api/v1/things/{made.Text("id")}")).Text("region"));
        Assert.Null((await _api.ReadAsync($"/api/v1/things/{made.Text("id")}"))["warnings"]);
    }

    [Fact]
    public async Task A_thing_has_the_sector_of_its_model_and_is_found_by_it()
    {
        static string Model(string sector) =>
            $$$"""{"@context":["https://www.w3.org/2022/wot/td/v1.1",{"wanwu":"urn:wanwu:td#"}],"@type":"tm:ThingModel","title":"hydrant","wanwu:sector":"{{{sector}}}","properties":{"p":{"type":"number"} } }""";
        var refused = await _api.CallAsync(HttpMethod.Put, "/api/v1/models/hydrant", Model("plumbing"), HttpStatusCode.BadRequest);
        Assert.Contains("public-safety", refused!["errors"]!["/wanwu:sector"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        await _api.CallAsync(HttpMethod.Put, "/api/v1/models/hydrant", Model("fire"), HttpStatusCode.Created);
        var thing = await _api.CreateAsync("/api/v1/things", """{"name":"hydrant 7","model":"hydrant"}""");
        Assert.Equal("fire", thing.Text("sector"));
        Assert.Equal([thing.Text("id")], (await _api.ReadAsync("/api/v1/things?sector=fire"))["items"]!.AsArray().Select(item => item!.Text("id")));
        Assert.Empty((await _api.ReadAsync("/api/v1/things?sector=health"))["items"]!.AsArray());
        Assert.Contains("fire", (await _api.ReadAsync("/api/v1/sectors"))["items"]!.AsArray().Select(item => item!.Text("id")));
        await _api.CreateAsync("/api/v1/organisations", """{"name":"plumbers","sector":"plumbing"}""", HttpStatusCode.BadRequest);
    }
}
