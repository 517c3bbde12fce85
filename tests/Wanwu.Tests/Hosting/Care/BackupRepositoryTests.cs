using System.Text;
using Wanwu.Hosting.Care;
using Wanwu.Things;

namespace Wanwu.Tests.Hosting.Care;

/// <summary>A folder of backups: what they share is kept once, and each stays whole whatever becomes of the others.</summary>
public sealed class BackupRepositoryTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("wanwu-backups-").FullName;
    private readonly BackupRepository _repository;
    private int _number;

    public BackupRepositoryTests() => _repository = new BackupRepository(Path.Combine(_root, "backups"));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<AddedBackup> AddAsync(params (string Path, string Content)[] files)
    {
        var staged = Path.Combine(_root, "staged", $"2026010{++_number}T000000000Z");
        foreach (var (path, content) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(staged, path))!);
            await File.WriteAllTextAsync(Path.Combine(staged, path), content, Stop);
        }
        return await _repository.AddAsync(staged, await BackupManifest.SealAsync(staged, [], TimeProvider.System, Stop), Stop);
    }

    [Fact]
    public async Task Only_what_is_new_is_copied_and_each_backup_outlives_the_others()
    {
        var first = await AddAsync(("registry.db", "one"), ("cold/a.parquet", new string('a', 1000)), ("cold/b.parquet", new string('b', 1000)));
        var second = await AddAsync(("registry.db", "three"), ("cold/a.parquet", new string('a', 1000)), ("cold/c.parquet", new string('c', 10)));
        Assert.Equal((2003, 15), (first.Copied, second.Copied));
        Assert.Equal([second.Backup.Id, first.Backup.Id], _repository.List().Select(backup => backup.Id));
        Assert.Equal([first.Backup.Id], _repository.Prune(1));
        Assert.Empty(await _repository.VerifyAsync(Assert.Single(_repository.List()), Stop));
    }

    [Fact]
    public async Task What_is_too_old_goes_but_the_newest_stays()
    {
        await AddAsync(("registry.db", "one"));
        var second = await AddAsync(("registry.db", "two"));
        Assert.Empty(_repository.Prune(int.MaxValue, Timestamp.Min));
        Assert.Single(_repository.Prune(int.MaxValue, Timestamp.Max));
        Assert.Equal(second.Backup.Id, Assert.Single(_repository.List()).Id);
    }

    [Fact]
    public async Task Bytes_that_proved_wrong_are_not_shared_with_the_next_backup()
    {
        var first = await AddAsync(("cold/a.parquet", new string('a', 1000)));
        await File.WriteAllTextAsync(Path.Combine(first.Backup.Folder, "cold", "a.parquet"), new string('x', 1000), Stop);
        Assert.Equal("cold/a.parquet", Assert.Single(await _repository.VerifyAsync(first.Backup, Stop)).File);
        var second = await AddAsync(("cold/a.parquet", new string('a', 1000)));
        Assert.Equal(1000, second.Copied);
        Assert.Empty(await _repository.VerifyAsync(second.Backup, Stop));
    }

    [Fact]
    public async Task A_live_file_whose_bytes_have_changed_is_left_out_and_named()
    {
        var staged = Path.Combine(_root, "staged", "20260109T000000000Z");
        Directory.CreateDirectory(staged);
        await File.WriteAllTextAsync(Path.Combine(staged, "registry.db"), "sound", Stop);
        await File.WriteAllTextAsync(Path.Combine(staged, "cold.parquet"), "before", Stop);
        var manifest = await BackupManifest.SealAsync(staged, [], TimeProvider.System, Stop);
        await File.WriteAllTextAsync(Path.Combine(staged, "cold.parquet"), "behind", Stop);
        var added = await _repository.AddAsync(staged, manifest, Stop);
        Assert.Equal("cold.parquet", Assert.Single(added.Backup.Manifest.LeftOut!).File);
        Assert.Equal("registry.db", Assert.Single(added.Backup.Manifest.Files).Path);
        Assert.Empty(await _repository.VerifyAsync(added.Backup, Stop));
    }

    [Fact]
    public async Task What_a_crash_left_goes_with_the_next_change_and_is_never_taken_for_a_backup()
    {
        var first = await AddAsync(("registry.db", "one"));
        var half = Path.Combine(_root, "backups", ".20260105T000000000Z.part");
        Directory.CreateDirectory(half);
        await File.WriteAllTextAsync(Path.Combine(half, "manifest.json"), "{}", Stop);
        Directory.CreateDirectory(Path.Combine(_root, "backups", "other"));
        Assert.Equal([first.Backup.Id], _repository.List().Select(backup => backup.Id));
        await AddAsync(("registry.db", "two"));
        Assert.False(Directory.Exists(half));
        Assert.True(Directory.Exists(Path.Combine(_root, "backups", "other")));
    }

    [Theory]
    [InlineData("""{"format":3,"version":"9","created":"2026-01-01T00:00:00Z","files":[]}""", "format 3")]
    [InlineData("""{"format":2,"version":"1","created":"2026-01-01T00:00:00Z","files":[{"path":"../../etc/passwd","bytes":1,"sha256":"00"}]}""", "leads out")]
    [InlineData("""{"format":2,"version":"1","created":"2026-01-01T00:00:00Z"}""", "lists no files")]
    [InlineData("""{"format":""", "cannot be read")]
    public void A_manifest_that_cannot_be_followed_is_refused_in_words(string json, string expected)
    {
        File.WriteAllText(Path.Combine(_root, BackupManifest.FileName), json);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => BackupManifest.Read(_root)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("backup-v1.json", 1)]
    [InlineData("backup-v2.json", 2)]
    public async Task Manifests_of_every_version_read_the_same_for_ever(string name, int format)
    {
        File.Copy(Path.Combine(Repository.Root, "tests", "Wanwu.Tests", "Hosting", "Care", "Golden", name), Path.Combine(_root, BackupManifest.FileName));
        await File.WriteAllBytesAsync(Path.Combine(_root, "registry.db"), Encoding.UTF8.GetBytes("registry"), Stop);
        var manifest = BackupManifest.Read(_root);
        Assert.Equal((format, "0.1.0", "2026-01-31T08:00:00Z"), (manifest.Format, manifest.Version, manifest.Created.ToString()));
        Assert.Empty(await manifest.VerifyAsync(_root, Stop));
        Assert.Equal(format == 1 ? null : 1, manifest.LeftOut?.Count);
    }
}
