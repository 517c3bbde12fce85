using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>How much a thing may hold, and of what form its texts are.</summary>
internal static class ThingRules
{
    public const int MaxName = 200, MaxOrganisation = 100, MaxIdentifiers = 16, MaxLabels = 32, MaxLabelKey = 63, MaxLabelValue = 200;
    private static readonly IdentifierScheme RegionScheme = IdentifierSchemes.Find("region")!;

    public static string? FaultOfOrganisation(string text) =>
        string.IsNullOrWhiteSpace(text) || text.Length > MaxOrganisation || text.Any(char.IsControl)
            ? $"An organisation is 1 to {MaxOrganisation} characters, none of them control characters." : null;

    public static string? FaultOfRegion(string text) =>
        text.Length == 6 && RegionScheme.Check(text).IsValid ? null : $"'{Short(text)}' is not a region: six digits of GB/T 2260, as 110105.";

    public static string? FaultOfPlace(double latitude, double longitude) =>
        Value.IsPoint(latitude, longitude) ? null : "A place on WGS-84 has lat from -90 to 90 and lon from -180 to 180, in degrees.";

    public static string? FaultOfLabelKey(string key) =>
        key.Length is > 0 and <= MaxLabelKey && key.EnumerateRunes().All(IsKeyRune)
            ? null : $"A label's key is 1 to {MaxLabelKey} letters, digits and - _ . /";

    public static string? FaultOfLabelValue(string value) =>
        value.Length <= MaxLabelValue && !value.Any(char.IsControl) ? null : $"A label's value is at most {MaxLabelValue} characters, none of them control characters.";

    public static string Short(string text) => text.Length <= 40 ? text : string.Concat(text.AsSpan(0, 40), "…");

    private static bool IsKeyRune(System.Text.Rune rune) =>
        System.Text.Rune.IsLetterOrDigit(rune) || rune.Value is '-' or '_' or '.' or '/';
}
