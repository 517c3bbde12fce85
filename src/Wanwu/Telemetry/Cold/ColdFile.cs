namespace Wanwu.Telemetry.Cold;

/// <summary>A stretch of time and series. Spans of two files never overlap, so that every cold row has one place.</summary>
/// <param name="From">First time, µs, inclusive.</param>
/// <param name="To">Last time, exclusive.</param>
/// <param name="LowSeries">First series, inclusive.</param>
/// <param name="HighSeries">Last series, inclusive.</param>
internal readonly record struct ColdSpan(long From, long To, int LowSeries, int HighSeries)
{
    public ColdPeriod Period => new(From, To);

    public bool Meets(ColdSpan other) => From < other.To && To > other.From && LowSeries <= other.HighSeries && HighSeries >= other.LowSeries;
}

/// <summary>A file as the manifest names it. Its bytes never change.</summary>
/// <param name="Name">Path below the cold folder, with <c>/</c>.</param>
/// <param name="Span">What it answers for: a cold row in it is in this file.</param>
/// <param name="FirstTime">Earliest time there is in it.</param>
/// <param name="LastTime">Latest time there is in it.</param>
/// <param name="FirstSeries">Lowest series there is in it.</param>
/// <param name="LastSeries">Highest series there is in it.</param>
/// <param name="Sha256">Of all its bytes, in lower-case hexadecimal.</param>
/// <param name="Written">When, µs.</param>
/// <param name="Damage">What was found wrong with it; null for a sound file.</param>
internal sealed record ColdFile(
    string Name, ColdSpan Span, long FirstTime, long LastTime, int FirstSeries, int LastSeries, long Rows, long Bytes, string Sha256, long Written, string? Damage);

/// <summary>A day, month or year of UTC.</summary>
internal readonly record struct ColdPeriod(long From, long To)
{
    private const long EpochDay = 719_162;              // days from 0001-01-01 to 1970-01-01
    public const long MicrosecondsPerDay = 86_400_000_000;

    public static long DayStart(long time) => Math.DivRem(time, MicrosecondsPerDay) is var (day, rest) && rest < 0 ? (day - 1) * MicrosecondsPerDay : day * MicrosecondsPerDay;

    public static ColdPeriod Day(long time) => new(DayStart(time), DayStart(time) + MicrosecondsPerDay);

    public static ColdPeriod Month(long time)
    {
        var date = DateOf(time);
        var first = new DateOnly(date.Year, date.Month, 1);
        return new ColdPeriod(StartOf(first), StartOf(first) + DateTime.DaysInMonth(date.Year, date.Month) * MicrosecondsPerDay);
    }

    public static ColdPeriod Year(long time)
    {
        var first = new DateOnly(DateOf(time).Year, 1, 1);
        return new ColdPeriod(StartOf(first), StartOf(first) + (DateTime.IsLeapYear(first.Year) ? 366 : 365) * MicrosecondsPerDay);
    }

    public bool Holds(ColdSpan span) => span.From >= From && span.To <= To;

    public bool Meets(ColdSpan span) => span.From < To && span.To > From;

    /// <summary>The start of a file's name: <c>2026/2026-01-31</c>, <c>2026/2026-01</c> or <c>2026/2026</c>.</summary>
    public string Label
    {
        get
        {
            var date = DateOf(From).ToDateTime(default);
            var format = To - From == MicrosecondsPerDay ? "yyyy'/'yyyy-MM-dd" : To - From > 31 * MicrosecondsPerDay ? "yyyy'/'yyyy" : "yyyy'/'yyyy-MM";
            return date.ToString(format, System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    private static DateOnly DateOf(long time) => DateOnly.FromDayNumber((int)(DayStart(time) / MicrosecondsPerDay + EpochDay));

    private static long StartOf(DateOnly date) => (date.DayNumber - EpochDay) * MicrosecondsPerDay;
}
