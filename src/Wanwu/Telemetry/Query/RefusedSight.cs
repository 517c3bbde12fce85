using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query;

/// <summary>Of which things somebody may see what was refused.</summary>
internal static class RefusedSight
{
    /// <summary>Without what arrived where it may hold a value that the caller does not see in clear: of its thing, or of any where nobody knows whose it was.</summary>
    public static RefusedPage Seen(RefusedPage page, Caller caller, ThingDirectory things, AccessRules access)
    {
        var seesAll = access.SeesAllClear(caller, things);
        return seesAll ? page : page with { Items = [.. page.Items.Select(item => IsClear(item.Refusal.Thing) ? item : item with { Refusal = item.Refusal with { Detail = "", Bytes = default } })] };

        bool IsClear(ThingId? id) => id is { } known && things.Find(known) is { } thing && access.SightOf(caller, thing).IsClear;
    }

    /// <summary>Null: of all, and what belongs to none.</summary>
    public static Func<ThingId, bool>? Of(Caller caller, ThingDirectory things, AccessRules access) => access.MayEverywhere(caller, Permission.ReadRefused)
        ? null
        : id => things.Find(id) is { } thing && access.May(caller, Permission.ReadRefused, thing);
}
