using System.Globalization;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Console.ThingRoom;

/// <summary>What people read beside a property's values: its title, its unit's symbol, the digits it is measured to.</summary>
internal sealed record PropertyFacts(string Title, string? Unit, int? Digits)
{
    public static PropertyFacts Of(ThingEntry thing, string property, CultureInfo culture)
    {
        var plain = new PropertyFacts(property, null, null);
        if (!PropertyName.TryParse(property, null, out var name) || thing.Model?.Model.FindProperty(name) is not { } known) return plain;
        var unit = known.Unit?.Symbol ?? known.Schema.UnitText;
        return new PropertyFacts(known.Title?.For(culture) ?? property, unit is { Length: > 0 } ? unit : null, known.SignificantDigits);
    }
}
