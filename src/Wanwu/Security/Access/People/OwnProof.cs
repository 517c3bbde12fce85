using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;

namespace Wanwu.Security.Access.People;

internal enum Proof : byte
{
    Done,
    Wrong,
    /// <summary>Too many wrong ones.</summary>
    Locked,
    /// <summary>More are being checked than can be; nothing was.</summary>
    Busy,
    /// <summary>Who has no password shows it by a session that has just begun; this one is older.</summary>
    TooOld,
}

/// <summary>Asks whoever sits at an open session to show once more to be its person, before what would let a stranger at the desk stay.</summary>
internal sealed class OwnProof(IDbContextFactory<RegistryDb> contexts, PersonSessions sessions, PersonSignIn signIns, LockOut locks, IPasswordHasher<Person> hasher, TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);

    /// <param name="session">In which it is asked.</param>
    public async Task<Proof> AskAsync(Guid id, string password, Guid? session, CancellationToken stop)
    {
        var person = await FindAsync(id, stop);
        if (person.PasswordHash is not null) return await AskAsync(person, password, stop);
        return locks.IsLocked(person) ? Proof.Locked : await IsFreshAsync(id, session, stop) ? Proof.Done : Proof.TooOld;
    }

    /// <summary>The same by the password alone: who has none cannot show it.</summary>
    public async Task<Proof> AskAsync(Guid id, string password, CancellationToken stop) => await AskAsync(await FindAsync(id, stop), password, stop);

    private async Task<Proof> AskAsync(Person person, string password, CancellationToken stop)
    {
        if (locks.IsLocked(person)) return Proof.Locked;
        var isRight = false;
        // In the lanes of all passwords: who has a session must not be able to take the processors either.
        if (!await signIns.TryInTurnAsync(() => Task.FromResult(isRight = IsRight(person, password)), stop)) return Proof.Busy;
        if (isRight) return Proof.Done;
        await locks.FailedAsync(person.Id, stop);
        return Proof.Wrong;
    }

    private bool IsRight(Person person, string password) =>
        person.PasswordHash is { } hash && password.Length <= PasswordRules.MaxLength && hasher.VerifyHashedPassword(person, hash, password) != PasswordVerificationResult.Failed;

    private async Task<Person> FindAsync(Guid id, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        return await db.Users.AsNoTracking().SingleAsync(known => known.Id == id, stop);
    }

    private async Task<bool> IsFreshAsync(Guid id, Guid? session, CancellationToken stop) =>
        (await sessions.ListAsync(id, session, stop)).Any(known => known.IsThis && clock.GetUtcNow() - known.Began.ToDateTimeOffset() < Fresh);
}
