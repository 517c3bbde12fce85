namespace Wanwu.Tests.Registry;

public sealed class ThingTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private readonly HttpClient _client = wanwu.Administrator;

    [Fact]
    public async Task A_thing_is_created_with_its_name_alone_and_its_credentials_are_shown_once()
    {
        var created = await _client.CreateAsync("/api/v1/things", """{"name":"boiler 7"}""");
        var id = created.Text("id");
        Assert.Equal("boiler 7", created.Text("name"));
        Assert.Equal("inService", created.Text("lifecycle"));
        Assert.Equal(id, created["credentials"]!.Text("username"));
        Assert.Equal(32, created["credentials"]!.Text("password").Length);

        var read = await _client.ReadAsync($"/api/v1/things/{id}");
        Assert.Null(read["credentials"]);
        Assert.Equal("Asia/Shanghai", read.Text("timeZone"));
    }
}
