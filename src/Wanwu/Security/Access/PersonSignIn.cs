using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Wanwu.Registry;
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

/// <summary>Checks names and passwords of people: slowly by design (PBKDF2), so one at a time, with a limit for guessers and a short memory for those who were right.</summary>
internal sealed class PersonSignIn : IDisposable
{
    private const int MostRemembered = 1_000;
    private static readonly TimeSpan RememberFor = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    // Names the remembered by a key that dies with the process: memory holds no password and no plain hash of one.
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly SemaphoreSlim _hashing = new(Math.Max(1, Environment.ProcessorCount / 2));
    private readonly IServiceScopeFactory _scopes;
    private readonly SignInThrottle _throttle;
    private readonly RegistryFeed _feed;
    private readonly SignInRecords _records;
    private readonly TimeProvider _clock;

    public PersonSignIn(IServiceScopeFactory scopes, SignInThrottle throttle, RegistryFeed feed, SignInRecords records, TimeProvider clock)
    {
        (_scopes, _throttle, _feed, _records, _clock) = (scopes, throttle, feed, records, clock);
        feed.FileChanged += Forget;
    }

    private readonly record struct Known(Caller Caller, Timestamp Until);

    /// <summary>The person, or null; a right answer is remembered for half a minute, but not beyond a change of the database.</summary>
    public async ValueTask<Caller?> VerifyAsync(string name, string password, string address, CancellationToken stop)
    {
        var key = KeyOf(name, password);
        if (_known.TryGetValue(key, out var known) && Timestamp.Now(_clock) < known.Until) return known.Caller;

        var (outcome, person) = await CheckAsync(name, password, address, stop);
        if (outcome != PersonOutcome.Done) return null;
        var caller = new Caller(CallerKind.Person, person!.UserName!, null) { Id = person.Id.ToString() };
        if (_known.Count >= MostRemembered) _known.Clear();
        _known[key] = new Known(caller, Timestamp.From(_clock.GetUtcNow() + RememberFor));
        return caller;
    }

    /// <summary>Checks the password against the account, counting failures; what came of it is on the audit trail.</summary>
    /// <exception cref="AuditUnavailableException">It cannot be recorded, so nobody is let in.</exception>
    public async Task<(PersonOutcome Outcome, Person? Person)> CheckAsync(string name, string password, string address, CancellationToken stop)
    {
        if (!_throttle.MayTry(address, name))
        {
            _records.Refused(name, address, "too many failures from this address");
            return (PersonOutcome.Throttled, null);
        }
        await _hashing.WaitAsync(stop);
        try
        {
            await using var scope = _scopes.CreateAsyncScope();
            var (outcome, person) = await CheckAsync(scope.ServiceProvider, name, password);
            if (outcome == PersonOutcome.Done) _throttle.Succeeded(address, name);
            else _throttle.Failed(address, name);
            await RecordAsync(outcome, person, name, address);
            return (outcome, person);
        }
        finally
        {
            _hashing.Release();
        }
    }

    private Task RecordAsync(PersonOutcome outcome, Person? person, string name, string address)
    {
        if (outcome == PersonOutcome.Done) return _records.DoneAsync(person!, address);
        _records.Refused(name, address, outcome == PersonOutcome.Locked ? "the account is locked for a while after too many failures" : "wrong name or password");
        return Task.CompletedTask;
    }

    private static async Task<(PersonOutcome, Person?)> CheckAsync(IServiceProvider services, string name, string password)
    {
        var people = services.GetRequiredService<UserManager<Person>>();
        if (password.Length > PasswordRules.MaxLength || await people.FindByNameAsync(name) is not { } person)
        {
            // As slow as a wrong password: the time must not tell which names exist.
            services.GetRequiredService<IPasswordHasher<Person>>().HashPassword(new Person(), "no such person");
            return (PersonOutcome.Wrong, null);
        }
        if (await people.IsLockedOutAsync(person)) return (PersonOutcome.Locked, null);
        if (await people.CheckPasswordAsync(person, password))
        {
            await people.ResetAccessFailedCountAsync(person);
            return (PersonOutcome.Done, person);
        }
        await people.AccessFailedAsync(person);
        return (PersonOutcome.Wrong, null);
    }

    private string KeyOf(string name, string password) =>
        Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{name.ToUpperInvariant()}\0{password}")));

    private void Forget() => _known.Clear();

    public void Dispose()
    {
        _feed.FileChanged -= Forget;
        _hashing.Dispose();
    }
}
