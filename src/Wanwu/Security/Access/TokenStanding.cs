using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Security.Access.OAuth;
using Wanwu.Things;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Wanwu.Security.Access;

/// <summary>Says of tokens that were once shown whether they still hold: for doors whose connections outlast the moment of signing in.</summary>
internal sealed class TokenStanding(IDbContextFactory<RegistryDb> contexts, CurrentGrants grants, TimeProvider clock)
{
    private const int MostAtOnce = 500;

    /// <summary>Those of the tokens, by <see cref="Caller.Token"/>, that are revoked, out of date, or of somebody who is no longer there.</summary>
    public async Task<IReadOnlySet<string>> EndedAsync(IReadOnlyCollection<string> tokens, CancellationToken stop)
    {
        var holding = new HashSet<Guid>();
        await using var db = await contexts.CreateDbContextAsync(stop);
        foreach (var part in tokens.Select(token => Guid.TryParse(token, out var id) ? id : default).Chunk(MostAtOnce))
        {
            holding.UnionWith(await MadeAsync(db, part, stop));
            holding.UnionWith(await IssuedAsync(db, part, stop));
        }
        return tokens.Where(token => !Guid.TryParse(token, out var id) || !holding.Contains(id)).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Those of the people, by id, who are disabled or no longer there.</summary>
    public async Task<IReadOnlySet<string>> GoneAsync(IReadOnlyCollection<string> people, CancellationToken stop)
    {
        var there = new HashSet<string>(StringComparer.Ordinal);
        await using var db = await contexts.CreateDbContextAsync(stop);
        foreach (var part in people.Select(person => Guid.TryParse(person, out var id) ? id : default).Chunk(MostAtOnce))
            there.UnionWith((await db.Users.AsNoTracking().Where(person => part.Contains(person.Id)).ToListAsync(stop)).Where(TokenBearer.MayAct).Select(person => person.Id.ToString()));
        return people.Where(person => !there.Contains(person)).ToHashSet(StringComparer.Ordinal);
    }

    private async Task<IEnumerable<Guid>> MadeAsync(RegistryDb db, Guid[] ids, CancellationToken stop)
    {
        var now = Timestamp.Now(clock);
        var rows = await (
            from row in db.AccessTokens.AsNoTracking()
            where ids.Contains(row.Id) && row.Revoked == null
            join person in db.Users on row.Owner equals person.Id into people
            from person in people.DefaultIfEmpty()
            select new { row.Id, row.Expires, row.Owner, Person = person }).ToListAsync(stop);
        return rows.Where(row => !(row.Expires <= now) && (row.Owner is null || (row.Person is not null && TokenBearer.MayAct(row.Person)))).Select(row => row.Id);
    }

    private async Task<IEnumerable<Guid>> IssuedAsync(RegistryDb db, Guid[] ids, CancellationToken stop)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var rows = await db.Set<IssuedTokenRow>().AsNoTracking()
            .Where(row => ids.Contains(row.Id) && row.Status == Statuses.Valid && row.ExpirationDate > now && row.Application!.Disabled == null)
            .Select(row => new { row.Id, Subject = row.Subject!, Program = row.Application!.Id, row.Application!.Organisation }).ToListAsync(stop);
        var subjects = rows.Select(row => Guid.TryParse(row.Subject, out var id) ? id : default).ToList();
        var people = (await db.Users.AsNoTracking().Where(person => subjects.Contains(person.Id)).ToListAsync(stop)).Where(TokenBearer.MayAct).Select(person => person.Id.ToString()).ToHashSet();
        return rows.Where(row => row.Subject == row.Program.ToString() || (people.Contains(row.Subject) && ProgramReach.MayActFor(grants.Book, row.Organisation, Guid.Parse(row.Subject)))).Select(row => row.Id);
    }
}
