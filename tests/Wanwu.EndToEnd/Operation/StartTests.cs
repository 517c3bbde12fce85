using System.Text.Json;

namespace Wanwu.EndToEnd.Operation;

/// <summary>How the program starts, refuses to start, and ends: what scripts rely on.</summary>
public sealed class StartTests
{
    private static Task<ToolResult> WanwuAsync(params string[] arguments) => Tool.RunAsync("dotnet", [Repository.ServerDll, .. arguments], TimeSpan.FromSeconds(60));

    [Fact]
    public async Task Settings_that_cannot_be_used_end_it_with_3_and_are_told_all_at_once()
    {
        using var data = new TemporaryFolder();
        var refused = await WanwuAsync("serve", $"--Data:Path={data.Path}", "--Connect:Mqtt:Port=nine", "--Http:MaxBodyBytes=1", "--Connect:Mqtt:Prot=1883");
        Assert.Equal(3, refused.ExitCode);
        foreach (var name in (string[])["Connect:Mqtt:Port = 'nine'", "Http:MaxBodyBytes = '1'", "Connect:Mqtt:Prot = '1883'"]) Assert.Contains(name, refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(data.File("registry.db")));
    }

    [Theory]
    [InlineData("--Connect:Mqtt:Transport=Kestrel")]
    [InlineData("--Connect:Mqtt:Transport=Linux")]
    public async Task A_taken_port_ends_it_with_4_and_a_taken_folder_with_5(string transport)
    {
        using var data = new TemporaryFolder();
        using var other = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(data.Path);
        var taken = await WanwuAsync("serve", $"--Data:Path={other.Path}", "--urls=http://127.0.0.1:0", $"--Connect:Mqtt:Port={server.MqttPort}", transport);
        Assert.Equal(4, taken.ExitCode);
        Assert.Contains(server.MqttPort.ToString(System.Globalization.CultureInfo.InvariantCulture), taken.Error, StringComparison.Ordinal);

        var inUse = await WanwuAsync("serve", $"--Data:Path={data.Path}", "--urls=http://127.0.0.1:0", "--Connect:Mqtt:Port=0", transport);
        Assert.Equal(5, inUse.ExitCode);
        Assert.Contains(data.Path, inUse.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_commands_and_roles_end_it_with_2()
    {
        using var data = new TemporaryFolder();
        Assert.Equal(2, (await WanwuAsync("fly")).ExitCode);
        Assert.Equal(2, (await WanwuAsync("token", "create", "--name", "n", "--role", "king", $"--Data:Path={data.Path}")).ExitCode);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("demo")]
    [InlineData("token create")]
    [InlineData("thing add")]
    [InlineData("replay")]
    [InlineData("backup")]
    [InlineData("restore")]
    [InlineData("check")]
    public async Task Every_command_explains_itself(string command)
    {
        var help = (await WanwuAsync([.. command.Split(' '), "--help"])).Succeeded();
        Assert.Contains("Usage:", help.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thing_and_a_token_made_without_a_server_are_good_once_it_runs()
    {
        using var data = new TemporaryFolder();
        var added = (await WanwuAsync("thing", "add", "鍋爐 7", "--identifier", "eui64:0024BEFFFE804FF1", "--place", "39.98,116.4", "--json", $"--Data:Path={data.Path}")).Succeeded();
        var credentials = JsonDocument.Parse(added.Output).RootElement.GetProperty("credentials");
        var token = await ServerProcess.CreateTokenAsync(data.Path);
        await using var server = await ServerProcess.StartAsync(data.Path);
        using var api = new Api(server, token);
        var thing = await api.GetAsync($"/api/v1/things/{credentials.GetProperty("username").GetString()}");
        Assert.Equal("鍋爐 7", thing.GetProperty("name").GetString());

        var refused = await WanwuAsync("thing", "add", "x", "--identifier", "gtin:09506000134353", $"--Data:Path={data.Path}");
        Assert.Equal(7, refused.ExitCode);
        Assert.Contains("identifiers", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_start_offers_a_link_that_makes_the_first_administrator()
    {
        using var data = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(data.Path);
        Assert.Matches(@"/setup\?code=[A-Za-z0-9_-]{22}", server.Said);
        using var http = new HttpClient { BaseAddress = server.Url };
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await http.GetAsync("/api/v1/things", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Contains("ready", await http.GetStringAsync("/health/ready", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
