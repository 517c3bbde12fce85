using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Things;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Wanwu.Security.Access.OAuth;

/// <summary>What an administrator says of a program.</summary>
/// <param name="Public">A program that can keep no secret, as one that runs in a browser or on people's own machines.</param>
/// <param name="RedirectUris">Where people may be sent back with a code, each exactly as the program will name it; none when it only acts for itself.</param>
/// <param name="Scope">What it may ask for at most.</param>
/// <param name="Roles">What it is granted with its registration, over its organisation or everything; later, grants are made and ended by themselves.</param>
/// <param name="Organisation">To which it belongs; null: to none in particular.</param>
internal sealed record ProgramTerms(string Name, bool Public, IReadOnlyList<string> RedirectUris, PermissionSet Scope, IReadOnlyList<string> Roles, string? Organisation);

/// <param name="ClientId">By which the program calls itself; also its id here.</param>
/// <param name="Roles">Of the grants that it holds.</param>
/// <param name="FormerSecretUntil">Until when the secret before the last change still works.</param>
internal sealed record ProgramView(
    string ClientId, string Name, bool Public, IReadOnlyList<string> RedirectUris, IReadOnlyList<string> Scope, IReadOnlyList<string> Roles, string? Organisation,
    Timestamp Created, Timestamp? Disabled, Timestamp? FormerSecretUntil);

/// <param name="Secret">Shown once, never kept; null for a public program.</param>
internal sealed record NewProgram(ProgramView Program, string? Secret);

/// <summary>The programs that may sign in by OAuth, as administrators look after them.</summary>
internal sealed class Programs(IDbContextFactory<RegistryDb> contexts, RegistryWriter writer, GrantChanges grants, CurrentGrants current, OAuthTokens tokens, TimeProvider clock)
{
    public async Task<IReadOnlyList<ProgramView>> ListAsync(CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        return [.. (await db.Programs.AsNoTracking().OrderByDescending(row => row.Created).Take(1_000).ToListAsync(stop)).Select(ViewOf)];
    }

    public async Task<ProgramView?> FindAsync(Guid id, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        return await db.Programs.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, stop) is { } row ? ViewOf(row) : null;
    }

    /// <param name="by">The name of who registers it. That the roles may be granted, the caller has checked (<see cref="GrantRules"/>).</param>
    public Task<NewProgram> CreateAsync(ProgramTerms terms, string by, CancellationToken stop)
    {
        var secret = terms.Public ? null : AccessTokenText.Make();
        return writer.WriteAsync(db =>
        {
            var id = Guid.CreateVersion7(clock.GetUtcNow());
            var row = new ProgramRow
            {
                Id = id, ClientId = id.ToString(), ClientType = terms.Public ? ClientTypes.Public : ClientTypes.Confidential, ConsentType = ConsentTypes.Explicit,
                ApplicationType = ApplicationTypes.Web, ClientSecret = secret is null ? null : ProgramApplications.Hash(secret), Created = Timestamp.Now(clock),
            };
            Apply(row, terms);
            db.Programs.Add(row);
            foreach (var role in terms.Roles) grants.Add(db, new GrantOrder(GrantSubject.Program(id), role, ProgramRules.ScopeOf(terms), by));
            return Task.FromResult(new NewProgram(ViewOf(row, terms.Roles), secret));
        }, stop);
    }

    /// <summary>Replaces what was said of a program; whether it can keep a secret, it stays.</summary>
    public Task<ProgramView?> ChangeAsync(Guid id, ProgramTerms terms, CancellationToken stop) => WithAsync(id, row =>
    {
        Apply(row, terms with { Public = row.ClientType == ClientTypes.Public });
        return ViewOf(row);
    }, stop);

    /// <summary>Makes a new secret; the present one goes on working for the overlap.</summary>
    /// <returns>Null when there is no such program, or it has no secret.</returns>
    public Task<NewProgram?> RotateAsync(Guid id, TimeSpan overlap, CancellationToken stop)
    {
        var secret = AccessTokenText.Make();
        return WithAsync(id, row =>
        {
            if (row.ClientSecret is null) return null;
            (row.PreviousSecret, row.PreviousSecretUntil) = (row.ClientSecret, Timestamp.From(clock.GetUtcNow() + overlap));
            row.ClientSecret = ProgramApplications.Hash(secret);
            return new NewProgram(ViewOf(row), secret);
        }, stop);
    }

    /// <summary>Takes nothing of a program any more, from now on; or takes it again.</summary>
    public Task<ProgramView?> DisableAsync(Guid id, bool isDisabled, CancellationToken stop) => WithAsync(id, row =>
    {
        row.Disabled = isDisabled ? row.Disabled ?? Timestamp.Now(clock) : null;
        return ViewOf(row);
    }, stop);

    /// <summary>Removes a program with all its tokens.</summary>
    /// <returns>False when there is no such program.</returns>
    public async Task<bool> RemoveAsync(Guid id, CancellationToken stop)
    {
        var found = await writer.WriteAsync(async db =>
        {
            var row = await db.Programs.SingleOrDefaultAsync(each => each.Id == id, stop);
            if (row is null) return false;
            db.Programs.Remove(row);
            // Connections it has open lose with it what it might.
            await grants.EndAllAsync(db, GrantSubject.Program(id), "end of the program", stop);
            return true;
        }, stop);
        tokens.Forget();
        return found;
    }

    private async Task<T?> WithAsync<T>(Guid id, Func<ProgramRow, T?> change, CancellationToken stop) where T : class
    {
        var result = await writer.WriteAsync(async db =>
        {
            if (await db.Programs.SingleOrDefaultAsync(each => each.Id == id, stop) is not { } row || change(row) is not { } done) return null;
            row.ConcurrencyToken = Guid.NewGuid().ToString();
            return done;
        }, stop);
        tokens.Forget();
        return result;
    }

    private static void Apply(ProgramRow row, ProgramTerms terms)
    {
        (row.DisplayName, row.Organisation) = (terms.Name, terms.Organisation);
        row.RedirectUris = JsonSerializer.Serialize(terms.RedirectUris);
        row.Permissions = JsonSerializer.Serialize(PermissionsOf(terms));
        row.Requirements = JsonSerializer.Serialize<string[]>([Requirements.Features.ProofKeyForCodeExchange]);
    }

    /// <summary>What OpenIddict lets the program do: exactly what its terms need.</summary>
    private static IEnumerable<string> PermissionsOf(ProgramTerms terms)
    {
        foreach (var permission in terms.Scope.Permissions) yield return Permissions.Prefixes.Scope + permission.Policy();
        yield return Permissions.Endpoints.Token;
        yield return Permissions.Endpoints.Revocation;
        if (!terms.Public) yield return Permissions.Endpoints.Introspection;
        if (!terms.Public) yield return Permissions.GrantTypes.ClientCredentials;
        if (terms.RedirectUris.Count == 0) yield break;
        yield return Permissions.Endpoints.Authorization;
        yield return Permissions.GrantTypes.AuthorizationCode;
        yield return Permissions.GrantTypes.RefreshToken;
        yield return Permissions.ResponseTypes.Code;
        // The person's name in an identity token; openid itself needs no permission.
        yield return Permissions.Scopes.Profile;
    }

    private ProgramView ViewOf(ProgramRow row) => ViewOf(row, [.. current.Book.Of(CallerKind.Program, row.Id.ToString()).Grants.Select(grant => grant.Role).Distinct()]);

    private static ProgramView ViewOf(ProgramRow row, IReadOnlyList<string> roles) => new(
        row.ClientId!, row.DisplayName!, row.ClientType == ClientTypes.Public, AskedScopes.Texts(row.RedirectUris),
        [.. AskedScopes.Allowed(row).Permissions.Select(permission => permission.Policy())], roles, row.Organisation, row.Created, row.Disabled, row.PreviousSecretUntil);
}
