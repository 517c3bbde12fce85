namespace Wanwu.Registry;

/// <summary>A rule that is the same for all things of a realm.</summary>
/// <remarks>Handed on as an ordinary test of things. A search that meets many of them recognises it (<see cref="Behind"/>), and asks once a realm instead.</remarks>
internal sealed class RealmSight(Func<Realm, bool> sees)
{
    private static readonly RealmSight Everything = new(static _ => true), Nothing = new(static _ => false);
    public static readonly Func<ThingEntry, bool> All = Everything.Sees, None = Nothing.Sees;

    public bool Sees(ThingEntry thing) => sees(thing.Realm);

    public bool Sees(Realm realm) => sees(realm);

    /// <summary>The rule behind a test of things; null where it looks at more than realms.</summary>
    public static RealmSight? Behind(Func<ThingEntry, bool> visible) => visible.Target as RealmSight;
}

/// <summary>What of a search is the same for all things of a realm, worked out when the first of them is met: a hundred thousand things lie in a few thousand realms.</summary>
/// <remarks>Belongs to one search of one snapshot. Whether a thing's realm is taken is read from two arrays, without touching the thing.</remarks>
internal struct RealmMatches(ThingSnapshot snapshot, ThingFilter filter, Organisations.OrganisationTree organisations, Func<ThingEntry, bool> visible)
{
    private const byte Taken = 1, Left = 2;
    private readonly RealmSight? _sight = RealmSight.Behind(visible);
    private byte[] _verdicts = [];

    /// <summary>Whether nothing but the realm decides: then a thing need not be looked at.</summary>
    public readonly bool AreAll => _sight is not null && filter.IsOfRealms;

    public bool Has(int slot)
    {
        var realm = snapshot.RealmOf(slot);
        if (realm < 0) return Takes(snapshot[slot].Realm);
        if (realm >= _verdicts.Length) Array.Resize(ref _verdicts, Math.Max(256, 2 * realm));
        ref var verdict = ref _verdicts[realm];
        if (verdict == 0) verdict = Takes(snapshot[slot].Realm) ? Taken : Left;
        return verdict == Taken;
    }

    /// <summary>What is asked of each thing besides its realm.</summary>
    public readonly bool Has(ThingEntry thing) => filter.TakesBesides(thing) && (_sight is not null || visible(thing));

    private readonly bool Takes(Realm realm) => filter.Takes(realm, organisations) && _sight?.Sees(realm) != false;
}
