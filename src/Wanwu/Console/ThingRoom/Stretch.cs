using System.Globalization;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>The stretch of time a chart shows: one that ends now, or one with both ends given.</summary>
/// <param name="Period">One of <see cref="Periods"/>, or null when the ends were given.</param>
internal sealed record Stretch(string? Period, Timestamp From, Timestamp To)
{
    public const string AtFirst = "24h";
    public static readonly IReadOnlyList<string> Periods = ["1h", AtFirst, "7d"];

    public bool IsLive => Period is not null;

    /// <summary>Reads what the address says; what it does not understand is the last day.</summary>
    public static Stretch Read(string? period, string? from, string? to, Timestamp now)
    {
        if (Timestamp.TryParse(from, CultureInfo.InvariantCulture, out var first) && Timestamp.TryParse(to, CultureInfo.InvariantCulture, out var last) && first < last)
            return new Stretch(null, first, last);
        period = Periods.Contains(period) ? period! : AtFirst;
        return new Stretch(period, new Timestamp(now.Microseconds - Length(period)), now);
    }

    /// <summary>The same stretch as it stands later.</summary>
    public Stretch At(Timestamp now) => Period is null ? this : this with { From = new Timestamp(now.Microseconds - Length(Period)), To = now };

    private static long Length(string period) => (period switch
    {
        "1h" => TimeSpan.FromHours(1),
        "7d" => TimeSpan.FromDays(7),
        _ => TimeSpan.FromDays(1),
    }).Ticks / TimeSpan.TicksPerMicrosecond;
}
