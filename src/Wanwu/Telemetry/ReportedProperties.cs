using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Telemetry;

/// <summary>Tells the registry what a thing has reported, so that a model can be made of it.</summary>
internal sealed class ReportedProperties(LatestValues latest) : ISeenProperties
{
    public IReadOnlyList<SeenProperty> Of(ThingId thing) => latest.TryGet(thing, out var values)
        ? [.. values.Where(one => one.Observation.Value.Kind != ValueKind.None).Select(one => Seen(one.Observation))]
        : [];

    /// <summary>A whole number seen may be a fraction the next time: a model that knew only integers would refuse it.</summary>
    private static SeenProperty Seen(in Observation observation) => new(
        observation.Series.Property,
        observation.Value.Kind == ValueKind.Integer ? ValueKind.Number : observation.Value.Kind,
        observation.Value);
}
