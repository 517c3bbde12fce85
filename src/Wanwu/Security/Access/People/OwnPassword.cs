using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access.People;

internal enum NewPassword : byte
{
    Done,
    /// <summary>The present password is wrong.</summary>
    Wrong,
    Bad,
    Used,
    /// <summary>Too many wrong ones, or more being checked than can be.</summary>
    Locked,
}

/// <summary>What a person does to the own password.</summary>
internal sealed class OwnPassword(RegistryWriter writer, PersonSessions sessions, PasswordRules passwords, OwnProof proof, TimeProvider clock)
{
    /// <summary>A person's own change; every other session ends.</summary>
    /// <param name="present">The present password; null where it has just been given.</param>
    public async Task<NewPassword> ChangeAsync(Guid id, string? present, string password, Guid? session, CancellationToken stop)
    {
        if (present is not null && await proof.AskAsync(id, present, stop) is not Proof.Done and var fault) return fault == Proof.Wrong ? NewPassword.Wrong : NewPassword.Locked;
        var outcome = await writer.WriteAsync(async db =>
        {
            var person = await db.Users.SingleAsync(known => known.Id == id, stop);
            if (passwords.FaultOf(person.UserName, password) is not null) return NewPassword.Bad;
            if (passwords.WasUsed(person, password)) return NewPassword.Used;
            passwords.Give(person, password, Timestamp.Now(clock));
            person.SecurityStamp = NewPerson.Stamp();
            db.RemoveRange(await db.PersonSessions.Where(other => other.PersonId == id && other.Id != session).ToListAsync(stop));
            return NewPassword.Done;
        }, stop);
        sessions.Forget();
        return outcome;
    }
}
