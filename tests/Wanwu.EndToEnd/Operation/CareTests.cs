using System.Text.Json;

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
        var registry = Path.Combine(Assert.Single(Directory.GetDirectories(backup)), "registry.db");
        var bytes = await File.ReadAllBytesAsync(registry, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(registry, bytes, TestContext.Current.CancellationToken);

        var refused = await WanwuAsync("restore", backup, folder);
        Assert.Equal(6, refused.ExitCode);
        Assert.Contains("registry.db", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(data.Path, "replaced-*"));
        Assert.Equal(7, (await WanwuAsync("restore", data.Path, folder)).ExitCode);
        Assert.Equal(7, (await WanwuAsync("backup", Path.GetDirectoryName(registry)!, folder)).ExitCode);
        Assert.Equal(7, (await WanwuAsync("backup", data.Path, folder)).ExitCode);
        Assert.Equal(6, (await WanwuAsync("backup", "verify", backup)).ExitCode);
    }

    [Fact]
    public async Task The_next_backup_copies_what_is_new_and_any_of_them_is_restored_by_name()
    {
        using var data = new TemporaryFolder();
        using var elsewhere = new TemporaryFolder();
        var (folder, backups) = ($"--Data:Path={data.Path}", elsewhere.File("backups"));
        string token, thing;
        await using (var server = await ServerProcess.StartAsync(data.Path, "--Telemetry:Cold:CloseAfterHours=0"))
        {
            token = await ServerProcess.CreateTokenAsync(data.Path);
            using var api = new Api(server, token);
            thing = (await api.CreateThingAsync("Kept")).Username;
            for (var day = 1; day <= 9; day++)
                (await api.ReportAsync(thing, $$$"""{"t":"2026-01-0{{{day}}}T08:00:00Z","values":{"level":{{{day}}}}}""", TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
            (await WanwuAsync("compact", folder)).Succeeded();
            (await WanwuAsync("backup", backups, folder)).Succeeded();
            (await api.ReportAsync(thing, """{"t":"2026-01-01T08:00:00Z","values":{"level":100}}""", TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
            Assert.Contains("shared with earlier backups", (await WanwuAsync("backup", backups, folder)).Succeeded().Output, StringComparison.Ordinal);
            Assert.Equal(0, await server.StopAsync());
        }
        var ids = Directory.GetDirectories(backups).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(ids.Reverse<string>(), (await WanwuAsync("backup", "list", backups)).Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]));
        (await WanwuAsync("backup", "verify", backups)).Succeeded();

        (await WanwuAsync("restore", backups, "--backup", ids[0], folder)).Succeeded();
        Assert.Equal(1, await FirstLevelAsync(data.Path, token, thing));
        (await WanwuAsync("restore", backups, folder)).Succeeded();
        Assert.Equal(100, await FirstLevelAsync(data.Path, token, thing));

        (await WanwuAsync("backup", "prune", backups, "--keep", "1")).Succeeded();
        Assert.Equal([ids[1]], Directory.GetDirectories(backups).Select(path => Path.GetFileName(path)));
        (await WanwuAsync("backup", "verify", backups)).Succeeded();
    }

    [Fact]
    public async Task A_damaged_cold_file_of_a_backup_is_named_and_the_rest_can_be_had()
    {
        using var data = new TemporaryFolder();
        using var elsewhere = new TemporaryFolder();
        var (folder, backups) = ($"--Data:Path={data.Path}", elsewhere.File("backups"));
        string token, thing;
        await using (var server = await ServerProcess.StartAsync(data.Path, "--Telemetry:Cold:CloseAfterHours=0"))
        {
            token = await ServerProcess.CreateTokenAsync(data.Path);
            using var api = new Api(server, token);
            thing = (await api.CreateThingAsync("Kept")).Username;
            foreach (var time in (string[])["2024-01-01T08:00:00Z", "2025-01-01T08:00:00Z"])
                (await api.ReportAsync(thing, $$$"""{"t":"{{{time}}}","values":{"level":1}}""", TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
            (await WanwuAsync("compact", folder)).Succeeded();
            (await api.ReportAsync(thing, """{"level":2}""", TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
            (await WanwuAsync("backup", backups, folder)).Succeeded();
            Assert.Equal(0, await server.StopAsync());
        }
        var cold = Directory.GetFiles(Path.Combine(Assert.Single(Directory.GetDirectories(backups)), "cold", "2024"), "*.parquet").First();
        var bytes = await File.ReadAllBytesAsync(cold, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(cold, bytes, TestContext.Current.CancellationToken);

        var refused = await WanwuAsync("restore", backups, folder);
        Assert.Equal(6, refused.ExitCode);
        Assert.Contains(Path.GetFileName(cold), refused.Error, StringComparison.Ordinal);
        Assert.Contains("--without-damaged", refused.Error, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(cold), (await WanwuAsync("restore", backups, "--without-damaged", folder)).Succeeded().Output, StringComparison.Ordinal);
        await using (var server = await ServerProcess.StartAsync(data.Path))
        {
            using var api = new Api(server, token);
            Assert.Equal(2, (await api.SeriesAsync(thing, "level")).Count);
            Assert.Equal(0, await server.StopAsync());
        }
        var check = await WanwuAsync("check", "--json", folder);
        Assert.Equal(6, check.ExitCode);
        using var report = JsonDocument.Parse(check.Output);
        Assert.Contains(report.RootElement.GetProperty("findings").EnumerateArray(), found => found.GetProperty("file").GetString()!.EndsWith(Path.GetFileName(cold), StringComparison.Ordinal));
    }

    private static async Task<double> FirstLevelAsync(string data, string token, string thing)
    {
        await using var server = await ServerProcess.StartAsync(data);
        using var api = new Api(server, token);
        var items = await api.SeriesAsync(thing, "level");
        Assert.Equal(9, items.Count);
        Assert.Equal(0, await server.StopAsync());
        return items[0].Value.GetDouble();
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
