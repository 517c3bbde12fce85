using Microsoft.AspNetCore.Components.Authorization;
using Wanwu.Security.Access;
using Wanwu.Security.Access.People;

namespace Wanwu.Console.Parts;

/// <summary>The person on this circuit. Every query of a page is asked in this caller's name.</summary>
internal sealed class Visitor(AuthenticationStateProvider authentication, AccessRules rules, PersonSessions sessions)
{
    /// <summary>Whether the person may do it to everything there is: for what is of the whole installation.</summary>
    public async Task<bool> MayEverywhereAsync(Permission permission) => rules.MayEverywhere(await CallerAsync(), permission);

    /// <summary>The caller; nobody in particular, who may nothing, once the session has ended.</summary>
    public async Task<Caller> CallerAsync()
    {
        var user = (await authentication.GetAuthenticationStateAsync()).User;
        return Caller.Find(user) is { } caller && sessions.IsLive(user) ? caller : Caller.Anonymous;
    }

    public async Task<bool> MayAsync(Permission permission) => rules.May(await CallerAsync(), permission);

    /// <summary>The session of this circuit.</summary>
    public async Task<Guid?> SessionAsync() => PersonSessions.IdOf((await authentication.GetAuthenticationStateAsync()).User);
}
