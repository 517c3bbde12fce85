using System.Security.Cryptography;
using System.Text.Json;
using Wanwu.Telemetry.Backup;
using Wanwu.Things;

namespace Wanwu.Hosting.Care;

/// <summary>What a backup holds: <c>manifest.json</c> beside its files. Written last: a folder without one is no backup.</summary>
/// <param name="Format">Version of this layout; a newer one than ours is refused.</param>
/// <param name="Version">Product version that wrote it.</param>
internal sealed record BackupManifest(int Format, string Version, Timestamp Created, IReadOnlyList<BackupFile> Files)
{
    public const int CurrentFormat = 1;
    public const string FileName = "manifest.json";

    /// <summary>Hashes everything in <paramref name="folder"/> and writes the manifest.</summary>
    public static async Task<BackupManifest> SealAsync(string folder, string version, TimeProvider clock, CancellationToken stop)
    {
        var files = new List<BackupFile>();
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            files.Add(new BackupFile(Path.GetRelativePath(folder, file).Replace('\\', '/'), new FileInfo(file).Length, await HashAsync(file, stop)));
        var manifest = new BackupManifest(CurrentFormat, version, Timestamp.Now(clock), files);
        await File.WriteAllTextAsync(Path.Combine(folder, FileName), JsonSerializer.Serialize(manifest, JsonSerializerOptions.Web), stop);
        return manifest;
    }

    /// <summary>Reads and verifies a backup.</summary>
    /// <returns>The manifest and what is wrong with its files; nothing wrong means every byte is as it was written.</returns>
    /// <exception cref="InvalidDataException">There is no backup, or it is of a newer format.</exception>
    public static async Task<(BackupManifest Manifest, IReadOnlyList<CheckFinding> Damage)> VerifyAsync(string folder, CancellationToken stop)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new InvalidDataException($"{folder} holds no backup: there is no {FileName}.");
        BackupManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize<BackupManifest>(await File.ReadAllBytesAsync(path, stop), JsonSerializerOptions.Web);
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"{path} cannot be read: {fault.Message}", fault);
        }
        if (manifest is not { Files: not null }) throw new InvalidDataException($"{path} lists no files.");
        if (manifest.Format != CurrentFormat) throw new InvalidDataException($"{folder} is a backup of format {manifest.Format}; this version reads format {CurrentFormat}.");
        var damage = new List<CheckFinding>();
        foreach (var file in manifest.Files)
            if (await FaultOfAsync(folder, file, stop) is { } fault) damage.Add(new CheckFinding(file.Path, fault));
        return (manifest, damage);
    }

    private static async Task<string?> FaultOfAsync(string folder, BackupFile file, CancellationToken stop)
    {
        var path = Path.GetFullPath(Path.Combine(folder, file.Path));
        if (!path.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)) return "its path leads out of the backup";
        if (!File.Exists(path)) return "is missing";
        if (new FileInfo(path).Length != file.Bytes) return $"has {new FileInfo(path).Length} bytes, should have {file.Bytes}";
        return await HashAsync(path, stop) == file.Sha256 ? null : "its content has changed (SHA-256 differs)";
    }

    private static async Task<string> HashAsync(string path, CancellationToken stop)
    {
        await using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, stop));
    }
}
