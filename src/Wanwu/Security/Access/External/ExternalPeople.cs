using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Security.Access.People;

namespace Wanwu.Security.Access.External;

internal enum ExternalOutcome : byte
{
    Done,
    /// <summary>No account is linked, and none is made by itself.</summary>
    Unknown,
    /// <summary>The claims grant nothing.</summary>
    NothingGranted,
    /// <summary>The account is disabled, or locked for a while.</summary>
    KeptOut,
    /// <summary>Somebody else's account is linked already.</summary>
    Taken,
    /// <summary>There would be no way left to sign in.</summary>
    LastWay,
}

/// <summary>An account's link to a provider.</summary>
internal sealed record ExternalLink(string Issuer, string Subject, string Name);

/// <summary>Which account somebody has who comes from a provider. Only a link says so: an equal name or e-mail address is nobody's proof.</summary>
internal sealed class ExternalPeople(IDbContextFactory<RegistryDb> contexts, RegistryWriter writer, ExternalGrants grants, LockOut locks, IOptions<ExternalOptions> options, TimeProvider clock)
{
    private const int MostOfAName = 99;

    /// <summary>The account that is linked; one that is made now, where accounts are made by themselves. What the claims grant is brought up to date.</summary>
    public Task<(Person? Person, ExternalOutcome Outcome)> EnterAsync(ExternalIdentity identity, CancellationToken stop) => writer.WriteAsync<(Person?, ExternalOutcome)>(async db =>
    {
        var login = await FindAsync(db, identity, stop);
        if (login is null && identity.Provider.Accounts != ExternalAccounts.Automatic) return (null, ExternalOutcome.Unknown);
        if (login is null && !grants.Grant(identity)) return (null, ExternalOutcome.NothingGranted);
        var person = login is null ? await MakeAsync(db, identity, stop) : await db.Users.SingleAsync(known => known.Id == login.UserId, stop);
        if (person.IsDisabled || locks.IsLocked(person)) return (person, ExternalOutcome.KeptOut);
        await grants.ApplyAsync(db, person, identity, stop);
        return (person, ExternalOutcome.Done);
    }, stop);

    public Task<ExternalOutcome> LinkAsync(Guid person, ExternalIdentity identity, CancellationToken stop) => writer.WriteAsync(async db =>
    {
        if (await FindAsync(db, identity, stop) is { } known) return known.UserId == person ? ExternalOutcome.Done : ExternalOutcome.Taken;
        Add(db, person, identity);
        return ExternalOutcome.Done;
    }, stop);

    /// <summary>Within a change of more than links, as of an account that is made by an invitation.</summary>
    /// <returns>False when an account is linked already.</returns>
    public static async Task<bool> AddAsync(RegistryDb db, Guid person, ExternalIdentity identity, CancellationToken stop)
    {
        if (await FindAsync(db, identity, stop) is not null) return false;
        Add(db, person, identity);
        return true;
    }

    public Task<ExternalOutcome> UnlinkAsync(Guid person, string issuer, string subject, CancellationToken stop) => writer.WriteAsync(async db =>
    {
        var links = await db.UserLogins.Where(login => login.UserId == person).ToListAsync(stop);
        if (links.Find(login => login.LoginProvider == issuer && login.ProviderKey == subject) is not { } link) return ExternalOutcome.Unknown;
        if (links.Count == 1 && await db.Users.AnyAsync(known => known.Id == person && known.PasswordHash == null, stop)) return ExternalOutcome.LastWay;
        db.Remove(link);
        return ExternalOutcome.Done;
    }, stop);

    public async Task<IReadOnlyList<ExternalLink>> ListAsync(Guid person, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        var links = await db.UserLogins.AsNoTracking().Where(login => login.UserId == person).ToListAsync(stop);
        return [.. links.Select(login => new ExternalLink(login.LoginProvider, login.ProviderKey, login.ProviderDisplayName ?? login.ProviderKey))];
    }

    /// <summary>Whose account is linked to the provider's person; null when nobody's is.</summary>
    public async Task<Guid?> OwnerAsync(ExternalProvider provider, string subject, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        var links = await db.UserLogins.AsNoTracking().Where(login => login.ProviderKey == subject).ToListAsync(stop);
        return links.Find(login => provider.IsIssuer(login.LoginProvider))?.UserId;
    }

    /// <summary>The settings, for pages.</summary>
    public IReadOnlyList<ExternalProvider> Providers => options.Value.Providers;

    /// <summary>Who has just come from a provider and is asked for a name; null when nobody has.</summary>
    public async Task<ExternalIdentity?> BeforeAsync(HttpContext context) => (await ExternalIdentity.FindAsync(context, options.Value))?.Identity;

    private static Task<IdentityUserLogin<Guid>?> FindAsync(RegistryDb db, ExternalIdentity identity, CancellationToken stop) =>
        db.UserLogins.SingleOrDefaultAsync(login => login.LoginProvider == identity.Issuer && login.ProviderKey == identity.Subject, stop);

    private static void Add(RegistryDb db, Guid person, ExternalIdentity identity) => db.UserLogins.Add(new IdentityUserLogin<Guid>
    {
        UserId = person, LoginProvider = identity.Issuer, ProviderKey = identity.Subject, ProviderDisplayName = identity.Name,
    });

    private async Task<Person> MakeAsync(RegistryDb db, ExternalIdentity identity, CancellationToken stop)
    {
        var wanted = new string([.. identity.Name.Where(sign => char.IsLetterOrDigit(sign) || sign is '-' or '_' or '.' or '@')]);
        if (wanted.Length > PasswordRules.MaxName - 4) wanted = wanted[..(PasswordRules.MaxName - 4)];
        var name = PasswordRules.FaultOfName(wanted) is null ? wanted : "person";
        // Never the account of whoever has that name here already.
        for (var number = 2; await IsTakenAsync(db, name, stop); number++)
            name = number <= MostOfAName ? $"{wanted}-{number}" : $"{Guid.CreateVersion7(clock.GetUtcNow()):N}";
        var person = NewPerson.Of(name, email: null, clock);
        db.Users.Add(person);
        Add(db, person.Id, identity);
        return person;
    }

    private static Task<bool> IsTakenAsync(RegistryDb db, string name, CancellationToken stop)
    {
        var normal = name.ToUpperInvariant();
        return db.Users.AnyAsync(known => known.NormalizedUserName == normal, stop);
    }
}
