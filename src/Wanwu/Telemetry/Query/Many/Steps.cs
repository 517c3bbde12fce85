using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>What counters rose by and how far positions went: from row to row of each series, the first of the range going on from the last one before it.</summary>
/// <remarks>
/// A rollup row knows the steps between its own observations. Those between rows are added here, which is right only where rows lie behind one another: where some
/// lie in one another's time, as those of several qualities may, the observations are asked in place of all of them.
/// </remarks>
internal sealed class Steps(Asked asked, Scope scope, PickedSeries picked)
{
    private const long FirstStep = RollupLevels.MicrosecondsPerHour, Widen = 16;

    /// <summary>An aggregate of the rows of <see cref="Sql"/>.</summary>
    public const string Increase =
        "sum(coalesce(increase, 0) + coalesce(CASE WHEN first >= before THEN first - before WHEN first < before THEN first END, 0)) FILTER (n > 1 OR (n > 0 AND before IS NOT NULL))";

    /// <inheritdoc cref="Increase"/>
    public static readonly string Distance =
        $"sum(coalesce(distance, 0) + coalesce({RollupSql.Distance("latitude_before", "longitude_before", "from_latitude", "from_longitude")}, 0)) FILTER (points > 1 OR (points > 0 AND latitude_before IS NOT NULL))";

    /// <summary>Rollup rows, each with what its series had before it.</summary>
    /// <param name="levels">Rollups that may be used.</param>
    /// <param name="withPoints">Whether positions are asked for.</param>
    public string Sql(IReadOnlyList<RollupUnits> levels, bool withPoints)
    {
        var rows = Rows(levels, out var hasRollups);
        if (hasRollups && AreMixed(rows)) rows = Rows([], out _);
        var number = FindBefore("number_before", "n", "last", "last", "last_at");
        var point = withPoints ? FindBefore("point_before", "points", "to_latitude", "to_longitude", "to_at") : $"(SELECT series, a, b FROM {number} LIMIT 0)";
        return $"""
            SELECT r.* EXCLUDE (value_before, from_before, way_before), coalesce(value_before, x.a) AS before, coalesce(from_before, y.a) AS latitude_before, coalesce(way_before, y.b) AS longitude_before
            FROM (SELECT *, lag(last IGNORE NULLS) OVER steps AS value_before, lag(to_latitude IGNORE NULLS) OVER steps AS from_before, lag(to_longitude IGNORE NULLS) OVER steps AS way_before
                FROM ({rows}) WINDOW steps AS (PARTITION BY series ORDER BY first_t)) r
                LEFT JOIN {number} x ON x.series = r.series LEFT JOIN {point} y ON y.series = r.series
            """;
    }

    private string Rows(IReadOnlyList<RollupUnits> levels, out bool hasRollups)
    {
        var relation = new RollupRelation(scope.Relations, asked.Connection, asked.Cold, picked);
        var sql = relation.Sql(new RollupQuestion(scope.From, scope.To, levels, RollupSql.OfEach) { WithSteps = true });
        hasRollups = relation.HasRollups;
        return $"SELECT * FROM ({sql}) WHERE {scope.Wanted()}";
    }

    private bool AreMixed(string rows) => asked.Connection.Scalar($"""
        SELECT EXISTS (FROM (SELECT first_t <= max(last_t) OVER (PARTITION BY series ORDER BY first_t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS mixed FROM ({rows})) WHERE mixed)::INTEGER
        """) == 1;

    /// <summary>Goes back in time in ever greater steps, each for the series of which nothing was found yet.</summary>
    /// <returns>A table <c>(series, a, b)</c>.</returns>
    private string FindBefore(string name, string count, string a, string b, string at)
    {
        var table = $"{picked.Table}_{name}";
        asked.Connection.Execute($"CREATE OR REPLACE TEMP TABLE {table} (series INTEGER NOT NULL, a DOUBLE, b DOUBLE)");
        List<Series> missing = [.. picked.Series.Where(series => series.Plan.StoredFirst < scope.From)];
        var to = scope.From;
        for (var step = FirstStep; missing.Count > 0; step *= Widen)
        {
            asked.Stop.ThrowIfCancellationRequested();
            var those = PickedSeries.Fill(asked.Connection, missing, $"{picked.Table}_missing");
            if (those.First >= to) break;
            var since = to - those.First <= step ? those.First : to - step;
            var rows = new RollupRelation(scope.Relations, asked.Connection, asked.Cold, those).Sql(new RollupQuestion(since, to, [new RollupUnits(RollupLevel.Hour, TimeZoneInfo.Utc)], RollupSql.OfEach));
            asked.Connection.Execute($"INSERT INTO {table} SELECT series, arg_max({a}, {at}), arg_max({b}, {at}) FROM ({rows}) WHERE {scope.Wanted()} AND {count} > 0 GROUP BY series");
            var found = asked.Connection.Pairs($"SELECT series, 1::BIGINT FROM {table}").Select(one => one.Key).ToHashSet();
            missing.RemoveAll(series => found.Contains(series.Number));
            to = since;
        }
        return table;
    }
}
