using System.Text.Json;
using System.Text.Json.Serialization;

namespace Wanwu.Simulator.Recordings;

/// <summary>What a recording's columns mean and which things they stand for. A JSON file beside the data, so that another CSV is data, not code.</summary>
/// <remarks>Documented in <c>docs/replay.md</c>; an unknown member is refused, so that a misspelt one does not go unnoticed.</remarks>
internal sealed record RecordingDescription
{
    /// <summary>The CSV file, beside the description.</summary>
    public required string File { get; init; }
    /// <summary>Where the recording comes from, to be named with it.</summary>
    public string? Source { get; init; }
    public string? Licence { get; init; }
    public required TimeDescription Time { get; init; }
    /// <summary>Texts that mean "nothing was measured": the property is left out of the report, so that a gap stays a gap.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [""];
    /// <summary>Rows of one file may belong to several stations: only rows whose columns hold these texts are played.</summary>
    public IReadOnlyDictionary<string, string> Where { get; init; } = new Dictionary<string, string>();
    /// <summary>Property name → where its value stands.</summary>
    public required IReadOnlyDictionary<string, PropertyDescription> Properties { get; init; }
    /// <summary>What a quality column's texts mean, as <c>{"M":"maintenance"}</c>. A text not listed means good.</summary>
    public IReadOnlyDictionary<string, Quality> Qualities { get; init; } = new Dictionary<string, Quality>();
    /// <summary>The thing model (W3C WoT Thing Model) as a path relative to this file; none if the things have no model.</summary>
    public string? Model { get; init; }
    public required ThingDescription Thing { get; init; }
    /// <summary>Places and names for further things that play the same recording, each from a later row.</summary>
    public IReadOnlyList<CloneDescription> Clones { get; init; } = [];
    /// <summary>How many rows later each clone begins than the one before it; whole days keep the hours of the day in their place.</summary>
    public int RowsBetweenClones { get; init; } = 72;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        Converters = { new JsonStringEnumConverter<ColumnKind>(JsonNamingPolicy.CamelCase) },
    };

    public static RecordingDescription Read(string path)
    {
        try
        {
            using var stream = System.IO.File.OpenRead(path);
            return JsonSerializer.Deserialize<RecordingDescription>(stream, Json) ?? throw new RecordingException($"{path} is empty.");
        }
        catch (JsonException e)
        {
            throw new RecordingException($"{path} is not a recording description: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new RecordingException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The columns a file must have to be one of these recordings.</summary>
    public IEnumerable<string> Columns() => [.. Time.Columns, .. Where.Keys, .. Properties.Values.SelectMany(property => property.Columns())];
}

/// <summary>Which columns make the time of a row.</summary>
internal sealed record TimeDescription
{
    /// <summary>One column with the whole time, or year, month, day, hour (minute, second) in this order.</summary>
    public required IReadOnlyList<string> Columns { get; init; }
    /// <summary>.NET format of a single column, e.g. <c>yyyy-MM-dd HH:mm:ss</c>.</summary>
    public string Format { get; init; } = "yyyy-MM-dd HH:mm:ss";
    /// <summary>IANA zone the recorder's clock showed.</summary>
    public string Zone { get; init; } = "UTC";
}

internal enum ColumnKind
{
    Number,
    Text,
    Boolean,
}

/// <summary>The column of one property.</summary>
internal sealed record PropertyDescription
{
    public required string Column { get; init; }
    /// <summary>UCUM unit the column is written in.</summary>
    public string? Unit { get; init; }
    public ColumnKind Kind { get; init; }
    /// <summary>Column that flags this one; see <see cref="RecordingDescription.Qualities"/>.</summary>
    public string? QualityColumn { get; init; }

    public IEnumerable<string> Columns() => QualityColumn is null ? [Column] : [Column, QualityColumn];
}

/// <summary>The thing the recording stands for, in the words of <c>POST /api/v1/things</c>.</summary>
internal sealed record ThingDescription
{
    public required IReadOnlyDictionary<string, string> Name { get; init; }
    public required IdentifierDescription Identifier { get; init; }
    public string? Region { get; init; }
    public PlaceDescription? Place { get; init; }
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

internal sealed record IdentifierDescription(string Scheme, string Value)
{
    /// <summary><c>scheme:value</c>; a URN names its scheme itself.</summary>
    public override string ToString() => Scheme == "urn" ? Value : $"{Scheme}:{Value}";
}

internal sealed record PlaceDescription(double Lat, double Lon);

internal sealed record CloneDescription
{
    public required IReadOnlyDictionary<string, string> Name { get; init; }
    public string? Region { get; init; }
    public PlaceDescription? Place { get; init; }
}

/// <summary>A recording or its description cannot be used; the message says why, for the person at the command line.</summary>
internal sealed class RecordingException : Exception
{
    public RecordingException(string message) : base(message) { }
    public RecordingException(string message, Exception inner) : base(message, inner) { }
    public RecordingException() { }
}
