using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Wanwu.Telemetry.Backup;
using Wanwu.Things;

namespace Wanwu.Hosting.Care;

/// <summary>What a backup holds: <c>manifest.json</c> beside its files (docs/formats/backup.md). Written last: a folder without one is no backup.</summary>
/// <param name="Format">Version of this layout; a newer one than ours is refused.</param>
/// <param name="Version">Product version that wrote it.</param>
/// <param name="LeftOut">Files that were damaged when it was made, and what was wrong with each; null in backups of format 1.</param>
internal sealed record BackupManifest(int Format, string Version, Timestamp Created, IReadOnlyList<BackupFile> Files, IReadOnlyList<CheckFinding>? LeftOut = null)
{
    public const int CurrentFormat = 2;
    public const string FileName = "manifest.json";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    [JsonIgnore] public long Bytes => Files.Sum(file => file.Bytes);

    /// <summary>Names everything in <paramref name="folder"/> and writes the manifest.</summary>
    /// <param name="known">Files whose checksums are known already; those that are not there are left out.</param>
    public static async Task<BackupManifest> SealAsync(string folder, IReadOnlyList<BackupFile> known, TimeProvider clock, CancellationToken stop)
    {
        var byPath = known.ToDictionary(file => file.Path, StringComparer.Ordinal);
        var files = new List<BackupFile>();
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var path = Path.GetRelativePath(folder, file).Replace('\\', '/');
            files.Add(byPath.TryGetValue(path, out var described) ? described : new BackupFile(path, new FileInfo(file).Length, await HashAsync(file, stop)));
        }
        var leftOut = known.ExceptBy(files.Select(file => file.Path), file => file.Path).Select(file => new CheckFinding(file.Path, "was damaged or missing when the backup was made"));
        var manifest = new BackupManifest(CurrentFormat, Product.Version, Timestamp.Now(clock), files, [.. leftOut]);
        await manifest.WriteAsync(folder, stop);
        return manifest;
    }

    public async Task WriteAsync(string folder, CancellationToken stop)
    {
        await using var file = File.Create(Path.Combine(folder, FileName));
        await JsonSerializer.SerializeAsync(file, this, Json, stop);
        file.Flush(flushToDisk: true);
    }

    /// <exception cref="InvalidDataException">There is no backup, or it is of a newer format.</exception>
    public static BackupManifest Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new InvalidDataException($"{folder} holds no backup: there is no {FileName}.");
        BackupManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize<BackupManifest>(File.ReadAllBytes(path), JsonSerializerOptions.Web);
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"{path} cannot be read: {fault.Message}", fault);
        }
        if (manifest is not { Files: not null }) throw new InvalidDataException($"{path} lists no files.");
        if (manifest.Format is < 1 or > CurrentFormat) throw new InvalidDataException($"{folder} is a backup of format {manifest.Format}; this version reads up to format {CurrentFormat}.");
        if (manifest.Files.FirstOrDefault(file => !IsWithin(folder, file.Path)) is { } outside) throw new InvalidDataException($"{path} names {outside.Path}, which leads out of the backup.");
        return manifest;
    }

    private static bool IsWithin(string folder, string? path) => path is { Length: > 0 } && !path.Contains('\\', StringComparison.Ordinal)
        && Path.GetFullPath(Path.Combine(folder, path)).StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Reads every byte of a backup.</summary>
    /// <returns>What is wrong with its files; nothing means that each is as it was written.</returns>
    public async Task<IReadOnlyList<CheckFinding>> VerifyAsync(string folder, CancellationToken stop)
    {
        var damage = new List<CheckFinding>();
        foreach (var file in Files)
            if (await FaultOfAsync(Path.Combine(folder, file.Path), file, stop) is { } fault) damage.Add(new CheckFinding(file.Path, fault));
        return damage;
    }

    public static async Task<string?> FaultOfAsync(string path, BackupFile file, CancellationToken stop)
    {
        try
        {
            if (!File.Exists(path)) return "is missing";
            if (new FileInfo(path).Length != file.Bytes) return $"has {new FileInfo(path).Length} bytes, should have {file.Bytes}";
            return await HashAsync(path, stop) == file.Sha256 ? null : "its content has changed (SHA-256 differs)";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read: {fault.Message}";
        }
    }

    private static async Task<string> HashAsync(string path, CancellationToken stop)
    {
        await using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, stop));
    }
}
