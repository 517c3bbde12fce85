using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Cold;

/// <summary>Where tests stand in for a crash at each step of a compaction.</summary>
internal sealed class ColdFaults
{
    public Action<ColdStep>? At { get; set; }
}

internal enum ColdStep
{
    Staged,
    Written,
    SummedUp,
    BeforeCommit,
    AfterCommit,
    MergeWritten,
    MergeCommitted,
    HoursSummedUp,
    HoursCommitted,
}

/// <summary>Moves the hot rows of one span into files, together with the file that is there: one transaction.</summary>
/// <remarks>
/// The transaction reads the rows, and deletes just those it read: what the loader brings meanwhile it does not see, and leaves hot. A row the loader replaces
/// meanwhile makes the deletion fail, and the whole move is put off. Only deletion and commit hold the loader up; the log takes messages all the while.
/// All series of a time go at once, however many files they fill: DuckDB deletes whole blocks of rows at no cost, but keeps an entry for each row of a block of
/// which some are left, in memory, until it can write the block anew.
/// </remarks>
internal sealed class HotMove(StoreDatabase database, StoreLoader loader, ColdFaults faults, ColdWriter writer, RollupWriter rollups)
{
    private const string Moved = "moved_series";

    /// <summary>How long the loader was held up.</summary>
    public TimeSpan Switch { get; private set; }

    /// <param name="span">A time without files yet, to be cut into ranges of series with at most <paramref name="rowsPerFile"/> rows or so; or that of <paramref name="replaced"/>, which stays one.</param>
    /// <returns>How many files were written, and how many rows became cold.</returns>
    public (int Files, long Rows) Run(ColdSpan span, ColdFile? replaced, long rowsPerFile, TimeProvider clock, CancellationToken stop)
    {
        using var connection = database.Connect();
        using var interrupt = stop.Register(static one => ((DuckDBConnection)one!).NativeConnection.Interrupt(), connection);
        loader.BeginSummary(connection, null);
        var cold = database.Cold;
        // A name of its own each time: DuckDB remembers the content of files by their names.
        var stage = Path.Combine(cold.Folder, ColdFiles.WorkFolder, $"{Guid.CreateVersion7(clock.GetUtcNow()):N}{ColdFiles.Extension}");
        using var cleanup = new Staged(stage);
        var rows = Stage(connection, span, stage);
        if (rows == 0) return (0, 0);
        faults.At?.Invoke(ColdStep.Staged);
        var generation = ColdManifest.Generation(connection) + 1;
        var files = Write(replaced is null ? ColdPlan.Cut(span, writer.Counts(stage), rowsPerFile) : [span], stage, replaced, generation, clock, stop);
        faults.At?.Invoke(ColdStep.Written);
        var summed = rollups.Make(files, replaced is null ? [] : [replaced], RollupManifest.Read(connection), generation, Timestamp.Now(clock));
        faults.At?.Invoke(ColdStep.SummedUp);
        SumUpSeries(connection, stage);
        stop.ThrowIfCancellationRequested();
        loader.Pause((_, _) =>
        {
            var begun = clock.GetTimestamp();
            Commit(connection, span, rows, replaced, files, summed);
            Switch = clock.GetElapsedTime(begun);
        });
        cold.Retire([.. replaced is null ? [] : (ReadOnlySpan<ColdFile>)[replaced], .. summed.Replaced.Select(rollup => rollup.File)]);
        return (files.Count, rows);
    }

    private List<ColdFile> Write(List<ColdSpan> spans, string stage, ColdFile? replaced, long generation, TimeProvider clock, CancellationToken stop)
    {
        var files = new List<ColdFile>();
        foreach (var span in spans)
        {
            stop.ThrowIfCancellationRequested();
            files.Add(writer.Write(span, Source(stage, replaced is null ? null : database.Cold.PathOf(replaced), span), generation, Timestamp.Now(clock)));
        }
        return files;
    }

    private sealed class Staged(string path) : IDisposable
    {
        public void Dispose() => File.Delete(path);
    }

    private static long Stage(DuckDBConnection connection, ColdSpan span, string path)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Numbers and a quoted path of ours.
        command.CommandText = $"""
            COPY (SELECT series, thing, property, make_timestamptz(t) AS t, received - t AS delay, quality, kind, o.number AS number, number2, integer, text
                FROM observations o LEFT JOIN series s ON s.number = o.series WHERE {ColdSql.HotIn(span)}) TO {ColdSql.Quote(path)} (FORMAT parquet)
            """;
#pragma warning restore CA2100
        return command.ExecuteNonQuery();
    }

    /// <summary>The rows moved, and those of the file they are not newer versions of. Both files in one scan: a union of two would be sorted with far more memory.</summary>
    private static string Source(string stage, string? replaced, ColdSpan span)
    {
        var moved = ColdSql.Parquet([stage]);
        return replaced is null ? string.Create(CultureInfo.InvariantCulture, $"FROM {moved} WHERE series BETWEEN {span.LowSeries} AND {span.HighSeries}") : $"""
            SELECT {ColdSql.Columns} FROM read_parquet([{ColdSql.Quote(stage)}, {ColdSql.Quote(replaced)}], hive_partitioning = false, filename = true) c
            ANTI JOIN (SELECT series, t FROM {moved}) h ON h.series = c.series AND h.t = c.t AND c.filename = {ColdSql.Quote(replaced)}
            """;
    }

    /// <summary>Keeps what a start must know of the series that move: the earliest time, and the latest row.</summary>
    private static void SumUpSeries(DuckDBConnection connection, string stage) => connection.Execute($"""
        CREATE OR REPLACE TEMP TABLE {Moved} AS
        WITH moved AS (SELECT series, epoch_us(t) AS t, epoch_us(t) + delay AS received, {StoredValue.Columns} FROM {ColdSql.Parquet([stage])}),
            bounds AS MATERIALIZED (SELECT series, min(t) AS first_t, max(t) AS last_t FROM moved GROUP BY series),
            both_tiers AS (
                SELECT 1 AS tier, series, b.first_t, t, received, {StoredValue.Columns} FROM moved JOIN bounds b USING (series) WHERE t = b.last_t
                UNION ALL
                SELECT 0 AS tier, series, first_t, t, received, {StoredValue.Columns} FROM cold_series SEMI JOIN bounds USING (series))
        SELECT series, min(first_t) OVER (PARTITION BY series) AS first_t, t, received, {StoredValue.Columns} FROM both_tiers
        QUALIFY row_number() OVER (PARTITION BY series ORDER BY t DESC, tier DESC) = 1
        """);

    private void Commit(DuckDBConnection connection, ColdSpan span, long rows, ColdFile? replaced, List<ColdFile> files, RollupChange summed)
    {
        using var delete = connection.CreateCommand();
#pragma warning disable CA2100 // Numbers.
        delete.CommandText = $"DELETE FROM observations WHERE {ColdSql.HotIn(span)}";
#pragma warning restore CA2100
        if (delete.ExecuteNonQuery() is var deleted && deleted != rows)
            throw new StoreException(string.Create(CultureInfo.InvariantCulture, $"{rows} rows were written to {files[0].Name} and those behind it, and {deleted} would have left the store; nothing was moved."));
        connection.Execute($"""
            DELETE FROM cold_series WHERE series IN (SELECT series FROM {Moved});
            INSERT INTO cold_series SELECT series, first_t, t, received, {StoredValue.Columns} FROM {Moved}
            """);
        RollupManifest.Leave(connection, span);
        ColdManifest.Replace(connection, replaced is null ? [] : [replaced], files, summed);
        faults.At?.Invoke(ColdStep.BeforeCommit);
        connection.Execute("COMMIT");
        faults.At?.Invoke(ColdStep.AfterCommit);
    }
}
