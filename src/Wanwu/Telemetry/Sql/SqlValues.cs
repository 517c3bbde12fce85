using System.Globalization;
using System.Numerics;
using System.Text;

namespace Wanwu.Telemetry.Sql;

/// <summary>A time of the calendar: with a zone an instant, without one as it stands.</summary>
internal readonly record struct SqlTime(DateTime Time, bool IsInstant)
{
    public const long LeastMicroseconds = -62_135_596_800_000_000, MostMicroseconds = 253_402_300_799_999_999;

    /// <summary>Since 1970.</summary>
    public long Microseconds => (Time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>Null for what is no time of the calendar: infinity, and years before 1 or after 9999.</summary>
    public static SqlTime? Of(long microseconds, bool isInstant) => microseconds is < LeastMicroseconds or > MostMicroseconds ? null
        : new SqlTime(new DateTime(DateTime.UnixEpoch.Ticks + microseconds * TimeSpan.TicksPerMicrosecond, DateTimeKind.Unspecified), isInstant);

    public string Text(TimeZoneInfo zone)
    {
        var fraction = (Time.Ticks % TimeSpan.TicksPerSecond, Time.Ticks % TimeSpan.TicksPerMillisecond) switch { (0, _) => "", (_, 0) => ".fff", _ => ".ffffff" };
        if (!IsInstant) return Time.ToString($"yyyy-MM-ddTHH:mm:ss{fraction}", CultureInfo.InvariantCulture);
        var offset = zone.GetUtcOffset(DateTime.SpecifyKind(Time, DateTimeKind.Utc));
        var local = offset < TimeSpan.Zero && Time - DateTime.MinValue < -offset || DateTime.MaxValue - Time < offset ? Time : Time + offset;
        return local.ToString($"yyyy-MM-ddTHH:mm:ss{fraction}", CultureInfo.InvariantCulture)
            + (offset == TimeSpan.Zero ? "Z" : (offset < TimeSpan.Zero ? "-" : "+") + offset.ToString("hh\\:mm", CultureInfo.InvariantCulture));
    }
}

/// <summary>A time of the day, up to and with 24:00:00.</summary>
internal readonly record struct SqlTimeOfDay(long Microseconds)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Microseconds / 3_600_000_000:00}:{Microseconds / 60_000_000 % 60:00}:{Microseconds / 1_000_000 % 60:00}{(Microseconds % 1_000_000 is var rest and > 0 ? $".{rest:000000}" : "")}");
}

/// <summary>A stretch of months, days and microseconds, which do not turn into each other.</summary>
internal readonly record struct SqlInterval(int Months, int Days, long Microseconds)
{
    /// <summary>ISO 8601: <c>P1M2DT3.5S</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("P");
        if (Months != 0) text.Append(CultureInfo.InvariantCulture, $"{Months}M");
        if (Days != 0) text.Append(CultureInfo.InvariantCulture, $"{Days}D");
        if (Microseconds != 0 || text.Length == 1) text.Append(CultureInfo.InvariantCulture, $"T{Microseconds / 1_000_000m:0.######}S");
        return text.ToString();
    }
}

/// <summary>A decimal with all its digits, of which there may be 38.</summary>
internal readonly record struct SqlDecimal(Int128 Unscaled, byte Scale)
{
    /// <summary>Null where .NET's decimal cannot hold all digits.</summary>
    public decimal? AsDecimal
    {
        get
        {
            var size = Unscaled < 0 ? (UInt128)(-Unscaled) : (UInt128)Unscaled;
            return Scale > 28 || size >> 96 != 0 ? null : new decimal((int)(uint)size, (int)(uint)(size >> 32), (int)(uint)(size >> 64), Unscaled < 0, Scale);
        }
    }

    /// <summary>Without noughts at its end.</summary>
    public override string ToString()
    {
        var digits = BigInteger.Abs(Unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(Scale + 1, '0');
        var fraction = digits[^Scale..].TrimEnd('0');
        return (Unscaled < 0 ? "-" : "") + digits[..^Scale] + (fraction.Length > 0 ? "." + fraction : "");
    }
}

/// <summary>The entries of a MAP in their order.</summary>
internal sealed class SqlMap(IReadOnlyList<KeyValuePair<object, object?>> entries)
{
    public IReadOnlyList<KeyValuePair<object, object?>> Entries => entries;
}

/// <summary>The members of a STRUCT in their order.</summary>
internal sealed class SqlStruct(SqlType type, object?[] values)
{
    public IReadOnlyList<SqlMember> Members => type.Members;
    public IReadOnlyList<object?> Values => values;
}
