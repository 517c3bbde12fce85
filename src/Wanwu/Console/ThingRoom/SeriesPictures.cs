using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>One observation, or one bucket of them: then the value is the average.</summary>
internal readonly record struct SeriesPoint(Timestamp Time, Value Value, Quality Quality, double Least, double Greatest)
{
    public static SeriesPoint Of(Observation observation) => new(observation.Time, observation.Value, observation.Quality, double.NaN, double.NaN);
}

/// <summary>A series in a stretch of time, with no more points than a screen has.</summary>
/// <param name="Every">The width of a bucket, or null when the points are single observations.</param>
internal sealed record SeriesPicture(IReadOnlyList<SeriesPoint> Points, TimeSpan? Every)
{
    public bool IsNumeric => Points.Any(point => !double.IsNaN(point.Value.AsNumber));

    /// <summary>Yes or no only: drawn as steps.</summary>
    public bool IsStep => Points.All(point => point.Value.Kind is ValueKind.Boolean or ValueKind.None);

    /// <summary>The picture with what has come since; a time that is there already has the newer value.</summary>
    public SeriesPicture With(IReadOnlyList<SeriesPoint> news, Timestamp from)
    {
        List<SeriesPoint> points = [.. Points.Where(point => point.Time >= from)];
        foreach (var point in news)
        {
            if (points.Count > 0 && points[^1].Time == point.Time) points[^1] = point;
            else if (points.Count == 0 || points[^1].Time < point.Time) points.Add(point);
        }
        return this with { Points = points };
    }
}

/// <summary>History could not be read now; nothing is lost.</summary>
internal sealed class SeriesUnreadableException(string message) : Exception(message);
