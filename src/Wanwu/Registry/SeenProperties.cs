using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>What a thing has reported so far. Known to the rooms above, who keep observations.</summary>
internal interface ISeenProperties
{
    IReadOnlyList<SeenProperty> Of(ThingId thing);
}

/// <param name="Example">One value seen.</param>
internal readonly record struct SeenProperty(PropertyName Name, ValueKind Kind, Value Example);
