using System.Globalization;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>The SQL that sums up lines per bucket: of rollups where they know the measures and lie within buckets, of observations for the rest.</summary>
/// <param name="bounds">What <see cref="Scope.Bounds"/> said.</param>
internal sealed class Summing(Scope scope, (long From, long To) bounds, Cut cut, IReadOnlyList<Measure> measures)
{
    private const int MostZones = 16;
    private readonly bool _rollupsKnow = measures.All(measure => measure.OfParts is not null), _withSteps = measures.Any(measure => measure.IsOfSteps);

    /// <summary>Series whose days begin together.</summary>
    private sealed record Place(TimeZoneInfo Zone, PickedSeries Picked);

    /// <summary>The beginning of a statement: <c>measured(line, start, m0, m1, …)</c>.</summary>
    /// <param name="behind">A condition on <c>line</c> and <c>t</c>, to stand behind others.</param>
    public string With(Asked asked, int first, int count, string behind)
    {
        var isOneLine = count == 1;
        var (rows, ofParts) = Rows(asked, first, count, isJoined: !isOneLine);
        var sources = rows.Select(one => Source(one.Place, one.Sql, isOneLine ? first : null));
        var columns = measures.Select((measure, i) => FormattableString.Invariant($"{(ofParts ? measure.OfParts : measure.Sql)} AS m{i}"));
        return $"""
            WITH measured AS (SELECT line, bucket AS start, {string.Join(", ", columns)}
                FROM ({string.Join(" UNION ALL ", sources)}) WHERE {scope.Wanted()} {behind} GROUP BY line, bucket)
            """;
    }

    /// <summary>
    /// The same with each series summed up for itself by the store, and series put together to lines here: the store need not find the line of each observation. Null
    /// where that cannot be, or sums of single series would take more memory than those of lines.
    /// </summary>
    public LineSums? BySeries(Asked asked, int first, int count)
    {
        if (!IsBySeries(first, count)) return null;
        var sums = new LineSums(measures);
        var (rows, ofParts) = Rows(asked, first, count, isJoined: false);
        var parts = rows.Select(one => $"SELECT series, bucket, {sums.Columns(ofParts)} FROM (SELECT *, {cut.Start(one.Place.Zone, bounds.From, bounds.To)} AS bucket FROM ({one.Sql})) WHERE {scope.Wanted()} GROUP BY series, bucket");
        if (!cut.HasBuckets) parts = rows.Select(one => $"SELECT series, 0::BIGINT AS bucket, {sums.Columns(ofParts)} FROM ({one.Sql}) WHERE {scope.Wanted()} GROUP BY series");
        var (lowest, lines) = LinesOfSeries(first, count);
        using var found = new NumberRows(asked.Connection, string.Join(" UNION ALL ", parts));
        while (found.Read())
            if ((uint)(found.Int32(0) - lowest) is var place && place < lines.Length && lines[place] is >= 0 and var line) sums.Add(line, cut.HasBuckets ? found.Int64(1) : bounds.From, found, 2);
        return sums;
    }

    private bool IsBySeries(int first, int count)
    {
        if (count == 1 || !_rollupsKnow || _withSteps) return false;
        var members = 0L;
        for (var line = first; line < first + count; line++) members += scope.Lines.All[line].Members.Count;
        return members * cut.Buckets(bounds.From, bounds.To) <= scope.MostBySeries;
    }

    /// <summary>The line of each series from the lowest on; below zero where it has none.</summary>
    private (int Lowest, int[] Lines) LinesOfSeries(int first, int count)
    {
        var (lowest, highest) = (int.MaxValue, int.MinValue);
        for (var line = first; line < first + count; line++)
            foreach (var member in scope.Lines.All[line].Members)
                if (member.Series is { } series) (lowest, highest) = (Math.Min(lowest, series.Number), Math.Max(highest, series.Number));
        var lines = new int[Math.Max(0L, highest - (long)lowest + 1)];
        Array.Fill(lines, -1);
        for (var line = first; line < first + count; line++)
            foreach (var member in scope.Lines.All[line].Members)
                if (member.Series is { } series) lines[series.Number - lowest] = line;
        return (lowest, lines);
    }

    private (List<(Place Place, string Sql)> Rows, bool OfParts) Rows(Asked asked, int first, int count, bool isJoined)
    {
        var places = Places(asked, first, count);
        var parts = places.ConvertAll(place => Parts(asked, place, isJoined));
        var ofParts = parts.Exists(part => part.HasRollups);
        string Sql(int i) => !ofParts && !_withSteps ? Numbers(asked, places[i], isJoined) : parts[i].Sql.Length > 0 ? parts[i].Sql : Parts(asked, places[i], isJoined, isElseNeedless: false).Sql;
        return ([.. places.Select((place, i) => (place, Sql(i)))], ofParts);
    }

    private List<Place> Places(Asked asked, int first, int count)
    {
        var zones = new Dictionary<TimeZoneInfo, List<(int Line, Series Series)>>();
        var (last, there) = ((TimeZoneInfo?)null, default(List<(int Line, Series Series)>)!);
        for (var line = first; line < first + count; line++)
        {
            foreach (var member in scope.Lines.All[line].Members)
            {
                if (member.Series is not { } series) continue;
                var zone = cut.ZoneOf(member.Thing);
                // Mostly one: it is not looked up for each of thousands.
                if (!ReferenceEquals(zone, last) && !zones.TryGetValue(last = zone, out there!)) zones[zone] = there = [];
                there.Add((line, series));
            }
        }
        // All of the time is one bucket in any zone; only the use that can be made of days differs.
        if (!cut.HasBuckets && zones.Count > MostZones) zones = new() { [TimeZoneInfo.Utc] = [.. zones.SelectMany(zone => zone.Value)] };
        if (zones.Count == 0) zones[TimeZoneInfo.Utc] = [];
        return [.. zones.Select((zone, i) => new Place(zone.Key, PickedLines.Fill(asked.Connection, i, zone.Value)))];
    }

    private (string Sql, bool HasRollups) Parts(Asked asked, Place place, bool isJoined, bool isElseNeedless = true)
    {
        if (_withSteps) return Stepping(asked, place);
        if (!_rollupsKnow) return ("", false);
        var relation = new RollupRelation(scope.Relations, asked.Connection, asked.Cold, place.Picked);
        var sql = relation.Sql(new RollupQuestion(scope.From, scope.To, cut.Levels(place.Zone, bounds.From, bounds.To), RollupSql.OfEach) { IsJoined = isJoined, IsElseNeedless = isElseNeedless });
        return (sql.Length == 0 ? "" : $"SELECT *, start AS t FROM ({sql})", relation.HasRollups);
    }

    private (string Sql, bool HasRollups) Stepping(Asked asked, Place place)
    {
        var sql = new Steps(asked, scope, place.Picked).Sql(_rollupsKnow ? cut.Levels(place.Zone, bounds.From, bounds.To) : [], measures.Any(measure => measure.Name == "distance"));
        // Where not all of it is known to rollups, each row is one observation.
        return ($"SELECT *, start AS t, sum AS v FROM ({sql})", _rollupsKnow);
    }

    private string Numbers(Asked asked, Place place, bool isJoined) =>
        $"SELECT series, t, quality, CASE WHEN kind BETWEEN 1 AND 3 THEN number END AS v FROM ({scope.Relations.Rows(asked.Connection, asked.Cold, place.Picked, bounds.From, bounds.To, isJoined)})";

    /// <param name="line">The line of all of them; null where the table says whose line is which.</param>
    private string Source(Place place, string rows, int? line)
    {
        var lines = line is { } one
            ? string.Create(CultureInfo.InvariantCulture, $"SELECT {one} AS line, r.* FROM ({rows}) r")
            : $"SELECT p.line, r.* FROM ({rows}) r JOIN {place.Picked.Table} p ON p.series = r.series";
        return $"SELECT *, {cut.Start(place.Zone, bounds.From, bounds.To)} AS bucket FROM ({lines})";
    }
}
