using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using Wanwu.Registry;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Wanwu.Security.Access.OAuth;

/// <summary>From whom a token is, and back: what goes into a token, and the caller of this moment that comes out of it.</summary>
internal sealed class OAuthPrincipals(IDbContextFactory<RegistryDb> contexts, CurrentGrants grants)
{
    private const string SubjectKind = "wanwu_subject", ProgramId = "wanwu_program";

    public static ClaimsPrincipal OfPerson(Person person, ProgramRow program, IEnumerable<string> scopes) => Of(CallerKind.Person, person.Id, person.UserName!, program, scopes);

    private static ClaimsPrincipal OfProgram(ProgramRow program, IEnumerable<string> scopes) => Of(CallerKind.Program, program.Id, program.DisplayName!, program, scopes);

    /// <summary>A program that asks for itself; null when it is no longer there.</summary>
    public async Task<ClaimsPrincipal?> OfClientAsync(string clientId, IEnumerable<string> asked, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        return await db.Programs.AsNoTracking().SingleOrDefaultAsync(row => row.ClientId == clientId && row.Disabled == null, stop) is { } program
            ? OfProgram(program, AskedScopes.Of(program, asked))
            : null;
    }

    /// <summary>The same as was once let, or less when less is asked for; null when the person or the program is no longer there.</summary>
    public async Task<ClaimsPrincipal?> RenewAsync(ClaimsPrincipal before, IReadOnlyCollection<string> asked, CancellationToken stop)
    {
        var scopes = asked.Count == 0 ? before.GetScopes() : [.. before.GetScopes().Intersect(asked)];
        return await FindAsync(before, stop) is not { } found ? null
            : found.Person is { } person ? OfPerson(person, found.Program, scopes)
            : OfProgram(found.Program, scopes);
    }

    private static ClaimsPrincipal Of(CallerKind kind, Guid subject, string name, ProgramRow program, IEnumerable<string> scopes)
    {
        var identity = new ClaimsIdentity("OAuth", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, subject.ToString()).SetClaim(Claims.Name, name)
            .SetClaim(SubjectKind, kind.ToString()).SetClaim(ProgramId, program.Id.ToString());
        // The program itself, and no other, may look the token up or revoke it.
        identity.SetScopes(scopes).SetPresenters(program.ClientId!).SetAudiences(program.ClientId!);
        identity.SetDestinations(claim => claim.Type == Claims.Name ? [Destinations.AccessToken, Destinations.IdentityToken] : [Destinations.AccessToken]);
        return new ClaimsPrincipal(identity);
    }

    /// <summary>The caller for whom a token speaks, with the rights of this moment; null when the person or the program is no longer there.</summary>
    public async Task<Caller?> CallerOfAsync(ClaimsPrincipal token, CancellationToken stop)
    {
        if (await FindAsync(token, stop) is not { } found) return null;
        var (scope, id) = (AskedScopes.PermissionsIn(token.GetScopes()), token.GetTokenId() ?? "");
        return found.Person is { } person ? TokenBearer.Of(person, scope, id) : TokenBearer.Of(found.Program, scope, id);
    }

    private async Task<(ProgramRow Program, Person? Person)?> FindAsync(ClaimsPrincipal token, CancellationToken stop)
    {
        if (!Guid.TryParse(token.GetClaim(ProgramId), out var programId) || !Guid.TryParse(token.GetClaim(Claims.Subject), out var subject)) return null;
        await using var db = await contexts.CreateDbContextAsync(stop);
        if (await db.Programs.AsNoTracking().SingleOrDefaultAsync(row => row.Id == programId && row.Disabled == null, stop) is not { } program) return null;
        if (token.GetClaim(SubjectKind) == nameof(CallerKind.Program)) return (program, null);
        var person = await db.Users.AsNoTracking().SingleOrDefaultAsync(row => row.Id == subject, stop);
        return person is not null && TokenBearer.MayAct(person) && ProgramReach.MayActFor(grants.Book, program.Organisation, person.Id) ? (program, person) : null;
    }
}
