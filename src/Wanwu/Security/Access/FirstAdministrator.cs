using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Security.Access.People;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <param name="HasPeople">Whether anybody can sign in already; then there is no code.</param>
/// <param name="Code">The one-time set-up code, to be shown on the server's own screen.</param>
internal readonly record struct SetupState(bool HasPeople, string? Code);

internal enum RedeemOutcome : byte
{
    Done,
    /// <summary>Wrong, used, or older than a day.</summary>
    WrongCode,
    /// <summary>Somebody has an account already; set-up is over.</summary>
    AlreadyDone,
    BadName,
    BadPassword,
}

/// <summary>How the first account comes to be, on a server without default password: by a code that only who started the server sees.</summary>
internal sealed class FirstAdministrator(RegistryDatabase database, RegistryWriter writer, GrantChanges grants, PasswordRules passwords, TimeProvider clock)
{
    /// <summary>Automation names the first password here; the account is called <see cref="AutomaticName"/>.</summary>
    public const string PasswordVariable = "WANWU_ADMIN_PASSWORD", AutomaticName = "admin";
    private static readonly TimeSpan CodeLife = TimeSpan.FromHours(24);

    /// <summary>To be called once a start: makes the account from the environment, or a new code in place of the last, or finds people and does nothing.</summary>
    /// <exception cref="InvalidDataException">The password in the environment breaks the rules.</exception>
    public ValueTask<SetupState> PrepareAsync(CancellationToken stop = default) => PrepareAsync(Environment.GetEnvironmentVariable(PasswordVariable), stop);

    public async ValueTask<SetupState> PrepareAsync(string? password, CancellationToken stop)
    {
        if (HasPeople()) return new SetupState(true, null);
        var code = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        return await writer.WriteAsync(async db =>
        {
            if (await db.Users.AnyAsync(stop)) return new SetupState(true, null);
            if (string.IsNullOrEmpty(password))
            {
                await KeepCodeAsync(db, code, stop);
                return new SetupState(false, code);
            }
            if (passwords.FaultOf(AutomaticName, password) is { } fault) throw new InvalidDataException($"{PasswordVariable}: {fault}");
            Add(db, NewAdministrator(AutomaticName, password));
            return new SetupState(true, null);
        }, stop);
    }

    /// <summary>With plain SQL, so that the start of a server that has people does not wait for Entity Framework.</summary>
    private bool HasPeople()
    {
        using var connection = database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT EXISTS (SELECT 1 FROM People)";
        return (long)command.ExecuteScalar()! != 0;
    }

    /// <summary>Makes the first administrator; the code is used up by it.</summary>
    public Task<RedeemOutcome> RedeemAsync(string code, string name, string password, CancellationToken stop) =>
        writer.WriteAsync(async db =>
        {
            if (await db.Users.AnyAsync(stop)) return RedeemOutcome.AlreadyDone;
            var kept = await db.SetupCodes.SingleOrDefaultAsync(stop);
            if (kept is null || !CryptographicOperations.FixedTimeEquals(kept.Hash, Hash(code)) || kept.Expires <= Timestamp.Now(clock)) return RedeemOutcome.WrongCode;
            if (PasswordRules.FaultOfName(name) is not null) return RedeemOutcome.BadName;
            if (passwords.FaultOf(name, password) is not null) return RedeemOutcome.BadPassword;
            db.SetupCodes.Remove(kept);
            Add(db, NewAdministrator(name, password));
            return RedeemOutcome.Done;
        }, stop);

    private async Task KeepCodeAsync(RegistryDb db, string code, CancellationToken stop)
    {
        var expires = Timestamp.From(clock.GetUtcNow() + CodeLife);
        if (await db.SetupCodes.SingleOrDefaultAsync(stop) is { } kept) (kept.Hash, kept.Expires) = (Hash(code), expires);
        else db.SetupCodes.Add(new SetupCodeRow { Hash = Hash(code), Expires = expires });
    }

    private void Add(RegistryDb db, Person person)
    {
        db.Users.Add(person);
        grants.Add(db, new GrantOrder(GrantSubject.Person(person.Id), Role.Administrator, GrantScope.Everything, "set-up"));
    }

    private Person NewAdministrator(string name, string password)
    {
        var person = NewPerson.Of(name, email: null, clock);
        passwords.Give(person, password, Timestamp.Now(clock));
        return person;
    }

    private static byte[] Hash(string code) => SHA256.HashData(Encoding.UTF8.GetBytes(code));
}
