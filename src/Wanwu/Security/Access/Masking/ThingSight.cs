using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>How somebody may see the values of one thing, property by property. Immutable, and one for all things of a model that are seen alike.</summary>
internal sealed class ThingSight
{
    /// <summary>Everything in clear: the usual case, of which there is one alone.</summary>
    public static readonly ThingSight Clear = new(null, PropertySight.Clear);

    /// <summary>Nothing at all.</summary>
    public static readonly ThingSight None = new(null, PropertySight.None);

    private readonly Dictionary<PropertyName, PropertySight>? _byName;
    private readonly PropertySight _others;

    private ThingSight(Dictionary<PropertyName, PropertySight>? byName, PropertySight others) => (_byName, _others) = (byName, others);

    public bool IsClear => ReferenceEquals(this, Clear);

    public PropertySight Of(PropertyName property) => _byName is not null && _byName.TryGetValue(property, out var sight) ? sight : _others;

    /// <param name="classes">What is seen in clear, as <see cref="ClassBits"/>.</param>
    public static ThingSight Of(ModelEntry model, uint classes)
    {
        var byName = new Dictionary<PropertyName, PropertySight>();
        foreach (var property in model.Properties)
            byName[property.Name] = ClassBits.IsSeen(ClassBits.Of(model.Model, property.Affordance), classes) ? PropertySight.Clear : new PropertySight(property.Affordance.Mask ?? Masking.Remove);
        return new ThingSight(byName, ClassBits.IsSeen(ClassBits.Of(model.Model, null), classes) ? PropertySight.Clear : PropertySight.None);
    }
}
