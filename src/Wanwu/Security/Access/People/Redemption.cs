using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Security.Access.External;
using Wanwu.Things;

namespace Wanwu.Security.Access.People;

/// <summary>Whom a link is for, as its page shows it.</summary>
/// <param name="Account">The account's name, when its password is set anew.</param>
internal sealed record InvitationFor(string? Account);

internal enum RedeemLink : byte
{
    Done,
    /// <summary>Wrong, used, taken back or too old.</summary>
    WrongCode,
    BadName,
    NameTaken,
    BadPassword,
    UsedPassword,
    /// <summary>The provider's person has an account already.</summary>
    LinkTaken,
}

/// <summary>What the link of an invitation opens: the account that is made by it, or the new password.</summary>
internal sealed class Redemption(IDbContextFactory<RegistryDb> contexts, RegistryWriter writer, GrantChanges grants, PasswordRules passwords, PersonSessions sessions, TimeProvider clock)
{
    /// <summary>Whom the code is for; null when it is wrong or no longer good. Looking uses nothing up.</summary>
    public async Task<InvitationFor?> FindAsync(string code, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        if (await OpenAsync(db, code, stop) is not { } row) return null;
        return new InvitationFor(row.PersonId is { } person ? (await db.Users.SingleAsync(known => known.Id == person, stop)).UserName : null);
    }

    /// <summary>Makes the account, or sets its password; the link is used up by it, and every session of the account ends.</summary>
    /// <param name="name">The name chosen for a new account; of no account when a password is set.</param>
    public async Task<RedeemLink> RedeemAsync(string code, string name, string password, CancellationToken stop)
    {
        var outcome = await writer.WriteAsync(async db =>
        {
            if (await OpenAsync(db, code, stop) is not { } row) return RedeemLink.WrongCode;
            return row.PersonId is null ? await MakeAsync(db, row, name, password, stop) : await SetPasswordAsync(db, row, password, stop);
        }, stop);
        sessions.Forget();
        return outcome;
    }

    /// <summary>Makes the account without a password, for whom a provider says to have before it.</summary>
    public Task<RedeemLink> RedeemAsync(string code, string name, ExternalIdentity identity, CancellationToken stop) => writer.WriteAsync(async db =>
    {
        // A link for a new password is for a password.
        if (await OpenAsync(db, code, stop) is not { PersonId: null } row) return RedeemLink.WrongCode;
        if (await FaultOfNameAsync(db, name, stop) is { } fault) return fault;
        var person = NewPerson.Of(name, row.Email, clock);
        if (!await ExternalPeople.AddAsync(db, person.Id, identity, stop)) return RedeemLink.LinkTaken;
        Make(db, row, person);
        return RedeemLink.Done;
    }, stop);

    private static async Task<RedeemLink?> FaultOfNameAsync(RegistryDb db, string name, CancellationToken stop)
    {
        if (PasswordRules.FaultOfName(name) is not null) return RedeemLink.BadName;
        var normal = name.ToUpperInvariant();
        return await db.Users.AnyAsync(known => known.NormalizedUserName == normal, stop) ? RedeemLink.NameTaken : null;
    }

    private void Make(RegistryDb db, InvitationRow row, Person person)
    {
        db.Users.Add(person);
        grants.Add(db, new GrantOrder(GrantSubject.Person(person.Id), row.Role!, row.Scope, row.CreatedBy, row.GrantExpires));
        (row.Ended, row.Made) = (Timestamp.Now(clock), person.Id);
    }

    private async Task<RedeemLink> MakeAsync(RegistryDb db, InvitationRow row, string name, string password, CancellationToken stop)
    {
        if (PasswordRules.FaultOfName(name) is not null) return RedeemLink.BadName;
        if (passwords.FaultOf(name, password) is not null) return RedeemLink.BadPassword;
        if (await FaultOfNameAsync(db, name, stop) is { } fault) return fault;
        var person = NewPerson.Of(name, row.Email, clock);
        passwords.Give(person, password, Timestamp.Now(clock));
        Make(db, row, person);
        return RedeemLink.Done;
    }

    private async Task<RedeemLink> SetPasswordAsync(RegistryDb db, InvitationRow row, string password, CancellationToken stop)
    {
        var person = await db.Users.SingleAsync(known => known.Id == row.PersonId, stop);
        if (passwords.FaultOf(person.UserName, password) is not null) return RedeemLink.BadPassword;
        if (passwords.WasUsed(person, password)) return RedeemLink.UsedPassword;
        passwords.Give(person, password, Timestamp.Now(clock));
        person.SecurityStamp = NewPerson.Stamp();
        db.RemoveRange(await db.PersonSessions.Where(session => session.PersonId == person.Id).ToListAsync(stop));
        (row.Ended, row.Made) = (Timestamp.Now(clock), person.Id);
        return RedeemLink.Done;
    }

    private async Task<InvitationRow?> OpenAsync(RegistryDb db, string code, CancellationToken stop)
    {
        var hash = Invitations.Hash(code);
        var row = await db.Invitations.SingleOrDefaultAsync(known => known.Hash == hash, stop);
        return row?.IsOpen(Timestamp.Now(clock)) == true ? row : null;
    }
}
