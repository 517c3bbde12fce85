using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary>What is known of series once some of their rows have gone: in the store for the next start, and in memory.</summary>
/// <remarks>Both say the same: the latest value of a series is that of the latest row there is. When the last row goes, so does the value.</remarks>
/// <param name="isGone">Whether a latest value, and when it was received, is among what went.</param>
internal sealed class LatestLeft(ExpiryRooms rooms, DuckDBConnection connection, Func<Series, Observation, Timestamp, bool> isGone)
{
    private const string Affected = "affected_series";

    /// <summary>Brings what the store keeps of the series' cold rows in step with the files that are left. Within the transaction that lets rows go.</summary>
    public void SumUp(List<int> affected)
    {
        Fill(affected);
        connection.Execute($"""
            CREATE OR REPLACE TEMP TABLE left_series AS SELECT n.series, min(n.first_t) AS first_t, max(n.last_t) AS last_t FROM {FileCounts.Table} n SEMI JOIN {Affected} a ON a.series = n.series SEMI JOIN cold_files f ON f.name = n.file GROUP BY n.series;
            UPDATE cold_series SET first_t = l.first_t FROM left_series l WHERE l.series = cold_series.series AND l.first_t > cold_series.first_t;
            DELETE FROM cold_series WHERE series IN (FROM {Affected}) AND series NOT IN (SELECT series FROM left_series)
            """);
        foreach (var file in FilesOfLatest()) TakeLatest(file);
    }

    /// <summary>Files whose rows became the latest cold ones of a series.</summary>
    private List<ColdFile> FilesOfLatest()
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT DISTINCT n.file FROM {FileCounts.Table} n JOIN left_series l ON l.series = n.series AND l.last_t = n.last_t JOIN cold_series c ON c.series = l.series AND c.t > l.last_t
            """;
        var names = new HashSet<string>(StringComparer.Ordinal);
        using (var reader = command.ExecuteReader())
            while (reader.Read()) names.Add(reader.GetString(0));
        return names.Count == 0 ? [] : [.. ColdManifest.Read(connection).Where(file => names.Contains(file.Name) && !rooms.Database.Cold.Damaged.ContainsKey(file.Name))];
    }

    private void TakeLatest(ColdFile file) => connection.Execute($"""
        CREATE OR REPLACE TEMP TABLE latest_left AS
            SELECT c.series, l.first_t, epoch_us(c.t) AS t, epoch_us(c.t) + delay AS received, {StoredValue.Columns} FROM {ColdSql.Parquet([rooms.Database.Cold.PathOf(file)])} c
            JOIN left_series l ON l.series = c.series AND l.last_t = epoch_us(c.t) JOIN (SELECT series AS s, t AS before FROM cold_series) k ON k.s = c.series AND k.before > l.last_t;
        DELETE FROM cold_series WHERE series IN (SELECT series FROM latest_left);
        INSERT INTO cold_series SELECT series, first_t, t, received, {StoredValue.Columns} FROM latest_left
        """);

    /// <summary>The same in memory. After the commit, while nothing is loaded.</summary>
    public void Replace(List<int> affected)
    {
        var expired = new Dictionary<int, (Series Series, Timestamp Latest)>();
        foreach (var number in affected)
            if (rooms.Series.Find(number) is { } series && series.TryGetLatest(out var latest, out var received) && isGone(series, latest, received))
                expired.Add(number, (series, latest.Time));
        if (expired.Count == 0) return;
        var left = Read([.. expired.Keys]);
        foreach (var (number, (series, latest)) in expired)
        {
            if (left.TryGetValue(number, out var row)) series.ReplaceLatest(latest, new Observation(series, new Timestamp(row.Time), row.Value, row.Quality), row.Received);
            else series.ForgetLatest(latest);
        }
    }

    private Dictionary<int, (long Time, Value Value, Quality Quality, Timestamp Received)> Read(List<int> series)
    {
        Fill(series);
        using var command = connection.CreateCommand();
        // Of two with the same time the hot one stands: it comes last.
        command.CommandText = $"""
            SELECT series, t, {StoredValue.Columns}, received FROM (
                SELECT 0 AS tier, series, t, received, {StoredValue.Columns} FROM cold_series SEMI JOIN {Affected} USING (series)
                UNION ALL
                SELECT 1 AS tier, series, t, received, {StoredValue.Columns} FROM observations SEMI JOIN {Affected} USING (series)
                QUALIFY row_number() OVER (PARTITION BY series ORDER BY t DESC) = 1)
            ORDER BY t, tier
            """;
        using var reader = command.ExecuteReader();
        var rows = new Dictionary<int, (long, Value, Quality, Timestamp)>();
        while (reader.Read())
        {
            var (value, quality) = StoredValue.Read(reader, 2);
            rows[reader.GetInt32(0)] = (reader.GetInt64(1), value, quality, new Timestamp(reader.GetInt64(2 + StoredValue.Count)));
        }
        return rows;
    }

    private void Fill(List<int> series)
    {
        connection.Execute($"CREATE OR REPLACE TEMP TABLE {Affected} (series INTEGER NOT NULL)");
        using var appender = new ColumnAppender(connection, Affected, "temp");
        foreach (var number in series)
        {
            appender.Int32(0, number);
            appender.Next();
        }
        appender.Finish();
    }
}
