using System.Text.Json.Serialization;
using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>The role a token is made with.</summary>
/// <param name="By">The name of who grants it.</param>
internal sealed record TokenRole(string Name, GrantScope Scope, string By)
{
    /// <summary>What of the values it sees in clear.</summary>
    public GrantSight Sight { get; init; } = GrantSight.Usual;
}

/// <param name="Role">A program's role; null for a person's token.</param>
/// <param name="Scope">The permissions to which a person's token is narrowed; null for a program's.</param>
/// <param name="Token">The token itself: shown once, never kept.</param>
internal sealed record NewAccessToken(Guid Id, string Name, string? Role, IReadOnlyList<string>? Scope, Timestamp? Expires, string Token);

/// <summary>What may be told of a token: everything but itself.</summary>
/// <param name="Role">The role it was made with; what it may now, its grants say. Null for a person's token.</param>
/// <param name="Owner">The person for whom it speaks; null for a program.</param>
/// <param name="LastUsed">To the minute, as it stood a minute ago at most.</param>
/// <param name="LastUsedFrom">The address it last came from.</param>
internal sealed record AccessTokenView(
    Guid Id, string Name, string? Role, string? Owner, IReadOnlyList<string>? Scope,
    Timestamp Created, Timestamp? Expires, Timestamp? Revoked, Timestamp? LastUsed, string? LastUsedFrom)
{
    /// <summary>The person's id, where the token speaks for one.</summary>
    [JsonIgnore] public Guid? OwnerId { get; init; }
}

/// <summary>The tokens by which programs ask, for themselves or for a person. Made and revoked by this process or by the command line beside it.</summary>
/// <remarks>A token that was found good is remembered for a few seconds, and no longer than the database stays as it is: revocation is seen within one.</remarks>
internal sealed class AccessTokens : IDisposable
{
    public const int MaxName = 100, MostOwn = 100;
    private const int MostRemembered = 10_000;
    private static readonly TimeSpan RememberFor = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly TokenIndex _index;
    private readonly IDbContextFactory<RegistryDb> _contexts;
    private readonly RegistryWriter _writer;
    private readonly RegistryFeed _feed;
    private readonly GrantChanges _grants;
    private readonly TokenUses _uses;
    private readonly TimeProvider _clock;

    public AccessTokens(IDbContextFactory<RegistryDb> contexts, RegistryWriter writer, RegistryFeed feed, GrantChanges grants, TokenUses uses, TimeProvider clock)
    {
        (_contexts, _writer, _feed, _grants, _uses, _clock) = (contexts, writer, feed, grants, uses, clock);
        _index = new TokenIndex(contexts, static async (db, stop) => await db.AccessTokens.AsNoTracking().Select(row => row.Hash).ToListAsync(stop));
        feed.FileChanged += Forget;
    }

    private readonly record struct Known(Guid Id, Caller Caller, Timestamp Until);

    /// <summary>A token by which a program asks for itself, with a role over everything.</summary>
    /// <param name="role">One of <see cref="Role.All"/>; the caller has checked it.</param>
    public Task<NewAccessToken> CreateAsync(string name, string role, Timestamp? expires, CancellationToken stop) =>
        CreateAsync(name, new TokenRole(role, GrantScope.Everything, "server"), expires, stop);

    /// <summary>A token by which a program asks for itself.</summary>
    /// <param name="role">What it is granted with it; that it may be, the caller has checked (<see cref="GrantRules"/>).</param>
    public Task<NewAccessToken> CreateAsync(string name, TokenRole role, Timestamp? expires, CancellationToken stop) => KeepAsync(token => new AccessTokenRow
    {
        Id = Guid.CreateVersion7(_clock.GetUtcNow()), Name = name, Hash = AccessTokenText.Hash(token), Created = Timestamp.Now(_clock), Expires = expires,
    }, role, stop)!;

    /// <summary>A token by which a program asks for a person: what the person may when it asks, within the scope, while the person has an account.</summary>
    /// <returns>Null when the person has as many as one may have.</returns>
    public Task<NewAccessToken?> CreateOwnAsync(Guid owner, string name, PermissionSet scope, Timestamp expires, CancellationToken stop) =>
        KeepAsync(token => new AccessTokenRow
        {
            Id = Guid.CreateVersion7(_clock.GetUtcNow()), Name = name, Owner = owner, Scope = scope.ToString(),
            Hash = AccessTokenText.Hash(token), Created = Timestamp.Now(_clock), Expires = expires,
        }, null, stop);

    private Task<NewAccessToken?> KeepAsync(Func<string, AccessTokenRow> make, TokenRole? role, CancellationToken stop)
    {
        var token = AccessTokenText.Make();
        var row = make(token);
        return _writer.WriteAsync(async db =>
        {
            if (row.Owner is { } owner && await db.AccessTokens.CountAsync(each => each.Owner == owner && each.Revoked == null && each.Expires > row.Created, stop) >= MostOwn) return null;
            db.AccessTokens.Add(row);
            if (role is not null) _grants.Add(db, new GrantOrder(GrantSubject.Program(row.Id), role.Name, role.Scope, role.By) { Sight = role.Sight });
            return new NewAccessToken(row.Id, row.Name, role?.Name, row.Scope?.Split(' '), row.Expires, token);
        }, stop);
    }

    /// <summary>All tokens, or those of one person, newest first, revoked ones too.</summary>
    public async Task<IReadOnlyList<AccessTokenView>> ListAsync(CancellationToken stop, Guid? owner = null)
    {
        await using var db = await _contexts.CreateDbContextAsync(stop);
        var rows = await (
            from row in db.AccessTokens.AsNoTracking()
            where owner == null || row.Owner == owner
            join person in db.Users on row.Owner equals person.Id into people
            from person in people.DefaultIfEmpty()
            orderby row.Created descending
            select new { Row = row, person!.UserName, Role = db.Grants.Where(grant => grant.Subject == row.Id).OrderBy(grant => grant.Id).Select(grant => grant.Role).FirstOrDefault() }).Take(1_000).ToListAsync(stop);
        return [.. rows.Select(each => ViewOf(each.Row, each.UserName, each.Role))];
    }

    private static AccessTokenView ViewOf(AccessTokenRow row, string? owner, string? role) => new(
        row.Id, row.Name, role, row.Owner is null ? null : owner ?? "", row.Scope?.Split(' '),
        row.Created, row.Expires, row.Revoked, row.LastUsed, row.LastUsedFrom) { OwnerId = row.Owner };

    public async Task<AccessTokenView?> FindAsync(Guid id, CancellationToken stop)
    {
        await using var db = await _contexts.CreateDbContextAsync(stop);
        return await db.AccessTokens.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, stop) is { } row ? ViewOf(row, null, null) : null;
    }

    /// <param name="owner">Only a token of this person; null: any.</param>
    /// <returns>False when there is no such token.</returns>
    public async Task<bool> RevokeAsync(Guid id, CancellationToken stop, Guid? owner = null)
    {
        var found = await _writer.WriteAsync(async db =>
        {
            var row = await db.AccessTokens.SingleOrDefaultAsync(token => token.Id == id && (owner == null || token.Owner == owner), stop);
            if (row is null) return false;
            row.Revoked ??= Timestamp.Now(_clock);
            // Connections it has open lose with it what it might.
            await _grants.EndAllAsync(db, GrantSubject.Program(id), "end of the token", stop);
            return true;
        }, stop);
        Forget();
        return found;
    }

    /// <summary>Who is behind a token, or null when the token is wrong, revoked or out of date.</summary>
    /// <param name="address">Where the peer is, to be shown as that of the last use.</param>
    public async ValueTask<Caller?> VerifyAsync(string? token, CancellationToken stop, string address = "")
    {
        if (!AccessTokenText.IsWellFormed(token)) return null;
        var hash = AccessTokenText.Hash(token);
        var key = Convert.ToBase64String(hash);
        var now = Timestamp.Now(_clock);
        if (!_known.TryGetValue(key, out var known) || now >= known.Until)
        {
            if (await ReadAsync(hash, now, stop) is not { } read) return null;
            known = read;
            if (_known.Count >= MostRemembered) _known.Clear();
            _known[key] = known;
        }
        _uses.Note(known.Id, now, address);
        return known.Caller;
    }

    private async Task<Known?> ReadAsync(byte[] hash, Timestamp now, CancellationToken stop)
    {
        // Another process may have made it, with its grant, a moment ago.
        await _feed.LookAsync(stop);
        if (!await _index.MayHoldAsync(hash, stop)) return null;
        await using var db = await _contexts.CreateDbContextAsync(stop);
        var row = await db.AccessTokens.AsNoTracking().SingleOrDefaultAsync(stored => stored.Hash == hash, stop);
        if (row is null || row.Revoked is not null || row.Expires <= now) return null;
        if (await CallerOfAsync(db, row, stop) is not { } caller) return null;
        var until = Timestamp.From(now.ToDateTimeOffset() + RememberFor);
        return new Known(row.Id, caller, row.Expires is { } end && end < until ? end : until);
    }

    private static async Task<Caller?> CallerOfAsync(RegistryDb db, AccessTokenRow row, CancellationToken stop)
    {
        var token = row.Id.ToString();
        if (row.Owner is not { } owner) return new Caller(CallerKind.Program, row.Name, null) { Id = token, Token = token };
        var person = await db.Users.AsNoTracking().SingleOrDefaultAsync(each => each.Id == owner, stop);
        return person is null || !TokenBearer.MayAct(person) ? null : TokenBearer.Of(person, PermissionSet.Read(row.Scope ?? ""), token);
    }

    private void Forget()
    {
        _index.Forget();
        _known.Clear();
    }

    public void Dispose()
    {
        _feed.FileChanged -= Forget;
        _index.Dispose();
    }
}
