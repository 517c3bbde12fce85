using System.Runtime.InteropServices;
using DuckDB.NET.Data;
using Wanwu.Registry;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Rollups.Kept;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary>Where it comes to rest at the rate of the last days.</summary>
/// <param name="Rows">Of what is kept for some time: so many in the long run.</param>
/// <param name="GrowingRowsPerDay">Of what is kept for ever: so many more each day.</param>
/// <param name="RollupBytes">Of rollups that outlive their observations for some time.</param>
/// <param name="GrowingRollupBytesPerDay">Of rollups that outlive them for ever.</param>
internal sealed record SteadyView(long Rows, long Bytes, long GrowingRowsPerDay, long GrowingBytesPerDay, long RollupBytes, long GrowingRollupBytesPerDay);

/// <param name="Name">Null for things of no organisation.</param>
internal sealed record PreviewLine(string? Name, TierUse Expires, TierUse Held, TierUse RollupsStay, TierUse RollupsExpire);

/// <summary>What a change of policy would do, were it made at this moment.</summary>
/// <param name="Expires">What would expire at once and would not without the change.</param>
/// <param name="Held">What would expire too, were it not under legal hold.</param>
/// <param name="RollupsStay">About what rollups would be kept of what expires.</param>
/// <param name="RollupsExpire">What would go at once of rollups that have outlived their observations.</param>
/// <param name="Now">What is there.</param>
/// <param name="Before">Where it comes to rest as the policies are.</param>
/// <param name="After">Where it comes to rest with the change.</param>
/// <param name="Effective">When the change would take effect.</param>
internal sealed record PreviewView(
    TierUse Expires, TierUse Held, TierUse RollupsStay, TierUse RollupsExpire, TierUse Now, SteadyView Before, SteadyView After, Timestamp Effective, IReadOnlyList<PreviewLine> Organisations);

/// <summary>Works out what a change of policy would do, from the counts of the files and the rows of the hot store.</summary>
/// <remarks>Rows of files that would go in part are estimated as if a series' rows were spread evenly over its time in the file.</remarks>
internal sealed class RetentionPreview(StoreDatabase database, StorageFigures figures, SeriesTable series, ThingDirectory things, RetentionBook book, TimeProvider clock)
{
    private const string Gone = "preview_gone";

    private sealed class Sum
    {
        public TierUse Expires = TierUse.None;
        public TierUse Held = TierUse.None;
        public TierUse RollupsStay = TierUse.None;
        public TierUse RollupsExpire = TierUse.None;

        public bool HasAny => Expires.Rows + Held.Rows + RollupsStay.Rows + RollupsExpire.Rows > 0;
    }

    /// <param name="policy">What the policy is to say; null to end it.</param>
    public async Task<PreviewView> RunAsync(string id, RetentionPolicy? policy, int graceHours, CancellationToken stop)
    {
        var now = Timestamp.Now(clock);
        var use = await figures.ReadAsync(stop);
        var rules = book.Current;
        SeriesTerms TermsOf(RetentionRules of) => new(of, series, things, now, 0);
        var (before, after) = (TermsOf(rules), TermsOf(rules.With(id, policy, now)));
        var sums = await database.QueryAsync((connection, token) => database.Cold.Read(connection, view => Count(connection, view, use, before, after, token)), stop);
        TierUse All(Func<Sum, TierUse> of) => sums.Values.Aggregate(TierUse.None, (all, one) => all.Plus(of(one).Rows, of(one).Bytes));
        return new PreviewView(All(sum => sum.Expires), All(sum => sum.Held), All(sum => sum.RollupsStay), All(sum => sum.RollupsExpire), new TierUse(use.HotRows + use.ColdRows, use.HotBytes + use.ColdBytes + use.Kept.Bytes), Steady(use, before), Steady(use, after),
            new Timestamp(now.Microseconds + graceHours * 3_600_000_000L),
            [.. sums.Where(one => one.Value.HasAny).OrderByDescending(one => one.Value.Expires.Bytes + one.Value.RollupsExpire.Bytes)
                .Select(one => new PreviewLine(one.Key.Length == 0 ? null : one.Key, one.Value.Expires, one.Value.Held, one.Value.RollupsStay, one.Value.RollupsExpire))]);
    }

    private Dictionary<string, Sum> Count(DuckDBConnection connection, ColdView view, StorageUse use, SeriesTerms before, SeriesTerms after, CancellationToken stop)
    {
        var (sums, estimate) = (new Dictionary<string, Sum>(StringComparer.Ordinal), new RollupEstimate(use));
        foreach (var file in view.Sound)
        {
            stop.ThrowIfCancellationRequested();
            foreach (var (number, rows, first, last) in FileCounts.Of(connection, file.Name))
            {
                if (after.Of(number) is not { } terms || before.Of(number) is not { } old || SumOf(number) is not { } sum) continue;
                var (bytes, staying) = ((double)file.Bytes / file.Rows, More(terms.Keeping, old.Keeping, first, last));
                sum.Expires = Plus(sum.Expires, rows * More(terms.Raw, old.Raw, first, last), bytes);
                sum.Held = Plus(sum.Held, rows * ClassTerms.Share(terms.Held, first, last), bytes);
                var (kept, keptBytes) = estimate.Of(rows * staying, (last + 1 - first) * staying);
                sum.RollupsStay = sum.RollupsStay.Plus((long)Math.Round(kept), keptBytes);
            }
        }
        CountKept(connection, view, before, after, SumOf);
        var gone = Hot(connection, before, terms => terms.Raw).ToDictionary(pair => pair.Series, pair => pair.Rows);
        foreach (var (number, rows) in Hot(connection, after, terms => terms.Raw))
            if (SumOf(number) is { } sum) sum.Expires = Plus(sum.Expires, Math.Max(0, rows - gone.GetValueOrDefault(number)), use.HotBytesPerRow);
        foreach (var (number, rows) in Hot(connection, after, terms => terms.Held))
            if (SumOf(number) is { } sum) sum.Held = Plus(sum.Held, rows, use.HotBytesPerRow);
        return sums;

        Sum? SumOf(int number)
        {
            if (series.Find(number) is not { } one) return null;
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, SeriesTerms.ClassOf(one, things).Organisation ?? "", out _);
            return sum ??= new Sum();
        }
    }

    private static void CountKept(DuckDBConnection connection, ColdView view, SeriesTerms before, SeriesTerms after, Func<int, Sum?> sumOf)
    {
        foreach (var file in Enum.GetValues<RollupLevel>().SelectMany(view.Kept))
            foreach (var (number, rows, first, last) in FileCounts.Of(connection, file.Name, KeptManifest.Counts))
                if (after.Of(number) is { } terms && before.Of(number) is { } old && sumOf(number) is { } sum)
                    sum.RollupsExpire = Plus(sum.RollupsExpire, rows * More(terms.Rollups, old.Rollups, first, last), (double)file.Bytes / file.Rows);
    }

    private static double More(ColdPeriod[] after, ColdPeriod[] before, long first, long last) => Math.Max(0, ClassTerms.Share(after, first, last) - ClassTerms.Share(before, first, last));

    private static TierUse Plus(TierUse sum, double rows, double bytesPerRow) => sum.Plus((long)Math.Round(rows), rows * bytesPerRow);

    private static List<(int Series, long Rows)> Hot(DuckDBConnection connection, SeriesTerms terms, Func<ClassTerms, ColdPeriod[]> stretches)
    {
        Stretches.Fill(connection, Gone, terms.All().Select(one => (one.Series, stretches(one.Terms))));
        return connection.Pairs($"SELECT o.series, count(*) FROM observations o SEMI JOIN {Gone} g ON {Stretches.Fits("o.t", "o")} GROUP BY o.series");
    }

    private static SteadyView Steady(StorageUse use, SeriesTerms terms)
    {
        var all = use.HotRows + use.ColdRows;
        var bytesPerRow = use.ColdRows > 0 ? (double)use.ColdBytes / use.ColdRows : all > 0 ? (double)use.HotBytes / all : 0;
        var (rows, bytes, growing, growingBytes, rollups, growingRollups, estimate) = (0d, 0d, 0d, 0d, 0d, 0d, new RollupEstimate(use));
        foreach (var (number, of) in terms.All())
        {
            if (number >= use.BySeries.Length) continue;
            var one = use.BySeries[number];
            var (perDay, each) = (one.Recent / use.RecentDays, one.ColdRows > 0 ? one.ColdBytes / one.ColdRows : bytesPerRow);
            var (rest, grows) = estimate.AtRest(perDay, of.Policy);
            (rollups, growingRollups) = (rollups + rest, growingRollups + grows);
            if (of.Policy.ColdFor is { } keep)
            {
                rows += perDay * keep.Days;
                bytes += perDay * keep.Days * each;
            }
            else
            {
                growing += perDay;
                growingBytes += perDay * each;
            }
        }
        return new SteadyView((long)rows, (long)bytes, (long)Math.Ceiling(growing), (long)Math.Ceiling(growingBytes), (long)rollups, (long)Math.Ceiling(growingRollups));
    }
}
