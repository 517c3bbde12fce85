namespace Wanwu.Console.SqlRoom;

/// <summary>A query to begin with; its name stands among the words as <c>sqlExample.KEY</c>.</summary>
internal sealed record SqlExample(string Key, string Text)
{
    public static readonly IReadOnlyList<SqlExample> All =
    [
        new("hours", """
            SELECT time_bucket(INTERVAL 1 HOUR, t) AS hour, property, avg(value) AS mean
            FROM observations
            WHERE t >= now() - INTERVAL 1 DAY AND quality = 'good'
            GROUP BY ALL
            ORDER BY hour
            """),
        new("silent", """
            SELECT name, region, max(s.t) AS last
            FROM things LEFT JOIN series s ON s.thing = id
            WHERE lifecycle <> 'retired'
            GROUP BY id, name, region
            HAVING last IS NULL OR last < now() - INTERVAL 1 DAY
            ORDER BY last NULLS FIRST
            """),
        new("quality", """
            SELECT property, quality, count(*) AS n, min(t) AS first, max(t) AS last
            FROM observations
            WHERE t >= now() - INTERVAL 7 DAY
            GROUP BY ALL
            ORDER BY n DESC
            """),
        new("highest", """
            SELECT name, property, max(value) AS greatest, arg_max(t, value) AS at
            FROM observations JOIN things ON id = thing
            WHERE t >= date_trunc('day', now()) AND quality = 'good'
            GROUP BY id, name, property
            ORDER BY greatest DESC
            LIMIT 10
            """),
        new("gaps", """
            SELECT thing, property, t AS last_before, next AS first_after, next - t AS gap
            FROM (SELECT thing, property, t, lead(t) OVER (PARTITION BY thing, property ORDER BY t) AS next
                  FROM observations WHERE t >= now() - INTERVAL 7 DAY)
            WHERE next - t > INTERVAL 1 HOUR
            ORDER BY gap DESC
            """),
        new("one", """
            SELECT t, value, quality
            FROM observations
            WHERE thing = $thing AND property = $property AND t >= now() - INTERVAL 1 DAY
            ORDER BY t
            """),
    ];
}
