using System.Runtime.InteropServices;
using DuckDB.NET.Data;
using Wanwu.Registry;
using Wanwu.Registry.Organisations;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Rollups.Kept;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary>What a series takes up, and how fast it grows.</summary>
internal struct SeriesUse
{
    public long HotRows;
    public long ColdRows;
    public double ColdBytes;
    /// <summary>Of rollups that have outlived their observations.</summary>
    public long KeptRows;
    public double KeptBytes;
    /// <summary>Rows of the last days.</summary>
    public double Recent;
}

/// <summary>What every series takes up at one moment.</summary>
/// <param name="BySeries">By number.</param>
/// <param name="HotBytes">Of the store's file, with all that is in it.</param>
/// <param name="Kept">Of <paramref name="Rollups"/> those that have outlived their observations are not part.</param>
/// <param name="RecentDays">How many days <see cref="SeriesUse.Recent"/> counts.</param>
internal sealed record StorageUse(SeriesUse[] BySeries, long HotRows, long HotBytes, long ColdRows, long ColdBytes, int ColdFiles, TierUse Rollups, TierUse Kept, double RecentDays)
{
    public double HotBytesPerRow => HotRows == 0 ? 0 : (double)HotBytes / HotRows;
}

/// <summary>Rows and bytes by what they belong to: counted from the files' lists, estimated where a file is shared.</summary>
internal sealed class StorageFigures(StoreDatabase database, StoreLoader loader, FileCounts counts, SeriesTable series, TimeProvider clock)
{
    /// <summary>How many days the rate is taken from.</summary>
    public const int RateDays = 30;
    private volatile Known? _cold;

    private sealed record Known(long Generation, long Day, SeriesUse[] BySeries);

    public async Task<StorageUse> ReadAsync(CancellationToken stop)
    {
        await loader.LoadedAsync(stop);
        return await database.QueryAsync((connection, token) =>
        {
            Refresh(connection, token);
            return database.Cold.Read(connection, view => Read(connection, view));
        }, stop);
    }

    /// <summary>An expiry may be at the same rows; then the figures are those of a moment before.</summary>
    public void Refresh(DuckDBConnection connection, CancellationToken stop)
    {
        try
        {
            counts.Refresh(connection, stop);
        }
        catch (StoreException) when (!stop.IsCancellationRequested)
        {
            // What could not be counted now is counted by the next asker.
        }
    }

    private StorageUse Read(DuckDBConnection connection, ColdView view)
    {
        var now = Timestamp.Now(clock).Microseconds;
        var since = now - RateDays * ColdPeriod.MicrosecondsPerDay;
        SeriesUse[] all = [.. Cold(connection, since, now)];
        var earliest = view.Sound.Select(file => file.FirstTime).DefaultIfEmpty(long.MaxValue).Min();
        long hot = 0;
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "SELECT series, count(*), count_if(t >= $since AND t < $now)::DOUBLE, min(t) FROM observations GROUP BY series";
            command.Parameters.Add(new DuckDBParameter("since", since));
            command.Parameters.Add(new DuckDBParameter("now", now));
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                if (reader.GetInt32(0) is var number && number >= all.Length) continue;
                ref var use = ref all[number];
                use.HotRows = reader.GetInt64(1);
                use.Recent += reader.GetDouble(2);
                hot += use.HotRows;
                earliest = Math.Min(earliest, reader.GetInt64(3));
            }
        }
        var days = Math.Clamp((now - Math.Max(since, earliest)) / (double)ColdPeriod.MicrosecondsPerDay, 1, RateDays);
        List<ColdFile> files = [.. view.Sound], rollups = [.. view.AllRollups];
        List<ColdFile> kept = [.. Enum.GetValues<RollupLevel>().SelectMany(view.Kept)];
        return new StorageUse(all, hot, SizeOfStore(), files.Sum(file => file.Rows), files.Sum(file => file.Bytes), files.Count, Sum(rollups), Sum(kept), earliest == long.MaxValue ? 1 : days);
    }

    private static TierUse Sum(List<ColdFile> files) => new(files.Sum(file => file.Rows), files.Sum(file => file.Bytes));

    private long SizeOfStore() => new[] { database.Path, database.Path + ".wal" }.Sum(path => new FileInfo(path) is { Exists: true } file ? file.Length : 0);

    /// <summary>Remembered until the list of files changes, or the day.</summary>
    private SeriesUse[] Cold(DuckDBConnection connection, long since, long now)
    {
        var (generation, day) = (ColdManifest.Generation(connection), ColdPeriod.DayStart(now));
        if (_cold is { } known && (known.Generation, known.Day) == (generation, day) && known.BySeries.Length > series.Count) return known.BySeries;
        var all = new SeriesUse[series.Count + 1];
        using var command = connection.CreateCommand();
        // Bytes by the series' share of its file's rows; recent rows by the share of its time in it.
        command.CommandText = $"""
            SELECT n.series, sum(n.rows)::BIGINT, sum(n.rows * (f.bytes::DOUBLE / f.rows)),
                sum(CASE WHEN n.last_t < $since OR n.first_t >= $now THEN 0 ELSE n.rows * (least(n.last_t + 1, $now) - greatest(n.first_t, $since))::DOUBLE / (n.last_t + 1 - n.first_t) END)
            FROM {FileCounts.Table} n JOIN cold_files f ON f.name = n.file WHERE f.damage IS NULL GROUP BY n.series
            """;
        command.Parameters.Add(new DuckDBParameter("since", since));
        command.Parameters.Add(new DuckDBParameter("now", now));
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            if (reader.GetInt32(0) is var number && number >= all.Length) continue;
            (all[number].ColdRows, all[number].ColdBytes, all[number].Recent) = (reader.GetInt64(1), reader.GetDouble(2), reader.GetDouble(3));
        }
        ReadKept(connection, all);
        _cold = new Known(generation, day, all);
        return all;
    }

    private static void ReadKept(DuckDBConnection connection, SeriesUse[] all)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT n.series, sum(n.rows)::BIGINT, sum(n.rows * (f.bytes::DOUBLE / f.rows)) FROM {KeptManifest.Counts} n JOIN {KeptManifest.Table} f ON f.name = n.file WHERE f.damage IS NULL GROUP BY n.series
            """;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            if (reader.GetInt32(0) is var number && number >= all.Length) continue;
            (all[number].KeptRows, all[number].KeptBytes) = (reader.GetInt64(1), reader.GetDouble(2));
        }
    }

    /// <summary>Sums by whatever <paramref name="name"/> says of a series, the largest first.</summary>
    public List<StorageLine> By(StorageUse use, ThingDirectory things, Func<SeriesClass, string?> name)
    {
        var sums = new Dictionary<string, StorageLine>(StringComparer.Ordinal);
        for (var i = 1; i < use.BySeries.Length; i++)
        {
            if (series.Find(i) is not { } one) continue;
            var (hot, cold, kept) = (use.BySeries[i].HotRows, use.BySeries[i].ColdRows, use.BySeries[i].KeptRows);
            if (hot + cold + kept == 0) continue;
            var of = name(SeriesTerms.ClassOf(one, things));
            ref var line = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, of ?? "", out _);
            line ??= new StorageLine(of, TierUse.None, TierUse.None, TierUse.None);
            line = line with { Hot = line.Hot.Plus(hot, hot * use.HotBytesPerRow), Cold = line.Cold.Plus(cold, use.BySeries[i].ColdBytes), Kept = line.Kept.Plus(kept, use.BySeries[i].KeptBytes) };
        }
        return [.. sums.Values.OrderByDescending(line => line.Bytes).ThenBy(line => line.Name, StringComparer.Ordinal)];
    }

    /// <summary>The same by whole branches: what is of an organisation counts for each that stands above it too.</summary>
    public static List<StorageLine> Branches(IReadOnlyList<StorageLine> own, OrganisationTree tree)
    {
        var sums = new Dictionary<string, StorageLine>(StringComparer.Ordinal);
        foreach (var line in own)
        {
            Add(line.Name, line);
            if (line.Name is { } organisation)
                foreach (var above in tree.Ancestors(organisation)) Add(above.Id, line);
        }
        return [.. sums.Values.OrderByDescending(line => line.Bytes).ThenBy(line => line.Name, StringComparer.Ordinal)];

        void Add(string? name, StorageLine line)
        {
            var sum = sums.GetValueOrDefault(name ?? "") ?? new StorageLine(name, TierUse.None, TierUse.None, TierUse.None);
            sums[name ?? ""] = sum with { Hot = sum.Hot.Plus(line.Hot.Rows, line.Hot.Bytes), Cold = sum.Cold.Plus(line.Cold.Rows, line.Cold.Bytes), Kept = sum.Kept.Plus(line.Kept.Rows, line.Kept.Bytes) };
        }
    }
}

/// <summary>Rows, and bytes on the disk.</summary>
internal sealed record TierUse(long Rows, long Bytes)
{
    public static readonly TierUse None = new(0, 0);

    public TierUse Plus(long rows, double bytes) => new(Rows + rows, Bytes + (long)Math.Round(bytes));
}

/// <param name="Name">Null for what belongs to none.</param>
/// <param name="Kept">Rollups that have outlived their observations.</param>
internal sealed record StorageLine(string? Name, TierUse Hot, TierUse Cold, TierUse Kept)
{
    internal long Bytes => Hot.Bytes + Cold.Bytes + Kept.Bytes;
}

/// <summary>What lies where.</summary>
/// <param name="ColdFiles">How many files the cold tier has.</param>
/// <param name="Rollups">Files of rollups, beside those of observations.</param>
/// <param name="Kept">Files of rollups that have outlived their observations.</param>
/// <param name="Expired">Observations that retention has let go so far.</param>
internal sealed record StorageView(
    TierUse Hot, TierUse Cold, int ColdFiles, TierUse Rollups, TierUse Kept, long Expired, IReadOnlyList<StorageLine> Organisations, IReadOnlyList<StorageLine> Models, IReadOnlyList<StorageLine> Properties);
