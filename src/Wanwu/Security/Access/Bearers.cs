using Wanwu.Security.Access.OAuth;

namespace Wanwu.Security.Access;

/// <summary>Says who is behind a token of whatever kind. Every door that takes tokens asks here.</summary>
internal sealed class Bearers(AccessTokens tokens, OAuthTokens issued)
{
    public ValueTask<Caller?> VerifyAsync(string token, string address, CancellationToken stop) =>
        OAuthTokens.IsWellFormed(token) ? issued.VerifyAsync(token, stop) : tokens.VerifyAsync(token, stop, address);
}
