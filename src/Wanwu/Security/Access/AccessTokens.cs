using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <param name="Token">The token itself: shown once, never kept.</param>
internal sealed record NewAccessToken(Guid Id, string Name, string Role, Timestamp? Expires, string Token);

/// <summary>What may be told of a token: everything but itself.</summary>
internal sealed record AccessTokenView(Guid Id, string Name, string Role, Timestamp Created, Timestamp? Expires, Timestamp? Revoked);

/// <summary>The tokens by which programs ask. Made and revoked by this process or by the command line beside it.</summary>
/// <remarks>A token that was found good is remembered for a few seconds, and no longer than the database stays as it is: revocation is seen within one.</remarks>
internal sealed class AccessTokens : IDisposable
{
    public const int MaxName = 100;
    private const int MostRemembered = 10_000;
    private static readonly TimeSpan RememberFor = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly IDbContextFactory<RegistryDb> _contexts;
    private readonly RegistryWriter _writer;
    private readonly RegistryFeed _feed;
    private readonly TimeProvider _clock;

    public AccessTokens(IDbContextFactory<RegistryDb> contexts, RegistryWriter writer, RegistryFeed feed, TimeProvider clock)
    {
        (_contexts, _writer, _feed, _clock) = (contexts, writer, feed, clock);
        feed.FileChanged += Forget;
    }

    private readonly record struct Known(Caller Caller, Timestamp Until);

    /// <param name="role">One of <see cref="Role.All"/>; the caller has checked it.</param>
    public Task<NewAccessToken> CreateAsync(string name, string role, Timestamp? expires, CancellationToken stop)
    {
        if (!Role.IsKnown(role)) throw new ArgumentException($"'{role}' is not a role. Known are: {string.Join(", ", Role.All)}.", nameof(role));
        var token = AccessTokenText.Make();
        return _writer.WriteAsync(db =>
        {
            var row = new AccessTokenRow
            {
                Id = Guid.CreateVersion7(_clock.GetUtcNow()), Name = name, Role = role, Hash = AccessTokenText.Hash(token),
                Created = Timestamp.Now(_clock), Expires = expires,
            };
            db.AccessTokens.Add(row);
            return Task.FromResult(new NewAccessToken(row.Id, name, role, expires, token));
        }, stop);
    }

    /// <summary>All tokens, newest first, revoked ones too.</summary>
    public async Task<IReadOnlyList<AccessTokenView>> ListAsync(CancellationToken stop)
    {
        await using var db = await _contexts.CreateDbContextAsync(stop);
        return await db.AccessTokens.AsNoTracking().OrderByDescending(row => row.Created).Take(1_000)
            .Select(row => new AccessTokenView(row.Id, row.Name, row.Role, row.Created, row.Expires, row.Revoked)).ToListAsync(stop);
    }

    /// <returns>False when there is no such token.</returns>
    public async Task<bool> RevokeAsync(Guid id, CancellationToken stop)
    {
        var found = await _writer.WriteAsync(async db =>
        {
            var row = await db.AccessTokens.SingleOrDefaultAsync(token => token.Id == id, stop);
            if (row is not null) row.Revoked ??= Timestamp.Now(_clock);
            return row is not null;
        }, stop);
        Forget();
        return found;
    }

    /// <summary>The program behind a token, or null when the token is wrong, revoked or out of date.</summary>
    public async ValueTask<Caller?> VerifyAsync(string? token, CancellationToken stop)
    {
        if (!AccessTokenText.IsWellFormed(token)) return null;
        var hash = AccessTokenText.Hash(token);
        var key = Convert.ToBase64String(hash);
        var now = Timestamp.Now(_clock);
        if (_known.TryGetValue(key, out var known) && now < known.Until) return known.Caller;

        await using var db = await _contexts.CreateDbContextAsync(stop);
        var row = await db.AccessTokens.AsNoTracking().SingleOrDefaultAsync(stored => stored.Hash == hash, stop);
        if (row is null || row.Revoked is not null || row.Expires <= now) return null;
        var caller = new Caller(CallerKind.Program, row.Name, [row.Role], null) { Id = row.Id.ToString() };
        Remember(key, caller, now, row.Expires);
        return caller;
    }

    private void Remember(string key, Caller caller, Timestamp now, Timestamp? expires)
    {
        if (_known.Count >= MostRemembered) _known.Clear();
        var until = Timestamp.From(now.ToDateTimeOffset() + RememberFor);
        _known[key] = new Known(caller, expires is { } end && end < until ? end : until);
    }

    private void Forget() => _known.Clear();

    public void Dispose() => _feed.FileChanged -= Forget;
}
