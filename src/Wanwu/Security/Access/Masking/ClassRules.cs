using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>Who may make values less protected than they are: whoever sees them in clear, over everything. More protected, whoever may change models and things.</summary>
internal static class ClassRules
{
    /// <summary>Why whoever sees these classes everywhere may not put the one document in the place of the other; null when it may.</summary>
    /// <param name="classes">As <see cref="ClassBits"/>.</param>
    /// <param name="after">Null: what there is of the model is without one from then on, as where it is removed.</param>
    public static string? FaultOf(uint classes, ModelEntry? before, ThingModel? after)
    {
        if (before is null || before.Properties.All(property => !IsLess(before.Model, property.Affordance, after)) && !IsLess(before.Model, null, after)) return null;
        var lowered = before.Properties.Where(property => IsLess(before.Model, property.Affordance, after)).ToList();
        var needed = lowered.Aggregate(IsLess(before.Model, null, after) ? ClassBits.Of(before.Model, null) : 0, (bits, property) => bits | ClassBits.Of(before.Model, property.Affordance));
        if (ClassBits.IsSeen(needed, classes)) return null;
        var names = lowered.Count == 0 ? "what the model does not name" : string.Join(", ", lowered.Select(property => $"'{property.Name}'"));
        return $"{names} would be less protected than now (data class, personal, mask): only who sees these values in clear over everything may do that.";
    }

    private static bool IsLess(ThingModel before, PropertyAffordance? property, ThingModel? after)
    {
        var then = property is null ? null : after?.FindProperty(property.Name);
        var (was, becomes) = (before.ClassOf(property), after?.ClassOf(then) ?? DataClass.Internal);
        if (becomes < was) return true;
        if (property is null) return false;
        if (property.Personal && then is not { Personal: true }) return true;
        var isGuarded = was > DataClass.Internal || property.Personal;
        return isGuarded && then is { Mask: not null and not { Kind: MaskKind.Remove } } && then.Mask != property.Mask;
    }
}
