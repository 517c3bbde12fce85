using System.Globalization;
using Wanwu.Things;

namespace Wanwu.Console.Language;

/// <summary>Numbers and times as the console writes them: value, thin space, unit; local to the thing, 24 hours; a dash for nothing.</summary>
internal sealed class Figures(Words words, TimeProvider clock)
{
    public const string None = "–";
    private const char ThinSpace = '\u2009';
    private const int MostDigits = 6;

    public Timestamp Now => Timestamp.From(clock.GetUtcNow());

    /// <param name="value">What was observed.</param>
    /// <param name="unit">The unit's symbol for people, if it has one.</param>
    /// <param name="digits">The most significant digits, from the model, or null when it does not say.</param>
    public string Of(Value value, string? unit = null, int? digits = null)
    {
        var text = value.Kind switch
        {
            ValueKind.None => None,
            ValueKind.Number => Number(value.AsNumber, digits),
            ValueKind.Integer => value.AsInteger.ToString("N0", words.Culture),
            ValueKind.Boolean => words[value.AsBoolean ? "value.true" : "value.false"],
            ValueKind.Point => string.Create(CultureInfo.InvariantCulture, $"{value.Latitude:0.#####}°, {value.Longitude:0.#####}°"),
            _ => value.AsText,
        };
        return unit is null || value.Kind is not (ValueKind.Number or ValueKind.Integer) ? text : $"{text}{ThinSpace}{unit}";
    }

    public string Number(double number, int? digits = null)
    {
        if (!double.IsFinite(number)) return None;
        var size = Math.Abs(number);
        if (size is not 0 and (>= 1e15 or < 1e-6)) return number.ToString("0.#####E+0", words.Culture);
        // Digits before the point, or minus the zeros that follow it.
        var whole = size == 0 ? 1 : (int)Math.Floor(Math.Log10(size)) + 1;
        var decimals = Math.Clamp((digits ?? MostDigits) - whole, 0, 9);
        // At most as many digits as the thing measures; a zero that was not sent is not made up.
        return number.ToString("#,0." + new string('#', decimals), words.Culture);
    }

    public string Count(long count) => count.ToString("N0", words.Culture);

    /// <summary>How long ago, in one unit: "3 min ago".</summary>
    public string Ago(Timestamp then)
    {
        var seconds = (Now.Microseconds - then.Microseconds) / 1_000_000;
        return seconds switch
        {
            < -60 => words["ago.future"],
            < 5 => words["ago.now"],
            < 60 => words["ago.seconds", seconds],
            < 3_600 => words["ago.minutes", seconds / 60],
            < 86_400 => words["ago.hours", seconds / 3_600],
            _ => words["ago.days", seconds / 86_400],
        };
    }

    /// <summary>The exact time in a zone, with the zone: for hovering and reading closely.</summary>
    public static string Exact(Timestamp time, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(time.ToDateTimeOffset(), zone);
        var offset = local.Offset;
        return string.Create(CultureInfo.InvariantCulture, $"{local:yyyy-MM-dd HH:mm:ss.fff} UTC{(offset < TimeSpan.Zero ? '−' : '+')}{offset:hh\\:mm}");
    }

    /// <summary>Date and time to the second in a zone.</summary>
    public static string Local(Timestamp time, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(time.ToDateTimeOffset(), zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Milliseconds of the zone's wall clock, as charts want them.</summary>
    public static double WallClock(Timestamp time, TimeZoneInfo zone) =>
        time.Microseconds / 1_000d + zone.GetUtcOffset(time.ToDateTimeOffset()).TotalMilliseconds;
}
