using System.Security.Claims;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>Finds the thing a request names, for those who may see it. For everybody else it does not exist.</summary>
internal sealed class VisibleThings(ThingDirectory things, AccessRules rules, RegistryFeed feed)
{
    /// <param name="id">The text from the route.</param>
    /// <returns>Null: answer 404, whatever the reason.</returns>
    public async ValueTask<ThingEntry?> FindAsync(string id, ClaimsPrincipal user, Permission permission, CancellationToken stop)
    {
        if (!ThingId.TryParse(id, null, out var thingId)) return null;
        var thing = things.Find(thingId);
        if (thing is null)
        {
            // Another process may have made it a moment ago.
            await feed.LookAsync(stop);
            thing = things.Find(thingId);
        }
        return thing is not null && rules.May(Caller.From(user), permission, thing) ? thing : null;
    }
}
