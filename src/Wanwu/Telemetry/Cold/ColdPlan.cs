namespace Wanwu.Telemetry.Cold;

/// <summary>A day of UTC and how many rows the hot store has of it.</summary>
internal readonly record struct HotDay(long Start, long Rows);

/// <summary>Hot rows to become a file of their own.</summary>
internal sealed record NewFiles(ColdSpan Span);

/// <summary>Files to become one set for the whole of a period.</summary>
internal sealed record Merge(ColdPeriod Period, IReadOnlyList<ColdFile> Inputs);

/// <summary>Decides what is to be written: new files for days that are over, and longer periods in the place of many short ones.</summary>
/// <remarks>
/// A period is the coarsest of day, month and year that is over: months always, years where one file holds them. What lies in the span of a file that is
/// there, or is damaged, is that file's matter.
/// </remarks>
internal sealed class ColdPlan(IReadOnlyList<ColdFile> files, long closedBefore, long rowsPerFile)
{
    /// <summary>Times before this belong to days that are over.</summary>
    public static long ClosedBefore(long now, TimeSpan after) => ColdPeriod.DayStart(now - after.Ticks / TimeSpan.TicksPerMicrosecond);

    /// <summary>Where hot rows have no file yet.</summary>
    public List<NewFiles> New(IReadOnlyList<HotDay> days)
    {
        var spans = new List<ColdSpan>();
        foreach (var day in days.Where(day => day.Start < closedBefore))
        {
            var there = files.Where(file => ColdPeriod.Day(day.Start).Meets(file.Span)).Select(file => file.Span).OrderBy(span => span.LowSeries).ToList();
            if (there.Count == 0) spans.Add(Whole(Coarsest(day.Start, days)));
            else spans.AddRange(Gaps(ColdPeriod.Day(day.Start), there));
        }
        return [.. spans.Distinct().Select(span => new NewFiles(span))];
    }

    private ColdPeriod Coarsest(long day, IReadOnlyList<HotDay> days)
    {
        var year = ColdPeriod.Year(day);
        if (IsFree(year) && days.Where(other => other.Start >= year.From && other.Start < year.To).Sum(other => other.Rows) <= rowsPerFile) return year;
        return IsFree(ColdPeriod.Month(day)) ? ColdPeriod.Month(day) : ColdPeriod.Day(day);
    }

    private bool IsFree(ColdPeriod period) => period.To <= closedBefore && !files.Any(file => period.Meets(file.Span));

    private static ColdSpan Whole(ColdPeriod period) => new(period.From, period.To, 0, int.MaxValue);

    /// <summary>Series that no file of the day answers for: a crash between two files of one day leaves such.</summary>
    private static IEnumerable<ColdSpan> Gaps(ColdPeriod day, List<ColdSpan> there)
    {
        long next = 0;
        foreach (var span in there)
        {
            if (span.LowSeries > next) yield return new ColdSpan(day.From, day.To, (int)next, span.LowSeries - 1);
            next = Math.Max(next, span.HighSeries + 1L);
        }
        if (next <= int.MaxValue) yield return new ColdSpan(day.From, day.To, (int)next, int.MaxValue);
    }

    /// <summary>Periods that are over and still in pieces.</summary>
    public List<Merge> Merges()
    {
        var merges = new List<Merge>();
        foreach (var year in files.GroupBy(file => ColdPeriod.Year(file.Span.From)))
        {
            if (year.Sum(file => file.Rows) <= rowsPerFile && Merge(year.Key, [.. year]) is { } whole)
            {
                merges.Add(whole);
                continue;
            }
            foreach (var month in year.Where(file => !year.Key.Equals(file.Span.Period)).GroupBy(file => ColdPeriod.Month(file.Span.From)))
                if (Merge(month.Key, [.. month]) is { } one) merges.Add(one);
        }
        return merges;
    }

    private Merge? Merge(ColdPeriod period, IReadOnlyList<ColdFile> inputs) =>
        period.To <= closedBefore && inputs.All(file => file.Damage is null) && inputs.Any(file => file.Span.Period != period) ? new Merge(period, inputs) : null;

    /// <summary>Cuts a span into as few ranges of series as hold at most about so many rows each, all about the same.</summary>
    public static List<ColdSpan> Cut(ColdSpan span, IReadOnlyList<(int Series, long Rows)> counts, long rowsPerFile)
    {
        var spans = new List<ColdSpan>();
        var (low, rows, left) = (span.LowSeries, 0L, counts.Sum(one => one.Rows));
        foreach (var (series, count) in counts)
        {
            // As many pieces as what is left needs at least, each with its share.
            if (rows > 0 && (rows + count > rowsPerFile || rows * ((left + rowsPerFile - 1) / rowsPerFile) >= left))
            {
                spans.Add(span with { LowSeries = low, HighSeries = series - 1 });
                (low, rows, left) = (series, 0, left - rows);
            }
            rows += count;
        }
        spans.Add(span with { LowSeries = low });
        return spans;
    }
}
