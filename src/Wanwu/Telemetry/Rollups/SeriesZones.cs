using Wanwu.Things;

namespace Wanwu.Telemetry.Rollups;

/// <summary>The zone in which a thing's days begin.</summary>
internal sealed class SeriesZones(SeriesTable series, Func<ThingId, TimeZoneInfo> zoneOf)
{
    public TimeZoneInfo Of(int number) => series.Find(number) is { } known ? zoneOf(known.Thing) : TimeZoneInfo.Utc;

    /// <summary>The zones of some series: each once, and by series its place among them.</summary>
    public (List<TimeZoneInfo> Zones, Dictionary<int, int> Of) Of(IEnumerable<int> numbers)
    {
        var (zones, places, of) = (new List<TimeZoneInfo>(), new Dictionary<string, int>(StringComparer.Ordinal), new Dictionary<int, int>());
        foreach (var number in numbers)
        {
            var zone = Of(number);
            if (!places.TryGetValue(zone.Id, out var place))
            {
                places.Add(zone.Id, place = zones.Count);
                zones.Add(zone);
            }
            of[number] = place;
        }
        return (zones, of);
    }
}
