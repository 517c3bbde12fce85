using System.Globalization;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>What people read beside a property's values: its title, its unit's symbol, the decimals it is measured to.</summary>
internal sealed record PropertyFacts(string Title, string? Unit, int? Decimals)
{
    public static PropertyFacts Of(ThingEntry thing, string property, CultureInfo culture) => new(property, null, null);
}
