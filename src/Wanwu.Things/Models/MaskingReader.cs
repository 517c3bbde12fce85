using System.Text.Json;

namespace Wanwu.Things;

/// <summary>Reads the terms that say of what class a property is, and how it is masked.</summary>
internal static class MaskingReader
{
    private const string MaskRule = "Must be remove, partial, hash or an object with decimals, seconds or both.";
    private const double Day = 86_400;

    public static DataClass? Class(ModelNode node)
    {
        var member = node.Own(ModelTerms.DataClass);
        NotOpen(node, member);
        if (node.Text(member) is not { } name) return null;
        if (DataClasses.TryParse(name, out var read)) return read;
        node.Fault(member, $"Must be one of {DataClasses.Names}.", node.Json.GetProperty(member));
        return null;
    }

    /// <summary>True or false; what protects values must not be left for later.</summary>
    public static bool Flag(ModelNode property, string term)
    {
        var member = property.Own(term);
        NotOpen(property, member);
        return property.Flag(member);
    }

    private static void NotOpen(ModelNode node, string member)
    {
        if (node.Json.TryGetProperty(member, out var found) && !node.Has(member, out _)) node.Fault(member, "Must be said: a placeholder would leave values unprotected.", found);
    }

    public static Masking? Mask(ModelNode property, ValueKind kind)
    {
        var member = property.Own(ModelTerms.Mask);
        if (!property.Has(member, out var json)) return null;
        if (json.ValueKind == JsonValueKind.Object) return Coarsening(property.Child(member, json), kind);
        switch (json.ValueKind == JsonValueKind.String ? json.GetString() : null)
        {
            case "remove": return Masking.Remove;
            case "hash" when kind is ValueKind.Text or ValueKind.Integer: return Masking.Hash;
            case "hash": property.Fault(member, "hash is for properties of type string or integer.", json); return null;
            case "partial" when kind is ValueKind.Text: return Masking.Partial;
            case "partial": property.Fault(member, "partial is for properties of type string.", json); return null;
            default: property.Fault(member, MaskRule, json); return null;
        }
    }

    private static Masking? Coarsening(ModelNode node, ValueKind kind)
    {
        foreach (var member in node.Json.EnumerateObject())
            if (member.Name is not ("decimals" or "seconds")) node.Fault(member.Name, "Is not known here: decimals, seconds.", member.Value);
        var decimals = node.Count("decimals", Masking.FewestDecimals, Masking.MostDecimals);
        var seconds = node.Number("seconds", static n => n is >= 60 and <= Day && Day % n == 0, "Must be seconds that divide a day, from 60 to 86400.");
        if (decimals is not null && kind is not (ValueKind.Number or ValueKind.Integer or ValueKind.Point)) node.Fault("decimals", "Is for numbers and places.");
        else if (decimals is null && seconds is null && node.Json.EnumerateObject().All(static member => member.Name is not ("decimals" or "seconds"))) node.Fault(MaskRule);
        else if (decimals is not null || seconds is not null) return new Masking(MaskKind.Coarsen, decimals, seconds is { } s ? TimeSpan.FromSeconds(s) : null);
        return null;
    }
}
