using System.Collections.Frozen;
using Wanwu.Registry;

namespace Wanwu.Security.Access;

/// <summary>The one place that decides who may do what to which thing. Every endpoint, list, query, subscription and page asks here.</summary>
internal sealed class AccessRules
{
    // Per role one bit a permission: asked for every message, so worked out once.
    private readonly FrozenDictionary<string, uint> _granted = Role.All.ToFrozenDictionary(role => role, role =>
        Enum.GetValues<Permission>().Where(permission => Role.Grants(role, permission)).Aggregate(0u, (bits, permission) => bits | Bit(permission)));

    /// <summary>Whether the caller may do it to the thing; without a thing: whether there may be any thing to which it may.</summary>
    public bool May(Caller caller, Permission permission, ThingEntry? thing = null)
    {
        if (!caller.Scope.Has(permission)) return false;
        // A retired thing stays readable; nobody reports for it any more.
        if (permission == Permission.Report && thing is { IsRetired: true }) return false;
        return caller.Kind == CallerKind.Thing
            ? ThingMay(permission) && (thing is null || thing.Id == caller.Thing || thing.Gateway == caller.Thing)
            : RolesGrant(caller.Roles, permission);
    }

    /// <summary>Whether the caller may do it to every thing there is: then a query needs no list of things.</summary>
    public bool MayEverywhere(Caller caller, Permission permission) =>
        caller.Kind != CallerKind.Thing && caller.Scope.Has(permission) && RolesGrant(caller.Roles, permission);

    /// <summary>The things of which the caller may know, as a test that is asked once per thing of a list.</summary>
    public Func<ThingEntry, bool> Visible(Caller caller)
    {
        if (caller.Kind == CallerKind.Thing) return thing => May(caller, Permission.ReadThings, thing);
        var all = MayEverywhere(caller, Permission.ReadThings);
        return _ => all;
    }

    /// <summary>A thing speaks for itself and, as a gateway, for its children.</summary>
    private static bool ThingMay(Permission permission) => permission is Permission.Report or Permission.ReadThings or Permission.ReadObservations;

    private bool RolesGrant(IReadOnlyList<string> roles, Permission permission)
    {
        foreach (var role in roles)
            if (_granted.TryGetValue(role, out var bits) && (bits & Bit(permission)) != 0) return true;
        return false;
    }

    private static uint Bit(Permission permission) => 1u << (int)permission;
}
