using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Wanwu.Registry;
using Wanwu.Security.Access.Limits;
using Wanwu.Security.Access.People;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Security.Access;

internal enum PersonOutcome : byte
{
    Done,
    Wrong,
    /// <summary>Too many wrong passwords for this account.</summary>
    Locked,
    /// <summary>Too many failures from this address; not even tried.</summary>
    Throttled,
}

/// <summary>Checks names and passwords of people: slowly by design (PBKDF2), so in lanes that bound the work, with a limit for guessers and a short memory for those who were right.</summary>
internal sealed class PersonSignIn : IDisposable
{
    private const int MostRemembered = 1_000;
    private static readonly TimeSpan RememberFor = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    // Names the remembered by a key that dies with the process: memory holds no password and no plain hash of one.
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    // Names that were right, with where they came from: a flood of wrong ones does not keep them waiting.
    private readonly Generations<(string Address, string Name), object> _right = new(10_000);
    private readonly HashingLanes _lanes;
    private readonly IServiceScopeFactory _scopes;
    private readonly SignInThrottle _throttle;
    private readonly RegistryFeed _feed;
    private readonly SignInRecords _records;
    private readonly UnknownNames _unknown;
    private readonly TimeProvider _clock;

    public PersonSignIn(IServiceScopeFactory scopes, SignInThrottle throttle, RegistryFeed feed, SignInRecords records, UnknownNames unknown, TimeProvider clock)
    {
        (_scopes, _throttle, _feed, _records, _unknown, _clock) = (scopes, throttle, feed, records, unknown, clock);
        _lanes = new HashingLanes(clock);
        feed.FileChanged += Forget;
    }

    private readonly record struct Known(Caller Caller, Timestamp Until);

    /// <summary>The person, or null; a right answer is remembered for half a minute, but not beyond a change of the database.</summary>
    /// <remarks>For doors that know a name and a password and no more: of whom a second factor or a new password is asked, uses an access token there.</remarks>
    public async ValueTask<Caller?> VerifyAsync(string name, string password, string address, CancellationToken stop)
    {
        var key = KeyOf(name, password);
        if (_known.TryGetValue(key, out var known) && Timestamp.Now(_clock) < known.Until) return known.Caller;

        var (outcome, person) = await CheckAsync(name, password, address, stop);
        if (outcome != PersonOutcome.Done) return null;
        if (await IsMoreAskedAsync(person!, stop))
        {
            _records.Refused(name, address, "a second step of the sign-in is asked for, which only the console can ask");
            return null;
        }
        await _records.DoneAsync(person!, address);
        var caller = new Caller(CallerKind.Person, person!.UserName!, null) { Id = person.Id.ToString() };
        if (_known.Count >= MostRemembered) _known.Clear();
        _known[key] = new Known(caller, Timestamp.From(_clock.GetUtcNow() + RememberFor));
        return caller;
    }

    /// <summary>Checks the password against the account, counting failures; a refusal is on the audit trail, and who is let in then comes to be.</summary>
    public async Task<(PersonOutcome Outcome, Person? Person)> CheckAsync(string name, string password, string address, CancellationToken stop)
    {
        if (!_throttle.MayTry(address, name))
        {
            _records.Refused(name, address, "too many failures from this address");
            return (PersonOutcome.Throttled, null);
        }
        (PersonOutcome Outcome, Person? Person) checkedSo = default;
        var pair = (address, name.ToUpperInvariant());
        var who = _right.Find(pair) is not null ? Acquaintance.Known : _throttle.HasFailed(address) ? Acquaintance.Doubtful : Acquaintance.New;
        if (!await _lanes.TryRunAsync(who, async () => (checkedSo = await CheckAsync(name, password, stop)).Outcome == PersonOutcome.Done, stop))
        {
            _records.Refused(name, address, "more sign-ins wait to be checked than can be");
            return (PersonOutcome.Throttled, null);
        }
        var (outcome, person) = checkedSo;
        if (outcome == PersonOutcome.Done)
        {
            _throttle.Succeeded(address, name);
            _right.Enter(pair);
            return (outcome, person);
        }
        _throttle.Failed(address, name);
        RecordRefusal(outcome, person, name, address);
        return (outcome, null);
    }

    /// <summary>Checks a password of somebody who has signed in already, in the lane of those who are known.</summary>
    /// <returns>False when more wait than it makes sense to wait behind: nothing was checked.</returns>
    public Task<bool> TryInTurnAsync(Func<Task<bool>> check, CancellationToken stop) => _lanes.TryRunAsync(Acquaintance.Known, check, stop);

    private async Task<(PersonOutcome Outcome, Person? Person)> CheckAsync(string name, string password, CancellationToken stop)
    {
        await using var scope = _scopes.CreateAsyncScope();
        return await CheckAsync(scope.ServiceProvider, name, password, stop);
    }

    private void RecordRefusal(PersonOutcome outcome, Person? person, string name, string address) => _records.Refused(name, address, outcome == PersonOutcome.Locked
        ? "the account is locked for a while after too many failures" : person is { IsDisabled: true } ? "the account is disabled" : "wrong name or password");

    private async Task<bool> IsMoreAskedAsync(Person person, CancellationToken stop)
    {
        await using var scope = _scopes.CreateAsyncScope();
        var now = Timestamp.Now(_clock);
        return person.HasSecondFactor || scope.ServiceProvider.GetRequiredService<PasswordRules>().IsOver(person, now)
            || (await scope.ServiceProvider.GetRequiredService<SecondFactors>().DueAsync(person, stop) is { } due && due <= now);
    }

    private async Task<(PersonOutcome, Person?)> CheckAsync(IServiceProvider services, string name, string password, CancellationToken stop)
    {
        var (people, locks, hasher) = (services.GetRequiredService<UserManager<Person>>(), services.GetRequiredService<LockOut>(), services.GetRequiredService<IPasswordHasher<Person>>());
        var person = password.Length > PasswordRules.MaxLength || name.Length > PasswordRules.MaxName ? null : await people.FindByNameAsync(name);
        if (person is null ? _unknown.IsLocked(name) : locks.IsLocked(person)) return (PersonOutcome.Locked, null);
        if (person?.PasswordHash is not { } hash)
        {
            // As slow as a wrong password: the time must not tell which names exist.
            hasher.HashPassword(new Person(), "no such person");
            if (person is null && name.Length <= PasswordRules.MaxName) _unknown.Failed(name);
            return (PersonOutcome.Wrong, person);
        }
        if (hasher.VerifyHashedPassword(person, hash, password) == PasswordVerificationResult.Failed)
        {
            await locks.FailedAsync(person.Id, stop);
            return (PersonOutcome.Wrong, person);
        }
        if (person.IsDisabled) return (PersonOutcome.Wrong, person);
        // With a second factor, the password alone ends no row of failures: else codes could be tried for ever.
        if (!person.HasSecondFactor) await locks.SucceededAsync(person, stop);
        return (PersonOutcome.Done, person);
    }

    private string KeyOf(string name, string password) =>
        Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{name.ToUpperInvariant()}\0{password}")));

    private void Forget() => _known.Clear();

    public void Dispose()
    {
        _feed.FileChanged -= Forget;
        _lanes.Dispose();
    }
}
