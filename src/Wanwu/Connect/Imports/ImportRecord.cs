using System.Text.Json;
using System.Text.Json.Serialization;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Imports;

[JsonConverter(typeof(JsonStringEnumConverter<ImportState>))]
internal enum ImportState
{
    /// <summary>The file is here.</summary>
    [JsonStringEnumMemberName("uploaded")] Uploaded,
    /// <summary>A dry run is under way.</summary>
    [JsonStringEnumMemberName("checking")] Checking,
    [JsonStringEnumMemberName("checked")] Checked,
    /// <summary>Started; another import is before it.</summary>
    [JsonStringEnumMemberName("waiting")] Waiting,
    [JsonStringEnumMemberName("running")] Running,
    /// <summary>Somebody stopped it; it may be started again.</summary>
    [JsonStringEnumMemberName("stopped")] Stopped,
    [JsonStringEnumMemberName("done")] Done,
    /// <summary>It cannot go on: <see cref="ImportRecord.Problem"/> says why.</summary>
    [JsonStringEnumMemberName("failed")] Failed,
}

/// <summary>How far an import has come: all before <see cref="Position"/> is on disk, nothing behind it is counted.</summary>
internal sealed record ImportProgress
{
    public long Position { get; init; }
    public long Line { get; init; } = 1;
    public long Rows { get; init; }
    /// <summary>Observations handed in; those that were there before are counted as repeated by the account.</summary>
    public long Accepted { get; init; }
    public long Refused { get; init; }
    /// <summary>Fields without a value.</summary>
    public long Empty { get; init; }
    /// <summary>Length of the list of what was refused.</summary>
    public long RefusedBytes { get; init; }
}

internal sealed record RefusedExample(long Line, string? Thing, string? Property, string Detail);

internal sealed record RefusedReason(RefusalReason Reason, long Count, IReadOnlyList<RefusedExample> Examples);

/// <summary>What a dry run found: what an import would do.</summary>
/// <param name="New">Observations whose series and time are neither in the store nor earlier in the file.</param>
/// <param name="Repeated">The others: the file's value would stand.</param>
/// <param name="Series">Series that would have values; <paramref name="SeriesMade"/> of them are not there yet.</param>
/// <param name="From">The earliest time, null when there is none.</param>
internal sealed record ImportReport(
    long Rows, long Observations, long New, long Repeated, long Refused, long Empty, int Things, int Series, int SeriesMade,
    Timestamp? From, Timestamp? To, IReadOnlyList<RefusedReason> Reasons);

/// <summary>Everything that is known of one import, as it lies on disk: <c>imports/ID/import.json</c>, version 1.</summary>
internal sealed record ImportRecord
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;
    public required string Id { get; init; }
    /// <summary>The file's name, for people.</summary>
    public required string Name { get; init; }
    public required Timestamp Created { get; init; }
    /// <summary>On whose behalf it runs: what that caller may not do is refused.</summary>
    public required Caller Caller { get; init; }
    /// <summary>Size as CSV in UTF-8, which is what is kept.</summary>
    public required long Bytes { get; init; }
    public required char Delimiter { get; init; }
    public required IReadOnlyList<string> Header { get; init; }
    /// <summary>The first lines, to see what the columns hold.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> Sample { get; init; }
    public required long FirstRow { get; init; }
    public required ImportMapping Mapping { get; init; }
    public ImportState State { get; init; }
    public string? Problem { get; init; }
    public ImportReport? Report { get; init; }
    public ImportProgress Progress { get; init; } = new();
    public Timestamp? Ended { get; init; }

    /// <summary>Whether observations of it are in the log: from then on its mapping stays as it is.</summary>
    [JsonIgnore] public bool HasBegun => Progress.Rows > 0 || State is ImportState.Waiting or ImportState.Running;
}

/// <summary>The files of one import.</summary>
internal sealed class ImportFolder(string path)
{
    public string Path => path;
    public string Source => System.IO.Path.Combine(path, "source.csv");
    /// <summary>What came, while it is being unpacked.</summary>
    public string Parquet => System.IO.Path.Combine(path, "source.parquet");
    public string Refused => System.IO.Path.Combine(path, "refused.csv");
    public string Work => System.IO.Path.Combine(path, "check.duckdb");
    private string Record => System.IO.Path.Combine(path, "import.json");

    /// <summary>Null where there is none that this version can read.</summary>
    public ImportRecord? Load()
    {
        try
        {
            var record = JsonSerializer.Deserialize<ImportRecord>(File.ReadAllBytes(Record), JsonSerializerOptions.Web);
            return record is { Version: ImportRecord.CurrentVersion } && File.Exists(Source) ? record : null;
        }
        catch (Exception fault) when (fault is JsonException or IOException)
        {
            return null;
        }
    }

    public void Save(ImportRecord record)
    {
        // Replaced whole: whoever reads it after a crash finds the one before or this one.
        var draft = Record + ".new";
        using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, record, JsonSerializerOptions.Web);
            file.Flush(flushToDisk: true);
        }
        File.Move(draft, Record, overwrite: true);
    }
}
