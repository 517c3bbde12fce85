using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Wanwu.Security.Access.People;

namespace Wanwu.Console.People;

/// <summary>Looks every other second whether the session behind an open page goes on; when it has ended, the page belongs to nobody and leads to the sign-in.</summary>
internal sealed class CircuitSession(ILoggerFactory logs, PersonSessions sessions) : RevalidatingServerAuthenticationStateProvider(logs)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(2);

    protected override Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        Task.FromResult(sessions.IsLive(authenticationState.User));
}
