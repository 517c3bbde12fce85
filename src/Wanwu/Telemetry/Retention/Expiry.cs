using DuckDB.NET.Data;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Rollups.Kept;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary>Where tests stand in for a crash at each step of an expiry.</summary>
internal sealed class ExpiryFaults
{
    public Action<ExpiryStep>? At { get; set; }
}

internal enum ExpiryStep
{
    /// <summary>A file without what has expired is written, and not named yet.</summary>
    Written,
    /// <summary>Rollups that are to stay of what goes are written, and not named yet.</summary>
    RollupsKept,
    /// <summary>Rollups without what has expired are written, and not named yet.</summary>
    RollupsLeft,
    BeforeCommit,
    /// <summary>The list no longer names the file; it is still there.</summary>
    AfterCommit,
}

/// <summary>What expiry needs of telemetry.</summary>
internal sealed record ExpiryRooms(StoreDatabase Database, StoreLoader Loader, SeriesTable Series, Accounts Accounts, FileCounts Counts, ThingDirectory Things);

/// <summary>Lets go of what the policies no longer keep: files whole, files in part, hot rows by the day. Runs as the first part of a compaction.</summary>
/// <remarks>
/// Judged anew at each run from rules and files alone, so that an interrupted run is taken up by the next. Each step is one transaction, and a change of the
/// rules or a new hold waits for the step under way and ends the run. A damaged file is left alone.
/// </remarks>
internal sealed class Expiry(
    ExpiryRooms rooms, RetentionBook book, IOptions<RetentionOptions> options, IOptions<ColdOptions> cold, ExpiryFaults faults, TimeProvider clock)
{
    /// <summary>A file is written anew when what has expired is this part of it.</summary>
    internal const int WorthIt = 4;

    /// <param name="inSlice">Runs one step with nothing else moving.</param>
    public void Run(Action<IReadOnlyList<ColdFile>, Action> inSlice, CancellationToken stop)
    {
        var terms = Terms(book.Current);
        if (!terms.HasLimits) return;
        using var connection = rooms.Database.Connect();
        rooms.Counts.Refresh(connection, stop);
        using var slices = new ExpirySlices(rooms, terms, faults, clock, cold.Value, connection, stop);
        RunFiles(connection, terms, slices, inSlice, stop);
        foreach (var day in IsCurrent(terms) ? slices.HotDays() : [])
            inSlice([], () =>
            {
                if (IsCurrent(terms)) slices.DeleteHot(day);
            });
        RunKept(connection, terms, slices, inSlice, stop);
    }

    private void RunFiles(DuckDBConnection connection, SeriesTerms terms, ExpirySlices slices, Action<IReadOnlyList<ColdFile>, Action> inSlice, CancellationToken stop)
    {
        foreach (var file in ColdManifest.Read(connection).Where(file => !rooms.Database.Cold.Damaged.ContainsKey(file.Name)))
        {
            stop.ThrowIfCancellationRequested();
            var counts = FileCounts.Of(connection, file.Name);
            var judged = Judge(counts, terms, static of => (of.Raw, of.Overdue));
            if (judged == Verdict.Stays) continue;
            inSlice(judged == Verdict.Goes && !terms.KeepsRollups ? [] : [file], () =>
            {
                if (!IsCurrent(terms)) return;
                if (judged == Verdict.Goes) slices.Drop(file, counts);
                else slices.Rewrite(file, counts);
            });
            if (!IsCurrent(terms)) return;
        }
    }

    /// <summary>Rollups that have outlived their observations, and what they were kept for.</summary>
    private void RunKept(DuckDBConnection connection, SeriesTerms terms, ExpirySlices slices, Action<IReadOnlyList<ColdFile>, Action> inSlice, CancellationToken stop)
    {
        var kept = new KeptSlices(rooms, terms, faults, clock, connection);
        foreach (var file in KeptManifest.Read(connection).Where(file => !rooms.Database.Cold.Damaged.ContainsKey(file.File.Name)))
        {
            stop.ThrowIfCancellationRequested();
            var counts = FileCounts.Of(connection, file.File.Name, KeptManifest.Counts);
            var judged = Judge(counts, terms, static of => (of.Rollups, of.RollupsOverdue));
            if (judged == Verdict.Stays) continue;
            inSlice(judged == Verdict.Goes ? [] : [file.File], () =>
            {
                if (!IsCurrent(terms)) return;
                if (judged == Verdict.Goes) kept.Drop(file, counts);
                else kept.Rewrite(slices.Writer(), file, counts);
            });
        }
    }

    private SeriesTerms Terms(RetentionRules rules) => new(rules, rooms.Series, rooms.Things, Timestamp.Now(clock), options.Value.RewriteAfterDays);

    private bool IsCurrent(SeriesTerms terms) => ReferenceEquals(book.Current, terms.Rules) && ReferenceEquals(rooms.Things.Organisations, terms.Organisations);

    private enum Verdict
    {
        Stays,
        Goes,
        GoesInPart,
    }

    private static Verdict Judge(List<FileCount> counts, SeriesTerms terms, Func<ClassTerms, (ColdPeriod[] Expired, ColdPeriod[] Overdue)> of)
    {
        var (rows, gone, isOverdue, isWhole) = (0L, 0d, false, counts.Count > 0);
        foreach (var (series, count, first, last) in counts)
        {
            rows += count;
            if (terms.Of(series) is not { } known)
            {
                isWhole = false;
                continue;
            }
            var (expired, overdue) = of(known);
            var share = ClassTerms.Share(expired, first, last);
            gone += share * count;
            isWhole &= share >= 1;
            // The first may be held and what comes after it not.
            isOverdue |= ClassTerms.Share(overdue, first, last) > 0;
        }
        if (isWhole) return Verdict.Goes;
        return gone > 0 && (isOverdue || gone * WorthIt >= rows) ? Verdict.GoesInPart : Verdict.Stays;
    }
}
