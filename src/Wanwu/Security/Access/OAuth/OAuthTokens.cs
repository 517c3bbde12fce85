using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using Wanwu.Registry;
using Wanwu.Things;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Wanwu.Security.Access.OAuth;

/// <summary>Says who is behind an access token that OpenIddict handed out, at whichever door it is shown.</summary>
/// <remarks>One that was found good is remembered for a few seconds, and no longer than the database stays as it is: revocation is seen within one.</remarks>
internal sealed class OAuthTokens : IDisposable
{
    /// <summary>Puts the kind before what OpenIddict makes: scanners find what was published by mistake, and doors that take passwords tell a token from one.</summary>
    public const string AccessPrefix = "wanwu_at_", RefreshPrefix = "wanwu_rt_";
    private const int MostRemembered = 10_000, SecretLength = 43;
    private static readonly TimeSpan RememberFor = TimeSpan.FromSeconds(10);

    private readonly TokenIndex _index;
    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly IServiceScopeFactory _scopes;
    private readonly OAuthPrincipals _principals;
    private readonly RegistryFeed _feed;
    private readonly CurrentGrants _grants;
    private readonly TimeProvider _clock;

    public OAuthTokens(IServiceScopeFactory scopes, OAuthPrincipals principals, RegistryFeed feed, CurrentGrants grants, TimeProvider clock, IDbContextFactory<RegistryDb> contexts)
    {
        _index = new TokenIndex(contexts, HashesAsync);
        (_scopes, _principals, _feed, _grants, _clock) = (scopes, principals, feed, grants, clock);
        feed.FileChanged += Forget;
        // For whom a program may act, their grants say.
        grants.Changed += Forget;
    }

    private readonly record struct Known(Caller Caller, Timestamp Until);

    public static bool IsWellFormed(string? token) => token is { Length: 9 + SecretLength } && token.StartsWith(AccessPrefix, StringComparison.Ordinal);

    /// <summary>The person or program behind an access token; null when it is wrong, revoked, out of date, or of somebody who is no longer there.</summary>
    public async ValueTask<Caller?> VerifyAsync(string? token, CancellationToken stop)
    {
        if (!IsWellFormed(token)) return null;
        var key = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(token!)));
        var now = Timestamp.Now(_clock);
        if (_known.TryGetValue(key, out var known) && now < known.Until) return known.Caller;

        // Who floods the doors with what is no token costs a hash and a look into memory.
        await _feed.LookAsync(stop);
        if (!await _index.MayHoldAsync(SHA256.HashData(Encoding.UTF8.GetBytes(token![AccessPrefix.Length..])), stop)) return null;
        if (await ReadAsync(token!, now, stop) is not { } read) return null;
        if (_known.Count >= MostRemembered) _known.Clear();
        _known[key] = read;
        return read.Caller;
    }

    /// <summary>OpenIddict keeps the SHA-256 of the tokens it hands out, as base64.</summary>
    private static async Task<IEnumerable<byte[]>> HashesAsync(RegistryDb db, CancellationToken stop) =>
        (await db.Set<IssuedTokenRow>().AsNoTracking().Where(row => row.ReferenceId != null).Select(row => row.ReferenceId!).ToListAsync(stop)).Select(Convert.FromBase64String);

    private async Task<Known?> ReadAsync(string token, Timestamp now, CancellationToken stop)
    {
        await using var scope = _scopes.CreateAsyncScope();
        var services = scope.ServiceProvider;
        var transaction = await services.GetRequiredService<IOpenIddictServerFactory>().CreateTransactionAsync();
        transaction.CancellationToken = stop;
        var asked = new ValidateTokenContext(transaction) { Token = token, ValidTokenTypes = { OpenIddictConstants.TokenTypeIdentifiers.AccessToken } };
        await services.GetRequiredService<IOpenIddictServerDispatcher>().DispatchAsync(asked);
        if (asked.IsRejected || asked.Principal is not { } principal || await _principals.CallerOfAsync(principal, stop) is not { } caller) return null;
        var until = now.ToDateTimeOffset() + RememberFor;
        return new Known(caller, Timestamp.From(principal.GetExpirationDate() is { } end && end < until ? end : until));
    }

    /// <summary>Marks that tokens may have changed.</summary>
    public void Forget()
    {
        _index.Forget();
        _known.Clear();
    }

    public void Dispose()
    {
        _feed.FileChanged -= Forget;
        _grants.Changed -= Forget;
        _index.Dispose();
    }
}
