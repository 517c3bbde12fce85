using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>The one place that decides who may do what to which thing. Every endpoint, list, query, subscription and page asks here.</summary>
/// <remarks>Nothing is asked of the caller but who it is: what it may is looked up in the grants that hold at the moment of asking.</remarks>
internal sealed class AccessRules(CurrentGrants grants)
{
    /// <summary>Grows when grants change: what was asked at the same version still holds.</summary>
    public long Version => grants.Book.Version;

    /// <summary>Calls back after grants changed, until disposed; the callback must only mark.</summary>
    public IDisposable OnChange(Action mark) => new Listener(grants, mark);

    /// <summary>Whether the caller may do it to the thing; without a thing: whether there may be any thing to which it may.</summary>
    public bool May(Caller caller, Permission permission, ThingEntry? thing = null)
    {
        if (!caller.Scope.Has(permission)) return false;
        // A retired thing stays readable; nobody reports for it any more.
        if (permission == Permission.Report && thing is { IsRetired: true } or { Quarantine: not null }) return false;
        if (caller.Kind == CallerKind.Thing) return ThingMay(permission) && (thing is null || thing.Id == caller.Thing || thing.Gateway == caller.Thing);
        var rights = grants.Book.Of(caller);
        return thing is null ? rights.MayAnywhere(permission) : rights.May(permission, thing.Realm);
    }

    /// <summary>Whether the caller may do it to every thing there is: then a query needs no list of things.</summary>
    public bool MayEverywhere(Caller caller, Permission permission) =>
        caller.Kind != CallerKind.Thing && caller.Scope.Has(permission) && grants.Book.Of(caller).MayEverywhere(permission);

    /// <summary>Whether the caller may do it to things of that realm, as one it is about to make or move there.</summary>
    public bool MayAt(Caller caller, Permission permission, Realm realm) =>
        caller.Kind != CallerKind.Thing && caller.Scope.Has(permission) && grants.Book.Of(caller).May(permission, realm);

    /// <summary>The things of which the caller may know, as a test that is asked once per thing of a list. Holds for that list: it does not follow the grants.</summary>
    public Func<ThingEntry, bool> Visible(Caller caller) => Within(caller, Permission.ReadThings);

    /// <summary>The same for any permission.</summary>
    public Func<ThingEntry, bool> Within(Caller caller, Permission permission)
    {
        if (caller.Kind == CallerKind.Thing) return thing => May(caller, permission, thing);
        if (!caller.Scope.Has(permission)) return RealmSight.None;
        var rights = grants.Book.Of(caller);
        return rights.MayEverywhere(permission) ? RealmSight.All : rights.MayAnywhere(permission) ? new RealmSight(realm => rights.May(permission, realm)).Sees : RealmSight.None;
    }

    /// <summary>The organisations of which the caller may know, by id: those within which it may read anything. Holds for one list, as <see cref="Visible"/> does.</summary>
    public Func<string, bool> VisibleOrganisations(Caller caller)
    {
        var book = grants.Book;
        if (!caller.Scope.Has(Permission.ReadThings)) return static _ => false;
        string?[] tops = [.. book.Of(caller).Grants.Where(grant => (book.BitsOf(grant.Role) & Rights.Bit(Permission.ReadThings)) != 0).Select(grant => grant.Scope.Organisation).Distinct()];
        return tops.Contains(null) ? static _ => true : organisation => Array.Exists(tops, top => book.IsWithin(organisation, top!));
    }

    /// <summary>How the caller may see the values of the thing, property by property. Whether it may see them at all is asked before. A thing sees what it and those behind it report.</summary>
    public ThingSight SightOf(Caller caller, ThingEntry thing)
    {
        if (caller.Kind == CallerKind.Thing) return ThingSight.Clear;
        var rights = grants.Book.Of(caller);
        return ClassBits.SightOf(thing.Model, rights.ClassesAt(thing.Realm));
    }

    /// <summary>Whether the caller sees all values of all things in clear: then a query needs no list of series.</summary>
    public bool SeesAllClear(Caller caller, ThingDirectory things)
    {
        if (caller.Kind == CallerKind.Thing) return false;
        var classes = grants.Book.Of(caller).ClassesEverywhere;
        return classes == ClassBits.All || ClassBits.IsSeen(ClassesInUse(things), classes);
    }

    /// <summary>What it takes to see everything in clear, as a number that can be compared: what was decided by it holds while it stays the same.</summary>
    public static uint ClassesInUse(ThingDirectory things) => things.Models.Values.Aggregate(ClassBits.NeedsOf(null), (bits, model) => bits | ClassBits.NeedsOf(model));

    /// <summary>Why the caller may not make values less protected, as by another version of a model or another model of a thing (null: none); null when it may, or they are not.</summary>
    public string? FaultOfLessening(Caller caller, ModelEntry? before, ThingModel? after) =>
        ReferenceEquals(before?.Model, after) ? null : ClassRules.FaultOf(caller.Kind == CallerKind.Thing ? 0 : grants.Book.Of(caller).ClassesEverywhere, before, after);

    /// <summary>What the caller may at this moment, to be compared with a later one.</summary>
    public Rights RightsOf(Caller caller) => grants.Book.Of(caller);

    /// <summary>Whether the caller holds any grant; a person or program that holds none is nobody here any more.</summary>
    public bool HasRights(Caller caller) => caller.Kind == CallerKind.Thing || !grants.Book.Of(caller).AreNone;

    /// <summary>Whether the caller holds the role over everything. A role over a part, or narrowed by a token, opens nothing that is of the whole.</summary>
    public bool HoldsEverywhere(Caller caller, string role)
    {
        if (!caller.Scope.IsAll) return false;
        foreach (var grant in grants.Book.Of(caller).Grants)
            if (grant.Scope.IsEverything && grant.Role == role) return true;
        return false;
    }

    /// <summary>The names of the roles the caller holds anywhere.</summary>
    public IReadOnlyList<string> RolesOf(Caller caller) => [.. grants.Book.Of(caller).Grants.Select(grant => grant.Role).Distinct().Order(StringComparer.Ordinal)];

    private sealed class Listener : IDisposable
    {
        private readonly CurrentGrants _grants;
        private readonly Action _mark;

        public Listener(CurrentGrants grants, Action mark)
        {
            (_grants, _mark) = (grants, mark);
            grants.Changed += mark;
        }

        public void Dispose() => _grants.Changed -= _mark;
    }

    /// <summary>A thing speaks for itself and, as a gateway, for its children.</summary>
    private static bool ThingMay(Permission permission) => permission is Permission.Report or Permission.ReadThings or Permission.ReadObservations;
}
