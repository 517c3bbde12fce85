namespace Wanwu.Telemetry.Query;

/// <summary>A stretch of time in which buckets follow one another at even distance.</summary>
/// <param name="Start">Start of its first bucket, UTC µs.</param>
/// <param name="Day">If not 0, buckets begin anew every so many microseconds (a day whose length the width does not divide).</param>
/// <param name="Width">Distance between buckets.</param>
internal readonly record struct BucketRun(long Start, long Day, long Width);

/// <summary>Cuts time into buckets by the calendar of a zone.</summary>
/// <remarks>
/// A day runs from the first instant of its date to that of the next, so it has 23 or 25 hours where the clocks change. Widths below a day count from the
/// day's start in elapsed time, the last one of a day being cut off by the next day's start. Weeks begin on Monday (ISO 8601). Belongs to one question.
/// </remarks>
internal sealed class BucketCalendar(BucketWidth width, TimeZoneInfo zone)
{
    private const long MicrosecondsPerDay = 86_400_000_000;
    private const long EpochDay = 719_162;              // days from 0001-01-01 to 1970-01-01

    // The calendar ends a little inside what a date can hold, so that its neighbours exist too.
    private static readonly long Earliest = Microseconds(new DateOnly(2, 1, 1));
    private static readonly long Latest = Microseconds(new DateOnly(9998, 1, 1));

    // Times are asked for in their order mostly: the day of the last one is likely to be that of the next.
    private (DateOnly Day, long Start, long End) _known = (default, long.MaxValue, long.MinValue);

    /// <summary>Start of the bucket that holds <paramref name="time"/>.</summary>
    public long Floor(long time)
    {
        time = Math.Clamp(time, Earliest, Latest);
        var day = DayOf(time);
        if (!width.IsWithinDay) return StartOf(FirstDay(day));
        var start = StartOf(day);
        return start + (time - start) / width.Microseconds * width.Microseconds;
    }

    /// <summary>Start of the bucket behind the one that begins at <paramref name="start"/>.</summary>
    public long Next(long start)
    {
        var day = DayOf(start);
        return width.IsWithinDay ? Math.Min(start + width.Microseconds, StartOf(day.AddDays(1))) : StartOf(Following(FirstDay(day)));
    }

    /// <summary>A start of a bucket some <paramref name="buckets"/> behind <paramref name="start"/>; exact where all are as wide as they are called.</summary>
    public long Skip(long start, long buckets)
    {
        var about = width.Unit switch
        {
            BucketUnit.Day => MicrosecondsPerDay,
            BucketUnit.Week => 7 * MicrosecondsPerDay,
            BucketUnit.Month => 31 * MicrosecondsPerDay,
            BucketUnit.Year => 366 * MicrosecondsPerDay,
            _ => width.Microseconds,
        };
        var ahead = Math.Min((Latest - start) / about, buckets) * about;
        return Math.Max(Floor(start + ahead), Next(start));
    }

    /// <summary>The even stretches that cover [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public List<BucketRun> Runs(long from, long to)
    {
        var runs = new List<BucketRun>();
        var day = FirstDay(DayOf(Math.Clamp(from, Earliest, Latest)));
        var start = StartOf(day);
        while (start < to && start < Latest)
        {
            var next = StartOf(Following(day));
            var run = RunOf(start, next - start);
            if (runs.Count == 0 || !Continues(runs[^1], run)) runs.Add(run);
            (day, start) = (Following(day), next);
        }
        return runs;
    }

    private BucketRun RunOf(long start, long length)
    {
        if (!width.IsWithinDay) return new BucketRun(start, 0, length);
        return length % width.Microseconds == 0
            ? new BucketRun(start, 0, width.Microseconds)
            : new BucketRun(start, length, width.Microseconds);
    }

    private static bool Continues(BucketRun before, BucketRun run) =>
        before.Day == run.Day && before.Width == run.Width && (run.Start - before.Start) % (run.Day == 0 ? run.Width : run.Day) == 0;

    private DateOnly FirstDay(DateOnly day) => width.Unit switch
    {
        BucketUnit.Week => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
        BucketUnit.Month => new DateOnly(day.Year, day.Month, 1),
        BucketUnit.Year => new DateOnly(day.Year, 1, 1),
        _ => day,
    };

    private DateOnly Following(DateOnly first) => width.Unit switch
    {
        BucketUnit.Week => first.AddDays(7),
        BucketUnit.Month => first.AddMonths(1),
        BucketUnit.Year => first.AddYears(1),
        _ => first.AddDays(1),
    };

    /// <summary>The day whose stretch holds the instant: its date on the clock, but for the minutes in which a clock set back shows yesterday again.</summary>
    private DateOnly DayOf(long time)
    {
        if (time < _known.Start || time >= _known.End)
        {
            var day = FindDay(time);
            _known = (day, FindStart(day), FindStart(day.AddDays(1)));
        }
        return _known.Day;
    }

    private DateOnly FindDay(long time)
    {
        var local = time + OffsetAt(time) + EpochDay * MicrosecondsPerDay;      // from 0001-01-01: never negative
        var day = DateOnly.FromDayNumber((int)(local / MicrosecondsPerDay));
        if (FindStart(day) > time) return day.AddDays(-1);
        return FindStart(day.AddDays(1)) <= time ? day.AddDays(1) : day;
    }

    private long StartOf(DateOnly day) => day == _known.Day && _known.Start < _known.End ? _known.Start : day.DayNumber == _known.Day.DayNumber + 1 && _known.Start < _known.End ? _known.End : FindStart(day);

    /// <summary>The first instant of a date: midnight, the earlier one where it comes twice, or the end of the gap where the clocks jump over it.</summary>
    private long FindStart(DateOnly day)
    {
        var midnight = Microseconds(day);
        var (before, after) = (OffsetAt(midnight - MicrosecondsPerDay), OffsetAt(midnight + MicrosecondsPerDay));
        var (first, second) = (midnight - Math.Max(before, after), midnight - Math.Min(before, after));
        if (OffsetAt(first) == midnight - first) return first;
        if (OffsetAt(second) == midnight - second) return second;
        return JumpBetween(midnight - 2 * MicrosecondsPerDay, midnight + MicrosecondsPerDay, before);
    }

    /// <summary>The instant, to the microsecond, at which the offset stops being <paramref name="before"/>.</summary>
    private long JumpBetween(long low, long high, long before)
    {
        while (high - low > 1)
        {
            var middle = low + (high - low) / 2;
            if (OffsetAt(middle) == before) low = middle;
            else high = middle;
        }
        return high;
    }

    private long OffsetAt(long time) => zone.GetUtcOffset(DateTimeOffset.UnixEpoch.AddMicroseconds(time)).Ticks / TimeSpan.TicksPerMicrosecond;

    private static long Microseconds(DateOnly day) => (day.DayNumber - EpochDay) * MicrosecondsPerDay;
}
