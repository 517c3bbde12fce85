using System.Globalization;
using System.Security.Cryptography;
using Wanwu.Telemetry.Query.Formats;

namespace Wanwu.Hosting.Export;

/// <summary>Where an export goes: a folder of files with <c>manifest.json</c>, or one file with its list beside it.</summary>
internal sealed class ExportTarget
{
    public const string ManifestName = "manifest.json";
    private readonly string _folder;
    private readonly string? _one;

    /// <param name="path">A name that ends in <c>.csv</c> or <c>.parquet</c> is a file, any other a folder.</param>
    /// <param name="format">What the files are to be; null: what the name says, otherwise CSV.</param>
    public ExportTarget(string path, AnswerFormat? format)
    {
        var full = Path.GetFullPath(path);
        AnswerFormat? named = Path.GetExtension(full) switch { ".csv" => AnswerFormat.Csv, ".parquet" => AnswerFormat.Parquet, _ => null };
        if (named is not null && format is not null && named != format) throw new InvalidDataException($"{path} is to be {format}, and its name says otherwise.");
        (Format, _one) = (named ?? format ?? AnswerFormat.Csv, named is null ? null : Path.GetFileName(full));
        _folder = _one is null ? full : Path.GetDirectoryName(full)!;
        ManifestPath = _one is null ? Path.Combine(full, ManifestName) : full + "." + ManifestName;
        if (_one is null && File.Exists(full)) throw new InvalidDataException($"{path} is a file; name a folder, or a file that ends in .csv or .parquet.");
    }

    public AnswerFormat Format { get; }
    public bool IsOneFile => _one is not null;
    public string ManifestPath { get; }

    /// <summary>What an earlier run has brought: its whole files. Null where there was none.</summary>
    /// <exception cref="InvalidDataException">Something else is there, or what is there is not as it was written.</exception>
    public async Task<ExportManifest?> OpenAsync(string question, CancellationToken stop)
    {
        var before = ExportManifest.Find(ManifestPath);
        if (before is null)
        {
            if (_one is not null ? File.Exists(PathOf(0)) : Directory.Exists(_folder) && Directory.EnumerateFileSystemEntries(_folder).Any(entry => !Path.GetFileName(entry).StartsWith('.')))
                throw new InvalidDataException($"{(_one is null ? _folder : PathOf(0))} is there already and is no export; name a new one.");
            Directory.CreateDirectory(_folder);
            return null;
        }
        if (before.IsComplete) throw new InvalidDataException($"{ManifestPath} lists an export that is complete, of {before.Created}; name a new folder or file.");
        if (before.Question != question) throw new InvalidDataException($"{ManifestPath} lists an export of another question ({before.Question}); name a new folder.");
        foreach (var file in before.Files)
            if (!await IsWholeAsync(file, stop)) throw new InvalidDataException($"{file.Name} is not as it was written; remove {_folder} and begin anew.");
        return before;
    }

    public string PathOf(int index) => Path.Combine(_folder, _one ?? string.Create(CultureInfo.InvariantCulture, $"part-{index + 1:D5}.{(Format == AnswerFormat.Parquet ? "parquet" : "csv")}"));

    /// <summary>Whether the file is there as it was written.</summary>
    public async Task<bool> IsWholeAsync(ExportedFile file, CancellationToken stop)
    {
        var path = Path.Combine(_folder, Path.GetFileName(file.Name));
        if (!File.Exists(path) || new FileInfo(path).Length != file.Bytes) return false;
        await using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, stop)) == file.Sha256;
    }
}
