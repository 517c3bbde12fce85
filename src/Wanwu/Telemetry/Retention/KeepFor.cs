using System.Globalization;
using Wanwu.Telemetry.Cold;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

internal enum KeepUnit : byte
{
    Day,
    Month,
    Year,
    /// <summary>For ever.</summary>
    Ever,
}

/// <summary>How old something may become: whole days, months or years, as <c>P90D</c>, <c>P6M</c>, <c>P3Y</c> (ISO 8601), or <c>forever</c>.</summary>
internal readonly record struct KeepFor(int Count, KeepUnit Unit)
{
    public static readonly KeepFor Ever = new(1, KeepUnit.Ever);
    private const int MostYears = 1_000;
    private const string EverName = "forever";

    /// <summary>Four years in a row have every length a month or year can have.</summary>
    private static readonly DateOnly FirstProbe = new(2099, 1, 1);
    private const int Probes = 4 * 366;

    public static bool TryParse(string? text, out KeepFor keep)
    {
        keep = text == EverName ? Ever : default;
        if (text == EverName) return true;
        if (text is not { Length: > 2 and < 9 } || text[0] != 'P') return false;
        KeepUnit? unit = text[^1] switch
        {
            'D' => KeepUnit.Day,
            'M' => KeepUnit.Month,
            'Y' => KeepUnit.Year,
            _ => null,
        };
        if (unit is null || !int.TryParse(text.AsSpan(1, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count == 0) return false;
        keep = new KeepFor(count, unit.Value);
        return count <= unit switch { KeepUnit.Day => MostYears * 365, KeepUnit.Month => MostYears * 12, _ => MostYears };
    }

    /// <summary>Times before this have been kept long enough. Moves once a day, at midnight UTC.</summary>
    public long CutoffAt(long now)
    {
        if (Unit == KeepUnit.Ever) return long.MinValue;
        var day = Before(DateOnly.FromDateTime(new Timestamp(ColdPeriod.DayStart(now)).ToDateTimeOffset().UtcDateTime));
        return Timestamp.From(new DateTimeOffset(day, default, TimeSpan.Zero)).Microseconds;
    }

    private DateOnly Before(DateOnly day) => Unit switch
    {
        KeepUnit.Day => day.DayNumber < Count ? DateOnly.MinValue : day.AddDays(-Count),
        KeepUnit.Ever => DateOnly.MinValue,
        KeepUnit.Month => day.Year * 12 + day.Month - 13 < Count ? DateOnly.MinValue : day.AddMonths(-Count),
        _ => day.Year <= Count ? DateOnly.MinValue : day.AddYears(-Count),
    };

    /// <summary>Whether this is never longer than <paramref name="other"/>, whatever the day.</summary>
    public bool IsWithin(KeepFor other)
    {
        for (var i = 0; i < Probes; i++)
            if (Before(FirstProbe.AddDays(i)) < other.Before(FirstProbe.AddDays(i))) return false;
        return true;
    }

    public bool IsForever => Unit == KeepUnit.Ever;

    /// <summary>About how many days; infinitely many for ever.</summary>
    public double Days => Unit switch { KeepUnit.Day => Count, KeepUnit.Month => Count * 30.436875, KeepUnit.Year => Count * 365.2425, _ => double.PositiveInfinity };

    public override string ToString() => IsForever ? EverName : string.Create(CultureInfo.InvariantCulture, $"P{Count}{Unit switch { KeepUnit.Day => 'D', KeepUnit.Month => 'M', _ => 'Y' }}");
}
