using System.Text.Json;
using Wanwu.Things;

namespace Wanwu.Connect.Intake;

/// <summary>Recognises a place: <c>{"lat":…,"lon":…}</c> with nothing else in it, or a GeoJSON Point of two coordinates (RFC 7946 §3.1.2).</summary>
internal static class PointReader
{
    /// <param name="json">A well-formed object.</param>
    public static bool TryRead(ReadOnlySpan<byte> json, out Value point)
    {
        var reader = new Utf8JsonReader(json);
        var (lat, lon, others, isPoint) = (double.NaN, double.NaN, 0, false);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isLat, isLon) = (reader.ValueTextEquals("lat"u8), reader.ValueTextEquals("lon"u8));
            var (isType, isAt) = (reader.ValueTextEquals("type"u8), reader.ValueTextEquals("coordinates"u8));
            reader.Read();
            if (isLat || isLon)
            {
                if (reader.TokenType != JsonTokenType.Number || !reader.TryGetDouble(out var degrees)) break;
                (lat, lon) = isLat ? (degrees, lon) : (lat, degrees);
            }
            else if (isType) isPoint = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("Point"u8);
            else if (!isAt || !TryReadPair(ref reader, out lon, out lat)) others++;
            if (others > 0) break;
        }
        var found = others == 0 && reader.TokenType == JsonTokenType.EndObject && double.IsFinite(lat) && double.IsFinite(lon) && Value.IsPoint(lat, lon);
        point = found ? Value.OfPoint(lat, lon) : default;
        return found && (isPoint || json.IndexOf("\"coordinates\""u8) < 0);
    }

    private static bool TryReadPair(ref Utf8JsonReader reader, out double first, out double second)
    {
        (first, second) = (double.NaN, double.NaN);
        if (reader.TokenType != JsonTokenType.StartArray) return false;
        return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out first)
            && reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out second)
            && reader.Read() && reader.TokenType == JsonTokenType.EndArray;
    }
}
