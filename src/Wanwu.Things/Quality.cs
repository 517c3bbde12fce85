using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Wanwu.Things;

/// <summary>What is known about the trust a value deserves. Carried with every observation from device to export, never dropped.</summary>
/// <remarks>
/// The numbers are on disk: they may be added to, never changed. The meanings cover the data flags of HJ 212-2017 table A (N, M, C, T, D, B …),
/// the quality of OPC UA and the data status of GB/T 32960; each protocol's sheet says how its own flags map.
/// </remarks>
[JsonConverter(typeof(QualityJsonConverter))]
public enum Quality : byte
{
    /// <summary>Measured in normal operation.</summary>
    Good = 0,
    /// <summary>The value stands but something about it is doubtful; set by checks at ingest or by the device.</summary>
    Suspect = 1,
    /// <summary>The device was under maintenance.</summary>
    Maintenance = 2,
    /// <summary>The device was being calibrated.</summary>
    Calibration = 3,
    /// <summary>Above the measuring range.</summary>
    OverRange = 4,
    /// <summary>Below the measuring range or the detection limit.</summary>
    UnderRange = 5,
    /// <summary>The device reported a fault of its own.</summary>
    Fault = 6,
    /// <summary>The device could not reach its sensor.</summary>
    Offline = 7,
    /// <summary>Due, and known to be absent: the row says that nothing was measured.</summary>
    Missing = 8,
    /// <summary>Put in by a person or estimated, not measured.</summary>
    Substituted = 9,
    /// <summary>Out of operation or stopped by plan.</summary>
    Stopped = 10,
}

/// <summary>The names of qualities in API, files and messages.</summary>
public static class QualityNames
{
    /// <summary>The names, each at the place of its number.</summary>
    public static readonly IReadOnlyList<string> All =
        ["good", "suspect", "maintenance", "calibration", "overRange", "underRange", "fault", "offline", "missing", "substituted", "stopped"];

    private static readonly byte[][] Utf8 = [.. All.Select(Encoding.UTF8.GetBytes)];

    public static string NameOf(Quality quality) =>
        (int)quality < All.Count ? All[(int)quality] : throw new ArgumentOutOfRangeException(nameof(quality), quality, "Not a quality.");

    /// <summary>Reads a name; ASCII case does not count.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, out Quality quality)
    {
        for (var i = 0; i < Utf8.Length; i++)
        {
            quality = (Quality)i;
            if (Ascii.EqualsIgnoreCase(utf8Text, Utf8[i])) return true;
        }
        quality = default;
        return false;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, out Quality)"/>
    public static bool TryParse(ReadOnlySpan<char> text, out Quality quality)
    {
        for (var i = 0; i < Utf8.Length; i++)
        {
            quality = (Quality)i;
            if (Ascii.EqualsIgnoreCase(text, Utf8[i])) return true;
        }
        quality = default;
        return false;
    }
}

/// <summary>A quality in JSON is its name; a number is refused, so that no unknown one slips in.</summary>
public sealed class QualityJsonConverter : JsonConverter<Quality>
{
    public override Quality Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && QualityNames.TryParse(reader.GetString(), out var quality)) return quality;
        throw new JsonException($"Expected a quality: {string.Join(", ", QualityNames.All)}.");
    }

    public override void Write(Utf8JsonWriter writer, Quality value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(QualityNames.NameOf(value));
    }
}
