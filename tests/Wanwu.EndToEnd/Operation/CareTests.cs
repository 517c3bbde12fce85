namespace Wanwu.EndToEnd.Operation;

/// <summary>Backup, restore and check, as an operator does them, on a real data folder.</summary>
public sealed class CareTests
{
    private static Task<ToolResult> WanwuAsync(params string[] arguments) => Tool.RunAsync("dotnet", [Repository.ServerDll, .. arguments], TimeSpan.FromSeconds(60));

    [Fact]
    public async Task What_was_backed_up_while_the_server_ran_is_there_after_a_restore_and_later_reports_are_kept_aside()
    {
        using var data = new TemporaryFolder();
        using var elsewhere = new TemporaryFolder();
        var (folder, backup) = ($"--Data:Path={data.Path}", elsewhere.File("monday"));
        string token, thing;
        await using (var server = await ServerProcess.StartAsync(data.Path))
        {
            token = await ServerProcess.CreateTokenAsync(data.Path);
            using var api = new Api(server, token);
            thing = (await api.CreateThingAsync("Kept")).Username;
            (await api.ReportAsync(thing, """{"temperature":1}""", TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
            (await WanwuAsync("backup", backup, folder)).Succeeded();
            (await WanwuAsync("check", folder)).Succeeded();
            (await api.ReportAsync(thing, """{"temperature":2}""", TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
            Assert.Equal(5, (await WanwuAsync("restore", backup, folder)).ExitCode);
            Assert.Equal(0, await server.StopAsync());
        }
        (await WanwuAsync("check", folder)).Succeeded();
        (await WanwuAsync("restore", backup, folder)).Succeeded();

        await using (var server = await ServerProcess.StartAsync(data.Path))
        {
            using var api = new Api(server, token);
            var item = Assert.Single(await api.SeriesAsync(thing, "temperature"));
            Assert.Equal(1, item.Value.GetDouble());
            var account = await api.AccountAsync();
            account.AssertBalanced();
            Assert.Equal(1, account.Stored);
        }
        var aside = Assert.Single(Directory.GetDirectories(data.Path, "replaced-*"));
        Assert.True(File.Exists(Path.Combine(aside, "telemetry.duckdb")));
    }

    [Fact]
    public async Task A_changed_backup_is_refused_by_file_and_nothing_is_changed()
    {
        using var data = new TemporaryFolder();
        using var elsewhere = new TemporaryFolder();
        var (folder, backup) = ($"--Data:Path={data.Path}", elsewhere.File("tuesday"));
        await using (var server = await ServerProcess.StartAsync(data.Path)) Assert.Equal(0, await server.StopAsync());
        (await WanwuAsync("backup", backup, folder)).Succeeded();
        var registry = Path.Combine(backup, "registry.db");
        var bytes = await File.ReadAllBytesAsync(registry, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(registry, bytes, TestContext.Current.CancellationToken);

        var refused = await WanwuAsync("restore", backup, folder);
        Assert.Equal(6, refused.ExitCode);
        Assert.Contains("registry.db", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(data.Path, "replaced-*"));
        Assert.Equal(7, (await WanwuAsync("restore", data.Path, folder)).ExitCode);
        Assert.Equal(7, (await WanwuAsync("backup", backup, folder)).ExitCode);
    }

    [Fact]
    public async Task A_flipped_byte_in_the_log_is_found_and_named_by_file()
    {
        using var data = new TemporaryFolder();
        await using (var server = await ServerProcess.StartAsync(data.Path))
        {
            using var api = new Api(server, await ServerProcess.CreateTokenAsync(data.Path));
            var thing = (await api.CreateThingAsync("Worn disk")).Username;
            for (var i = 0; i < 3; i++) (await api.ReportAsync(thing, $$"""{"temperature":{{i}}}""", TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
            Assert.Equal(0, await server.StopAsync());
        }
        var segment = Directory.GetFiles(Path.Combine(data.Path, "log"), "*.wlog").Order(StringComparer.Ordinal).First();
        var bytes = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        bytes[100] ^= 0x40;
        await File.WriteAllBytesAsync(segment, bytes, TestContext.Current.CancellationToken);

        var check = await WanwuAsync("check", $"--Data:Path={data.Path}");
        Assert.Equal(6, check.ExitCode);
        Assert.Contains(Path.GetFileName(segment), check.Output, StringComparison.Ordinal);
    }
}
