using Microsoft.AspNetCore.Components.Authorization;
using Wanwu.Security.Access;

namespace Wanwu.Console.Parts;

/// <summary>The person on this circuit. Every query of a page is asked in this caller's name.</summary>
internal sealed class Visitor(AuthenticationStateProvider authentication, AccessRules rules)
{
    /// <exception cref="InvalidOperationException">Nobody signed in: the page lacks its policy.</exception>
    public async Task<Caller> CallerAsync() => Caller.From((await authentication.GetAuthenticationStateAsync()).User);

    public async Task<bool> MayAsync(Permission permission)
    {
        var user = (await authentication.GetAuthenticationStateAsync()).User;
        return Caller.Find(user) is { } caller && rules.May(caller, permission);
    }
}
