using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Wanwu.Hosting;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Tests.Registry;

/// <summary>A command works on the same registry while the server runs.</summary>
public sealed class TwoProcessesTests : IAsyncLifetime
{
    private WanwuServer _server = null!;
    private ServiceProvider _command = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await WanwuServer.StartAsync();
        _command = Composition.CreateBuilder([$"--Data:Path={_server.Folder}"]).Services.BuildServiceProvider();
        await _command.GetRequiredService<RegistryDatabase>().PrepareAsync(_command.GetRequiredService<IDbContextFactory<RegistryDb>>(), Stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _command.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_thing_and_a_token_made_by_a_command_are_good_at_once()
    {
        var thing = await _command.GetRequiredService<ThingChanges>().CreateAsync(ThingDraft.Named(LocalizedText.Of("made beside")), Stop);
        Assert.Equal(ThingOutcome.Done, thing.Outcome);
        var caller = await _server.Get<SignIn>().VerifyAsync(thing.Id.ToString(), Encoding.ASCII.GetBytes(thing.Password!), Stop);
        Assert.Equal(thing.Id, caller?.Thing);

        var token = await _command.GetRequiredService<AccessTokens>().CreateAsync("beside", Role.Viewer, null, Stop);
        Assert.NotNull(await _server.Get<AccessTokens>().VerifyAsync(token.Token, Stop));
    }

    [Fact]
    public async Task What_a_command_changes_and_revokes_the_server_sees_within_a_second()
    {
        var changes = _command.GetRequiredService<ThingChanges>();
        var tokens = _command.GetRequiredService<AccessTokens>();
        var thing = await changes.CreateAsync(ThingDraft.Named(LocalizedText.Of("before")), Stop);
        var token = await tokens.CreateAsync("revoked beside", Role.Viewer, null, Stop);
        Assert.NotNull(await _server.Get<AccessTokens>().VerifyAsync(token.Token, Stop));
        var directory = _server.Get<ThingDirectory>();
        await _server.Get<RegistryFeed>().LookAsync(Stop);

        var seen = new TaskCompletionSource();
        directory.Changed += id =>
        {
            if (id == thing.Id) seen.TrySetResult();
        };
        await tokens.RevokeAsync(token.Id, Stop);
        await changes.ChangeAsync(thing.Id, ThingDraft.Named(LocalizedText.Of("after")), null, Stop);
        await seen.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        Assert.Equal("after", directory.Find(thing.Id)!.Name.For("en"));
        Assert.Null(await _server.Get<AccessTokens>().VerifyAsync(token.Token, Stop));
    }

    [Fact]
    public async Task Both_may_write_at_the_same_time()
    {
        var (here, there) = (_server.Get<ThingChanges>(), _command.GetRequiredService<ThingChanges>());
        var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() =>
            (i % 2 == 0 ? here : there).CreateAsync(ThingDraft.Named(LocalizedText.Of($"n{i}")), Stop), Stop)));
        Assert.All(results, result => Assert.Equal(ThingOutcome.Done, result.Outcome));
        await _server.Get<RegistryFeed>().LookAsync(Stop);
        Assert.All(results, result => Assert.NotNull(_server.Get<ThingDirectory>().Find(result.Id)));
    }

    [Fact]
    public async Task A_backup_is_taken_while_the_server_writes_and_passes_the_check()
    {
        var changes = _server.Get<ThingChanges>();
        for (var i = 0; i < 20; i++) await changes.CreateAsync(ThingDraft.Named(LocalizedText.Of($"saved {i}")), Stop);
        var folder = new DataFolder(Path.Combine(_server.Folder, "backup"));
        await _server.Get<RegistryBackup>().CopyAsync(folder.File("registry.db"), Stop);
        var findings = await new RegistryCheck(new RegistryDatabase(folder, TimeProvider.System)).RunAsync(Stop);
        Assert.Equal([], findings.Faults);
        Assert.Equal(20, findings.Things);
        await Assert.ThrowsAsync<IOException>(() => _server.Get<RegistryBackup>().CopyAsync(folder.File("registry.db"), Stop));
    }

    [Fact]
    public async Task Everything_is_there_again_after_a_restart()
    {
        using var client = await _server.ClientAsync();
        var created = await client.CreateAsync("/api/v1/things", """{"name":"lasting","labels":{"a":"b"},"identifiers":[{"scheme":"custom","value":"lasting 1"}]}""");
        _server = await _server.RestartAsync();
        var entry = _server.Get<ThingDirectory>().Find(ThingId.Parse(created.Text("id")));
        Assert.Equal(("lasting", "b", 1), (entry!.Name.For("en"), entry.Labels["a"], entry.Revision));
        Assert.Same(entry, _server.Get<ThingDirectory>().FindByIdentifier("custom", "lasting 1"));
    }
}
