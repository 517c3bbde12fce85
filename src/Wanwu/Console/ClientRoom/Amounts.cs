using Wanwu.Console.Language;

namespace Wanwu.Console.ClientRoom;

/// <summary>Sizes and rates as people read them: three digits and a prefix.</summary>
internal static class Amounts
{
    private const char ThinSpace = '\u2009';
    private static readonly string[] Prefixes = ["", "k", "M", "G", "T"];

    public static string Bytes(this Figures figures, double bytes) => Scaled(figures, bytes, "B");

    public static string BytesRate(this Figures figures, double perSecond) => Scaled(figures, perSecond, "B/s");

    public static string Rate(this Figures figures, double perSecond) =>
        perSecond == 0 ? "0" : figures.Number(perSecond, perSecond < 1 ? 2 : 3);

    private static string Scaled(Figures figures, double amount, string unit)
    {
        if (amount < 0.5) amount = 0;
        var prefix = 0;
        for (; amount >= 999.5 && prefix < Prefixes.Length - 1; prefix++) amount /= 1000;
        return $"{figures.Number(amount, 3)}{ThinSpace}{Prefixes[prefix]}{unit}";
    }
}
