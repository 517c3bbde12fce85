namespace Wanwu.Registry.Organisations;

/// <summary>How many things are of each organisation, counted in one pass over all of them.</summary>
internal static class OrganisationCounts
{
    /// <param name="visible">What the caller may see.</param>
    public static IReadOnlyDictionary<string, int> Own(ThingSnapshot snapshot, Func<ThingEntry, bool> visible)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var slot = 0; slot < snapshot.Count; slot++)
            if (snapshot[slot] is { Organisation: { } organisation } thing && visible(thing))
                counts[organisation] = counts.GetValueOrDefault(organisation) + 1;
        return counts;
    }
}
