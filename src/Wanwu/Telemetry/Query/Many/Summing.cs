using System.Globalization;
using Wanwu.Telemetry.Rollups;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>The SQL that sums up lines per bucket: of rollups where they know the measures and lie within buckets, of observations for the rest.</summary>
internal sealed class Summing(Scope scope, Cut cut, IReadOnlyList<Measure> measures)
{
    private const int MostZones = 16;
    private readonly bool _rollupsKnow = measures.All(measure => measure.OfParts is not null), _withSteps = measures.Any(measure => measure.IsOfSteps);
    private readonly (long From, long To) _bounds = scope.Bounds();

    /// <summary>Series whose days begin together.</summary>
    private sealed record Place(TimeZoneInfo Zone, PickedSeries Picked);

    /// <summary>The beginning of a statement: <c>measured(line, start, m0, m1, …)</c>.</summary>
    /// <param name="behind">A condition on <c>line</c> and <c>t</c>, to stand behind others.</param>
    public string With(Asked asked, int first, int count, string behind)
    {
        var isOneLine = count == 1;
        var places = Places(asked, first, count);
        var parts = places.ConvertAll(place => Parts(asked, place, isOneLine));
        var ofParts = parts.Exists(part => part.HasRollups);
        var sources = places.Select((place, i) => Source(place, ofParts || _withSteps ? parts[i].Sql : Numbers(asked, place, isOneLine), isOneLine ? first : null));
        var columns = measures.Select((measure, i) => FormattableString.Invariant($"{(ofParts ? measure.OfParts : measure.Sql)} AS m{i}"));
        return $"""
            WITH measured AS (SELECT line, bucket AS start, {string.Join(", ", columns)}
                FROM ({string.Join(" UNION ALL ", sources)}) WHERE {scope.Wanted()} {behind} GROUP BY line, bucket)
            """;
    }

    private List<Place> Places(Asked asked, int first, int count)
    {
        var members = from line in Enumerable.Range(first, count)
                      from member in scope.Lines.All[line].Members
                      where member.Series is not null
                      group (line, member.Series!) by cut.ZoneOf(member.Thing) into place
                      select place;
        var zones = members.ToList();
        // All of the time is one bucket in any zone; only the use that can be made of days differs.
        if (!cut.HasBuckets && zones.Count > MostZones) zones = [.. zones.SelectMany(zone => zone).GroupBy(_ => TimeZoneInfo.Utc)];
        return zones.Count == 0
            ? [new Place(TimeZoneInfo.Utc, PickedLines.Fill(asked.Connection, 0, []))]
            : [.. zones.Select((zone, i) => new Place(zone.Key, PickedLines.Fill(asked.Connection, i, zone)))];
    }

    private (string Sql, bool HasRollups) Parts(Asked asked, Place place, bool isOneLine)
    {
        if (_withSteps) return Stepping(asked, place);
        if (!_rollupsKnow) return ("", false);
        var relation = new RollupRelation(scope.Relations, asked.Connection, asked.Cold, place.Picked);
        var sql = relation.Sql(new RollupQuestion(scope.From, scope.To, cut.Levels(place.Zone, _bounds.From, _bounds.To), RollupSql.OfEach) { IsJoined = !isOneLine });
        return ($"SELECT *, start AS t FROM ({sql})", relation.HasRollups);
    }

    private (string Sql, bool HasRollups) Stepping(Asked asked, Place place)
    {
        var sql = new Steps(asked, scope, place.Picked).Sql(_rollupsKnow ? cut.Levels(place.Zone, _bounds.From, _bounds.To) : [], measures.Any(measure => measure.Name == "distance"));
        // Where not all of it is known to rollups, each row is one observation.
        return ($"SELECT *, start AS t, sum AS v FROM ({sql})", _rollupsKnow);
    }

    private string Numbers(Asked asked, Place place, bool isOneLine) =>
        $"SELECT series, t, quality, CASE WHEN kind BETWEEN 1 AND 3 THEN number END AS v FROM ({scope.Relations.Rows(asked.Connection, asked.Cold, place.Picked, _bounds.From, _bounds.To, isJoined: !isOneLine)})";

    /// <param name="line">The line of all of them; null where the table says whose line is which.</param>
    private string Source(Place place, string rows, int? line)
    {
        var lines = line is { } one
            ? string.Create(CultureInfo.InvariantCulture, $"SELECT {one} AS line, r.* FROM ({rows}) r")
            : $"SELECT p.line, r.* FROM ({rows}) r JOIN {place.Picked.Table} p ON p.series = r.series";
        return $"SELECT *, {cut.Start(place.Zone, _bounds.From, _bounds.To)} AS bucket FROM ({lines})";
    }
}
