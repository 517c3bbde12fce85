using Wanwu.Hosting.Care;
using Wanwu.Registry;

namespace Wanwu.Tests.Hosting.Care;

/// <summary>A restore that is cut off at any step leaves the old content whole, or the new.</summary>
public sealed class RestoreTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("wanwu-restore-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static void Fill(string folder, string content)
    {
        foreach (var path in (string[])["registry.db", "telemetry.duckdb", "cold/2026/2026-01-01.s0.g1.parquet", "log/1.wlog", "keys/key.xml"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
            File.WriteAllText(Path.Combine(folder, path), content);
        }
    }

    private static IEnumerable<string> ContentOf(string folder) =>
        ((string[])["registry.db", "telemetry.duckdb", "cold", "log", "keys"]).SelectMany(part => File.Exists(Path.Combine(folder, part))
            ? [File.ReadAllText(Path.Combine(folder, part))]
            : Directory.Exists(Path.Combine(folder, part)) ? Directory.GetFiles(Path.Combine(folder, part), "*", SearchOption.AllDirectories).Select(File.ReadAllText) : ["missing"]);

    [Fact]
    public async Task Wherever_it_is_cut_off_what_opens_the_folder_next_finds_all_old_or_all_new()
    {
        var source = Path.Combine(_root, "backup");
        Fill(source, "new");
        var manifest = await BackupManifest.SealAsync(source, [], TimeProvider.System, Stop);
        var steps = 0;
        for (var cut = 0; cut <= steps; cut++)
        {
            var data = new DataFolder(Path.Combine(_root, $"data-{cut}"));
            Fill(data.Path, "old");
            // What was never backed up and is no part of it stays.
            await File.WriteAllTextAsync(data.File("note.txt"), "mine", Stop);
            var (left, count) = (cut, 0);
            void Crash()
            {
                count++;
                if (left-- == 0) throw new IOException("The power went out.");
            }
            var crashed = false;
            try
            {
                await Restore.RunAsync(new KeptBackup("backup", source, manifest), [], data, TimeProvider.System, Crash, Stop);
            }
            catch (IOException)
            {
                crashed = true;
            }
            steps = Math.Max(steps, count);
            Assert.Equal(crashed, Restore.Finish(data));
            Assert.Equal(["new"], ContentOf(data.Path).Distinct());
            Assert.Equal("mine", await File.ReadAllTextAsync(data.File("note.txt"), Stop));
            Assert.Equal(["old"], ContentOf(Assert.Single(Directory.GetDirectories(data.Path, "replaced-*"))).Distinct());
            Assert.False(Restore.Finish(data));
        }
        Assert.True(steps > 10);
    }

    [Fact]
    public async Task Before_the_switch_nothing_is_changed()
    {
        var source = Path.Combine(_root, "backup");
        Fill(source, "new");
        var manifest = await BackupManifest.SealAsync(source, [], TimeProvider.System, Stop);
        var data = new DataFolder(Path.Combine(_root, "data"));
        Fill(data.Path, "old");
        File.Delete(Path.Combine(source, "keys", "key.xml"));
        await Assert.ThrowsAnyAsync<IOException>(() => Restore.RunAsync(new KeptBackup("backup", source, manifest), [], data, TimeProvider.System, null, Stop));
        Assert.Equal(["old"], ContentOf(data.Path).Distinct());
        Assert.False(Restore.Finish(data));
    }
}
