using System.Globalization;

namespace Wanwu.Telemetry.Rollups;

/// <summary>What of a rollup row is needed, beside times, counts, sum, lowest and highest.</summary>
[Flags]
internal enum RollupParts
{
    Usual = 0,
    Deviations = 1,
    /// <summary>First and last.</summary>
    Ends = 2,
    /// <summary>Increase, points and distance.</summary>
    Steps = 4,
    All = Deviations | Ends | Steps,
}

/// <summary>The columns of a rollup row, and the SQL that makes such rows of observations or of finer rollups.</summary>
/// <remarks>
/// A row sums up what there is of one series with one quality in [start, finish), in one place: two rows of one bucket, from two files or of two qualities, add up.
/// Times are microseconds. <c>first_t</c> and <c>last_t</c> are of any observation; <c>first</c> and <c>last</c> of those with a number. Points have columns of
/// their own. <c>deviations</c> is the sum of squared differences from the row's own mean: unlike a sum of squares it stays exact for large values that differ little.
/// </remarks>
internal static class RollupSql
{
    public const string Columns =
        "series, start, finish, quality, count, n, sum, deviations, min, max, first, first_at, last, last_at, first_t, last_t, increase, "
        + "points, from_latitude, from_longitude, from_at, to_latitude, to_longitude, to_at, distance";

    /// <summary>The types of <see cref="Columns"/>, for a table.</summary>
    public const string Table =
        "series INTEGER NOT NULL, start BIGINT NOT NULL, finish BIGINT NOT NULL, quality UTINYINT NOT NULL, count BIGINT NOT NULL, n BIGINT NOT NULL, sum DOUBLE, "
        + "deviations DOUBLE, min DOUBLE, max DOUBLE, first DOUBLE, first_at BIGINT, last DOUBLE, last_at BIGINT, first_t BIGINT NOT NULL, last_t BIGINT NOT NULL, "
        + "increase DOUBLE, points BIGINT NOT NULL, from_latitude DOUBLE, from_longitude DOUBLE, from_at BIGINT, to_latitude DOUBLE, to_longitude DOUBLE, to_at BIGINT, distance DOUBLE";

    public const int LayoutVersion = 1;

    /// <summary>The columns of a rollup file: instants in place of microseconds, and nothing twice.</summary>
    public const string ToFile =
        "series, make_timestamptz(start) AS start, make_timestamptz(finish) AS finish, quality, count, n, sum, deviations, min, max, first, nullif(first_at, first_t) - start AS first_at, "
        + "last, nullif(last_at, last_t) - start AS last_at, first_t - start AS first_t, last_t - start AS last_t, increase, points, from_latitude, from_longitude, nullif(from_at, first_t) - start AS from_at, "
        + "to_latitude, to_longitude, nullif(to_at, last_t) - start AS to_at, distance";

    /// <summary>The columns that are otherwise in a file than in <see cref="Columns"/>.</summary>
    private static readonly Dictionary<string, string> OfFile = new(StringComparer.Ordinal)
    {
        ["start"] = "epoch_us(start)", ["finish"] = "epoch_us(finish)", ["first_t"] = "epoch_us(start) + first_t", ["last_t"] = "epoch_us(start) + last_t",
        ["first_at"] = "CASE WHEN n > 0 THEN epoch_us(start) + coalesce(first_at, first_t) END", ["last_at"] = "CASE WHEN n > 0 THEN epoch_us(start) + coalesce(last_at, last_t) END",
        ["from_at"] = "CASE WHEN points > 0 THEN epoch_us(start) + coalesce(from_at, first_t) END", ["to_at"] = "CASE WHEN points > 0 THEN epoch_us(start) + coalesce(to_at, last_t) END",
    };

    /// <summary><see cref="Columns"/> of a rollup file.</summary>
    public static readonly string FromFile = Selected(Columns);

    /// <summary>What is read of rollup rows one by one: <see cref="RollupRow.Read"/> knows the order. DuckDB plans, reads and works out no more than is named.</summary>
    public static string Read(RollupParts parts) => "count, n, sum, min, max, first_t, last_t"
        + (parts.HasFlag(RollupParts.Deviations) ? ", deviations" : "")
        + (parts.HasFlag(RollupParts.Ends) ? ", first, first_at, last, last_at" : "")
        + (parts.HasFlag(RollupParts.Steps) ? ", increase, points, from_latitude, from_longitude, to_latitude, to_longitude, distance" : "");

    /// <summary>The same of a rollup file.</summary>
    public static string ReadFile(RollupParts parts) => Selected(Read(parts));

    private static string Selected(string columns) => string.Join(", ", columns.Split(", ").Select(column => OfFile.TryGetValue(column, out var expression) ? $"{expression} AS {column}" : column));

    /// <summary>What <see cref="Read"/> reads, of one series' observations: <c>t</c>, <c>kind</c> and <c>number</c>, without steps.</summary>
    /// <param name="groups">Expressions of <c>t</c> or names of columns.</param>
    public static string OfOne(string rows, string groups, RollupParts parts) => $"""
        SELECT count(*) AS count, count(v) AS n, sum(v) AS sum, min(v) AS min, max(v) AS max, min(t) AS first_t, max(t) AS last_t
            {(parts.HasFlag(RollupParts.Deviations) ? ", var_pop(v) * count(v) AS deviations" : "")}
            {(parts.HasFlag(RollupParts.Ends) ? ", arg_min(v, t) AS first, min(t) FILTER (v IS NOT NULL) AS first_at, arg_max(v, t) AS last, max(t) FILTER (v IS NOT NULL) AS last_at" : "")}
        FROM (SELECT *, CASE WHEN kind BETWEEN 1 AND 3 THEN number END AS v FROM ({rows})) GROUP BY {groups}
        """;

    /// <summary>The mean radius of WGS 84, in metres.</summary>
    public const double EarthRadius = 6_371_008.8;

    /// <summary>The start of the minute or hour of a time.</summary>
    public static string Floor(string time, RollupLevel level) => string.Create(CultureInfo.InvariantCulture, $"({time} - ({time} % {level.Width()} + {level.Width()}) % {level.Width()})");

    public static string Ceiling(string time, RollupLevel level) => string.Create(CultureInfo.InvariantCulture, $"({Floor(time, level)} + {level.Width()})");

    /// <summary>Rollup rows of observations.</summary>
    /// <param name="rows">A relation with <c>series, t, quality, kind, number, number2</c>, series and time without repeat.</param>
    /// <param name="start">Start of the bucket of <c>t</c>.</param>
    /// <param name="finish">Its end.</param>
    /// <param name="withSteps">Whether to sum up increase and distance, for which the rows must be put in order; null without.</param>
    public static string FromRows(string rows, string start, string finish, bool withSteps)
    {
        var measured = $"""
            SELECT series, t, quality, {start} AS start, {finish} AS finish, CASE WHEN kind BETWEEN 1 AND 3 THEN number END AS value,
                CASE WHEN kind = 5 THEN number END AS latitude, CASE WHEN kind = 5 THEN number2 END AS longitude FROM ({rows})
            """;
        return $"""
            SELECT series, start, finish, quality, count(*) AS count, count(value) AS n, sum(value) AS sum, var_pop(value) * count(value) AS deviations,
                min(value) AS min, max(value) AS max, arg_min(value, t) AS first, min(t) FILTER (value IS NOT NULL) AS first_at,
                arg_max(value, t) AS last, max(t) FILTER (value IS NOT NULL) AS last_at, min(t) AS first_t, max(t) AS last_t,
                {(withSteps ? $"sum({Increase("before", "value")})" : "NULL::DOUBLE")} AS increase,
                count(latitude) AS points, arg_min(latitude, t) AS from_latitude, arg_min(longitude, t) AS from_longitude, min(t) FILTER (latitude IS NOT NULL) AS from_at,
                arg_max(latitude, t) AS to_latitude, arg_max(longitude, t) AS to_longitude, max(t) FILTER (latitude IS NOT NULL) AS to_at,
                {(withSteps ? $"sum({Distance("latitude_before", "longitude_before", "latitude", "longitude")})" : "NULL::DOUBLE")} AS distance
            FROM ({(withSteps ? Stepping(measured) : measured)}) GROUP BY series, start, finish, quality
            """;
    }

    /// <summary>Each observation as a rollup row of its own, whose unit is its microsecond: for who sums up anyway, without doing so twice.</summary>
    /// <param name="rows">A relation with <c>series, t, quality, kind, number, number2</c>.</param>
    public static string OfEach(string rows) => $"""
        SELECT series, t AS start, t + 1 AS finish, quality, 1::BIGINT AS count, (v IS NOT NULL)::BIGINT AS n, v AS sum, CASE WHEN v IS NOT NULL THEN 0::DOUBLE END AS deviations,
            v AS min, v AS max, v AS first, CASE WHEN v IS NOT NULL THEN t END AS first_at, v AS last, CASE WHEN v IS NOT NULL THEN t END AS last_at, t AS first_t, t AS last_t,
            NULL::DOUBLE AS increase, (kind = 5)::BIGINT AS points, latitude AS from_latitude, longitude AS from_longitude, CASE WHEN kind = 5 THEN t END AS from_at,
            latitude AS to_latitude, longitude AS to_longitude, CASE WHEN kind = 5 THEN t END AS to_at, NULL::DOUBLE AS distance
        FROM (SELECT series, t, quality, kind, CASE WHEN kind BETWEEN 1 AND 3 THEN number END AS v, CASE WHEN kind = 5 THEN number END AS latitude, CASE WHEN kind = 5 THEN number2 END AS longitude
            FROM ({rows}))
        """;

    /// <summary>Coarser rollup rows of finer ones, none of which reaches over the end of a coarse one; increase and distance with the steps between them, where the finer have theirs.</summary>
    public static string FromRollups(string rollups, string start, string finish) => $"""
        SELECT series, start, finish, quality, sum(count)::BIGINT AS count, sum(n)::BIGINT AS n, sum(sum) AS sum,
            sum(deviations) + sum(n * (mean - whole) * (mean - whole)) AS deviations,
            min(min) AS min, max(max) AS max, arg_min(first, first_at) AS first, min(first_at) AS first_at, arg_max(last, last_at) AS last, max(last_at) AS last_at,
            min(first_t) AS first_t, max(last_t) AS last_t, sum(coalesce(increase, 0) + coalesce({Increase("before", "first")}, 0)) FILTER (n > 1 OR before IS NOT NULL) AS increase,
            sum(points)::BIGINT AS points,
            arg_min(from_latitude, from_at) AS from_latitude, arg_min(from_longitude, from_at) AS from_longitude, min(from_at) AS from_at,
            arg_max(to_latitude, to_at) AS to_latitude, arg_max(to_longitude, to_at) AS to_longitude, max(to_at) AS to_at,
            sum(coalesce(distance, 0) + coalesce({Distance("latitude_before", "longitude_before", "from_latitude", "from_longitude")}, 0))
                FILTER (points > 1 OR latitude_before IS NOT NULL) AS distance
        FROM (
            SELECT *, sum / n AS mean, sum(sum) OVER whole / sum(n) OVER whole AS whole, lag(last IGNORE NULLS) OVER steps AS before,
                lag(to_latitude IGNORE NULLS) OVER steps AS latitude_before, lag(to_longitude IGNORE NULLS) OVER steps AS longitude_before
            FROM (SELECT * REPLACE ({start} AS start, {finish} AS finish) FROM ({rollups}))
            WINDOW whole AS (PARTITION BY series, start, quality), steps AS (PARTITION BY series, start, quality ORDER BY first_t))
        GROUP BY series, start, finish, quality
        """;

    /// <summary>What a counter rose by: where it fell it began anew, and the new value is the rise.</summary>
    public static string Increase(string before, string value) => $"CASE WHEN {value} >= {before} THEN {value} - {before} WHEN {value} < {before} THEN {value} END";

    /// <summary>Metres along the great circle.</summary>
    public static string Distance(string latitude1, string longitude1, string latitude2, string longitude2) => string.Create(CultureInfo.InvariantCulture, $"""
        CASE WHEN {latitude1} IS NOT NULL AND {latitude2} IS NOT NULL THEN {2 * EarthRadius} * asin(least(1, sqrt(sin(radians({latitude2} - {latitude1}) / 2) ^ 2
            + cos(radians({latitude1})) * cos(radians({latitude2})) * sin(radians({longitude2} - {longitude1}) / 2) ^ 2))) END
        """);

    /// <summary>With each row the one before it in its bucket; what has neither number nor point is passed over.</summary>
    private static string Stepping(string measured) => $"""
        SELECT *, lag(value IGNORE NULLS) OVER steps AS before, lag(latitude IGNORE NULLS) OVER steps AS latitude_before, lag(longitude IGNORE NULLS) OVER steps AS longitude_before
        FROM ({measured}) WINDOW steps AS (PARTITION BY series, start, finish, quality ORDER BY t)
        """;
}
