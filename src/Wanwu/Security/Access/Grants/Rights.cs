using Wanwu.Registry;

namespace Wanwu.Security.Access;

/// <summary>What one person or program may do where, worked out from its grants.</summary>
/// <remarks>
/// Immutable but for what it remembers: for each realm the permissions there, one bit each. Asking for a thing is then a look into an array, however many grants there are,
/// and allocates nothing.
/// </remarks>
internal sealed class Rights
{
    public static readonly Rights None = new([], static (_, _) => false, static _ => 0u);
    private const uint Known = 1u << 31;
    private readonly (GrantScope Scope, uint Bits)[] _parts;
    private readonly OrganisationIsWithin _isWithin;
    private readonly uint _everywhere, _anywhere;
    private uint[] _byRealm = [];

    /// <param name="bitsOf">What a grant gives: permissions, one bit each, and what it lets see in clear (<see cref="ClassBits"/>).</param>
    public Rights(IReadOnlyList<Grant> grants, OrganisationIsWithin isWithin, Func<Grant, uint> bitsOf)
    {
        (Grants, _isWithin) = (grants, isWithin);
        foreach (var grant in grants)
            if (grant.Scope.IsEverything) _everywhere |= bitsOf(grant);
        // What it may do everywhere need not be looked for in parts.
        _parts =
        [
            .. grants.Where(grant => !grant.Scope.IsEverything).GroupBy(grant => grant.Scope)
                .Select(part => (Scope: part.Key, Bits: part.Aggregate(0u, (bits, grant) => bits | bitsOf(grant)) & ~OfTheWhole & ~_everywhere)).Where(part => part.Bits != 0),
        ];
        _anywhere = _parts.Aggregate(_everywhere, (bits, part) => bits | part.Bits);
    }

    private static uint OfTheWhole => Bit(Permission.Administer) | Bit(Permission.ReadAudit);

    /// <summary>Whether the permission is about the whole installation: a grant over a part does not give it.</summary>
    public static bool IsOfTheWhole(Permission permission) => (OfTheWhole & Bit(permission)) != 0;

    /// <summary>From which it was worked out.</summary>
    public IReadOnlyList<Grant> Grants { get; }

    /// <summary>Whether they are of the same roles over the same parts.</summary>
    public bool AreAs(Rights other) => ReferenceEquals(this, other) || (_anywhere == other._anywhere && _everywhere == other._everywhere && _parts.Length == other._parts.Length && _parts.All(other._parts.Contains));

    public bool AreNone => _anywhere == 0;

    public bool MayAnywhere(Permission permission) => (_anywhere & Bit(permission)) != 0;

    public bool MayEverywhere(Permission permission) => (_everywhere & Bit(permission)) != 0;

    public bool May(Permission permission, Realm realm)
    {
        var bit = Bit(permission);
        return ((_everywhere | ~_anywhere) & bit) != 0 ? (_everywhere & bit) != 0 : (BitsAt(realm) & bit) != 0;
    }

    /// <summary>What is seen in clear of all things there are, as <see cref="ClassBits"/>.</summary>
    public uint ClassesEverywhere => _everywhere & ClassBits.All;

    /// <summary>What is seen in clear of the things of a realm.</summary>
    public uint ClassesAt(Realm realm) => (_anywhere & ~_everywhere & ClassBits.All) == 0 ? ClassesEverywhere : BitsAt(realm) & ClassBits.All;

    /// <summary>Whether less may be done of the things of the realm, or less seen of them, than by the others.</summary>
    public bool HasLessThan(Rights others, Realm realm) => (others.BitsAt(realm) & ~BitsAt(realm)) != 0;

    /// <summary>Whether less may be done of things of the one realm than of those of the other.</summary>
    public bool HasLessAt(Realm realm, Realm other) => (BitsAt(other) & ~BitsAt(realm)) != 0;

    private uint BitsAt(Realm realm)
    {
        var known = Volatile.Read(ref _byRealm);
        var bits = (uint)realm.Number < (uint)known.Length ? known[realm.Number] : 0;
        return bits != 0 ? bits : WorkOut(realm);
    }

    internal static uint Bit(Permission permission) => 1u << (int)permission;

    /// <summary>Two that work out at once may lose what one of them found: it is found again.</summary>
    private uint WorkOut(Realm realm)
    {
        var bits = Known | _everywhere;
        foreach (var (scope, granted) in _parts)
            if (scope.Holds(realm, _isWithin)) bits |= granted;
        if (realm.Number < 0) return bits;
        var known = Volatile.Read(ref _byRealm);
        if (realm.Number >= known.Length)
        {
            Array.Resize(ref known, Math.Max(64, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)realm.Number + 1)));
            known[realm.Number] = bits;
            Volatile.Write(ref _byRealm, known);
        }
        else known[realm.Number] = bits;
        return bits;
    }
}
