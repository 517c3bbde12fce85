using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query;

/// <summary>Of which things somebody may see what was refused.</summary>
internal static class RefusedSight
{
    /// <summary>Null: of all, and what belongs to none.</summary>
    public static Func<ThingId, bool>? Of(Caller caller, ThingDirectory things, AccessRules access) => access.MayEverywhere(caller, Permission.ReadRefused)
        ? null
        : id => things.Find(id) is { } thing && access.May(caller, Permission.ReadRefused, thing);
}
