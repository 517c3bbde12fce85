using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using OpenIddict.Server;
using Wanwu.Security.Access;
using Wanwu.Security.Access.OAuth;

namespace Wanwu.Tests.Security.Programs;

/// <summary>The keys behind programs' tokens: made, sealed, renewed, and kept as long as they are needed.</summary>
public sealed class OAuthKeyTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(60));
    private WanwuServer _server = null!;
    private HttpClient _administrator = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WanwuServer.StartAsync(clock: _clock);
        _administrator = await _server.ClientAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Renewed_keys_sign_and_the_old_ones_still_read_until_nothing_of_theirs_can_hold()
    {
        using var program = await OAuthClient.RegisterAsync(_server, _administrator, """["viewer"]""", """["viewer"]""");
        using var person = await SignedIn.AsAsync(_server, Role.Viewer);
        var tokens = await program.RedeemAsync(await program.CodeAsync(person, "read-things offline_access"));
        var first = Assert.Single(Files());
        _clock.AdjustTime(_clock.GetUtcNow() + TimeSpan.FromDays(20));
        _server.Get<OAuthKeys>().Renew();
        Assert.Equal([first], Files());

        _clock.AdjustTime(_clock.GetUtcNow() + TimeSpan.FromDays(71) - TimeSpan.FromDays(20));
        using var late = await SignedIn.AsAsync(_server, Role.Viewer);
        var before = await program.RedeemAsync(await program.CodeAsync(late, "read-things offline_access"));
        _clock.AdjustTime(_clock.GetUtcNow() + TimeSpan.FromDays(20));
        _server.Get<OAuthKeys>().Renew();
        Assert.Equal(2, Files().Count());
        var key = _server.Get<IOptionsMonitor<OpenIddictServerOptions>>().CurrentValue.SigningCredentials[0].Key.KeyId;
        Assert.Equal($"{Path.GetFileNameWithoutExtension(Files().Max())}-s", key);
        var next = await program.RefreshAsync(before.Text("refresh_token"));
        using var client = program.Bearing(next);
        Assert.Equal(late.Name, (await client.ReadAsync("/api/v1/me")).Text("name"));
        await program.RefreshAsync(tokens.Text("refresh_token"), System.Net.HttpStatusCode.BadRequest);

        _clock.AdjustTime(_clock.GetUtcNow() + TimeSpan.FromDays(32));
        _server.Get<OAuthKeys>().Renew();
        Assert.DoesNotContain(first, Files());
    }

    [Fact]
    public async Task Keys_lie_sealed_for_their_owner_alone_and_outlive_a_restart()
    {
        using var program = await OAuthClient.RegisterAsync(_server, _administrator, """["viewer"]""", """["viewer"]""");
        var tokens = await program.OwnAsync();
        var file = Assert.Single(Files());
        var bytes = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("Signing", bytes, StringComparison.OrdinalIgnoreCase);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal("program", (await BearingAsync(program, tokens)).Text("kind"));
    }

    [Fact]
    public async Task An_access_token_ends_with_its_time_and_a_code_with_its_two_minutes()
    {
        using var program = await OAuthClient.RegisterAsync(_server, _administrator, """["viewer"]""", """["viewer"]""");
        using var person = await SignedIn.AsAsync(_server, Role.Viewer);
        var tokens = await program.OwnAsync();
        using var client = program.Bearing(tokens);
        _clock.Advance(TimeSpan.FromMinutes(29));
        await client.CallAsync(HttpMethod.Get, "/api/v1/me");
        var code = await program.CodeAsync(person, "read-things");
        _clock.Advance(TimeSpan.FromMinutes(3));
        await client.CallAsync(HttpMethod.Get, "/api/v1/me", expect: System.Net.HttpStatusCode.Unauthorized);
        await program.RedeemAsync(code, System.Net.HttpStatusCode.BadRequest);
    }

    private IEnumerable<string> Files() => Directory.EnumerateFiles(Path.Combine(_server.Folder, "oauth-keys"), "*.key");

    private static async Task<System.Text.Json.Nodes.JsonNode> BearingAsync(OAuthClient program, System.Text.Json.Nodes.JsonNode tokens)
    {
        using var client = program.Bearing(tokens);
        return await client.ReadAsync("/api/v1/me");
    }
}
