using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access.People;

internal enum PersonChange : byte
{
    Done,
    NotFound,
    NotAllowed,
    /// <summary>Nobody could administer any more.</summary>
    LastAdministrator,
}

/// <param name="State">active, locked or disabled.</param>
internal sealed record PersonView(Guid Id, string Name, IReadOnlyList<string> Roles, string? Email, string State, Timestamp? LockedUntil, Timestamp? Created,
    Timestamp? LastSignIn, Timestamp? PasswordChanged, bool MustChangePassword, bool SecondFactor, int Sessions);

/// <summary>What is done to accounts by administrators and security officers, each to those they look after.</summary>
internal sealed class PersonChanges(IDbContextFactory<RegistryDb> contexts, RegistryWriter writer, PersonSessions sessions, PeopleRules rules, TimeProvider clock)
{
    private delegate bool Rule(Caller caller, Guid person);

    public async Task<IReadOnlyList<PersonView>> ListAsync(Caller? caller, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        var people = await db.Users.AsNoTracking().OrderBy(person => person.NormalizedUserName).Take(10_000).ToListAsync(stop);
        var counts = sessions.Counts();
        return [.. people.Where(person => caller is null || rules.MayKnow(caller, person.Id)).Select(person => ViewOf(person, counts))];
    }

    public async Task<PersonView?> FindAsync(Caller caller, Guid id, CancellationToken stop)
    {
        if (!rules.MayKnow(caller, id)) return null;
        await using var db = await contexts.CreateDbContextAsync(stop);
        return await db.Users.AsNoTracking().SingleOrDefaultAsync(person => person.Id == id, stop) is { } found ? ViewOf(found, sessions.Counts()) : null;
    }

    private PersonView ViewOf(Person person, IReadOnlyDictionary<Guid, int> counts)
    {
        var locked = person.LockoutEnd > clock.GetUtcNow();
        return new PersonView(person.Id, person.UserName!, rules.RolesOf(person.Id), person.Email, person.IsDisabled ? "disabled" : locked ? "locked" : "active",
            locked ? Timestamp.From(person.LockoutEnd!.Value) : null, person.Created, person.LastSignIn, person.PasswordChanged, person.MustChangePassword,
            person.HasSecondFactor, counts.GetValueOrDefault(person.Id));
    }

    /// <summary>Keeps somebody out from now on; every session ends.</summary>
    /// <param name="caller">Null on the command line, whose user owns the server's data anyhow.</param>
    public Task<PersonChange> DisableAsync(Caller? caller, Guid id, CancellationToken stop) => ChangeAsync(caller, id, rules.MayKeepOut, async (db, person) =>
    {
        if (caller?.Kind == CallerKind.Person && caller.Id == id.ToString()) return PersonChange.NotAllowed;
        var disabled = (await db.Users.Where(other => other.IsDisabled).Select(other => other.Id).ToListAsync(stop)).ToHashSet();
        if (rules.IsLastAdministrator(id, disabled.Contains)) return PersonChange.LastAdministrator;
        person.IsDisabled = true;
        await EndAsync(db, person, stop);
        return PersonChange.Done;
    }, stop);

    /// <inheritdoc cref="DisableAsync"/>
    public Task<PersonChange> EnableAsync(Caller? caller, Guid id, CancellationToken stop) => ChangeAsync(caller, id, rules.MayReplace, (_, person) =>
    {
        person.IsDisabled = false;
        return Done;
    }, stop);

    public Task<PersonChange> UnlockAsync(Caller caller, Guid id, CancellationToken stop) => ChangeAsync(caller, id, rules.MayReplace, (_, person) =>
    {
        (person.LockoutEnd, person.AccessFailedCount) = (null, 0);
        return Done;
    }, stop);

    public Task<PersonChange> EndSessionsAsync(Caller caller, Guid id, CancellationToken stop) => ChangeAsync(caller, id, rules.MayKeepOut, async (db, person) =>
    {
        await EndAsync(db, person, stop);
        return PersonChange.Done;
    }, stop);

    public Task<PersonChange> RequirePasswordAsync(Caller caller, Guid id, CancellationToken stop) => ChangeAsync(caller, id, rules.MayKeepOut, (_, person) =>
    {
        person.MustChangePassword = true;
        return Done;
    }, stop);

    /// <summary>For who has lost the device: the next sign-in is with the password alone, until a new one is set up.</summary>
    /// <param name="caller">Null on the command line, whose user owns the server's data anyhow.</param>
    public Task<PersonChange> ResetSecondFactorAsync(Caller? caller, Guid id, CancellationToken stop) => ChangeAsync(caller, id, rules.MayReplace, async (db, person) =>
    {
        (person.SecondFactorSecret, person.RecoveryHashes, person.SecondFactorDue) = (null, [], null);
        await EndAsync(db, person, stop);
        return PersonChange.Done;
    }, stop);

    private static readonly Task<PersonChange> Done = Task.FromResult(PersonChange.Done);

    private async Task<PersonChange> ChangeAsync(Caller? caller, Guid id, Rule may, Func<RegistryDb, Person, Task<PersonChange>> change, CancellationToken stop)
    {
        var outcome = await writer.DecideAsync(async db =>
        {
            if (await db.Users.SingleOrDefaultAsync(person => person.Id == id, stop) is not { } found || (caller is not null && !rules.MayKnow(caller, id))) return PersonChange.NotFound;
            return caller is null || may(caller, id) ? await change(db, found) : PersonChange.NotAllowed;
        }, stop);
        sessions.Forget();
        return outcome;
    }

    private static async Task EndAsync(RegistryDb db, Person person, CancellationToken stop)
    {
        person.SecurityStamp = NewPerson.Stamp();
        db.RemoveRange(await db.PersonSessions.Where(session => session.PersonId == person.Id).ToListAsync(stop));
    }
}
