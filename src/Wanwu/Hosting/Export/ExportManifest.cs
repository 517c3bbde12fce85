using System.Text.Json;
using Wanwu.Things;

namespace Wanwu.Hosting.Export;

/// <summary>A row of an export: enough to go on behind it.</summary>
internal sealed record ExportedRow(string Thing, string Property, Timestamp Time);

/// <param name="Sha256">Of all its bytes, in lower-case hexadecimal.</param>
internal sealed record ExportedFile(string Name, long Rows, long Bytes, string Sha256, ExportedRow? First, ExportedRow? Last);

/// <summary>What an export holds and what it was asked for (docs/export.md). Written anew after every file, so that an export that was cut off goes on behind the last whole one.</summary>
/// <param name="Format">Version of this document.</param>
/// <param name="Version">Product version that wrote it.</param>
/// <param name="Question">The parameters of the question, as in an address.</param>
/// <param name="IsComplete">Whether every row that was asked for is in the files.</param>
internal sealed record ExportManifest(int Format, string Version, Timestamp Created, string Question, bool IsComplete, long Rows, IReadOnlyList<ExportedFile> Files)
{
    public const int CurrentFormat = 1;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public void Write(string path)
    {
        var draft = path + ".new";
        using (var file = File.Create(draft))
        {
            JsonSerializer.Serialize(file, this, Json);
            file.Flush(flushToDisk: true);
        }
        File.Move(draft, path, overwrite: true);
    }

    /// <exception cref="InvalidDataException">It cannot be read, or is of a newer version.</exception>
    public static ExportManifest? Find(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            var manifest = JsonSerializer.Deserialize<ExportManifest>(File.ReadAllBytes(path), JsonSerializerOptions.Web);
            return manifest is { Format: CurrentFormat, Files: not null, Question: not null } ? manifest : throw new InvalidDataException($"{path} is no list of an export that this version reads.");
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"{path} cannot be read: {fault.Message}", fault);
        }
    }
}
