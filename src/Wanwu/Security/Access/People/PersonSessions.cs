using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access.People;

/// <param name="IsThis">Whether it is the one that asks.</param>
internal sealed record SessionView(Guid Id, Timestamp Began, Timestamp LastActive, string Address, string Browser, bool IsThis);

/// <summary>The sessions at the console. Kept in the registry, asked out of memory: an ended one is refused from the next request and on open pages within seconds.</summary>
internal sealed class PersonSessions : IDisposable
{
    public const string Claim = "wanwu:session";
    private const int MaxBrowser = 200;

    private readonly ConcurrentDictionary<Guid, Timestamp> _active = new();
    private readonly RegistryDatabase _database;
    private readonly IDbContextFactory<RegistryDb> _contexts;
    private readonly RegistryWriter _writer;
    private readonly RegistryFeed _feed;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _idle, _life;
    private volatile FrozenDictionary<Guid, Entry>? _entries;

    public PersonSessions(RegistryDatabase database, IDbContextFactory<RegistryDb> contexts, RegistryWriter writer, RegistryFeed feed, TimeProvider clock, IOptions<PeopleOptions> options)
    {
        (_database, _contexts, _writer, _feed, _clock) = (database, contexts, writer, feed, clock);
        (_idle, _life) = (TimeSpan.FromMinutes(options.Value.IdleMinutes), TimeSpan.FromHours(options.Value.SessionHours));
        feed.FileChanged += Forget;
    }

    private readonly record struct Entry(Guid Person, Timestamp LastActive, Timestamp Expires);

    /// <summary>Begins a session; those of the person that are over leave with it.</summary>
    public async Task<Guid> BeginAsync(Guid person, string address, string? browser, CancellationToken stop)
    {
        var now = Timestamp.Now(_clock);
        var row = new PersonSessionRow
        {
            Id = Guid.NewGuid(), PersonId = person, Began = now, LastActive = now, Expires = Timestamp.From(now.ToDateTimeOffset() + _life),
            Address = address, Browser = browser is null ? "" : browser.Length > MaxBrowser ? browser[..MaxBrowser] : browser,
        };
        await _writer.WriteAsync(async db =>
        {
            var all = await db.PersonSessions.Where(session => session.PersonId == person).ToListAsync(stop);
            db.RemoveRange(all.Where(session => !IsLive(session.Id, new Entry(session.PersonId, session.LastActive, session.Expires))));
            db.Add(row);
            var account = await db.Users.SingleAsync(known => known.Id == person, stop);
            account.LastSignIn = now;
            return true;
        }, stop);
        Forget();
        return row.Id;
    }

    /// <summary>Whether the session of these claims goes on. Who is no person, or came with a token, needs none.</summary>
    public bool IsLive(ClaimsPrincipal user)
    {
        if (Caller.Find(user) is not { Kind: CallerKind.Person, Token: null } caller) return true;
        return IdOf(user) is { } id && Entries().TryGetValue(id, out var entry) && entry.Person.ToString() == caller.Id && IsLive(id, entry);
    }

    /// <summary>Notes that somebody is there.</summary>
    public async ValueTask TouchAsync(ClaimsPrincipal user, CancellationToken stop)
    {
        if (IdOf(user) is not { } id || !Entries().TryGetValue(id, out var entry)) return;
        var now = Timestamp.Now(_clock);
        _active[id] = now;
        // The registry learns of it now and then, so that a restart neither ends a session nor brings one back.
        if (now.ToDateTimeOffset() - entry.LastActive.ToDateTimeOffset() < _idle / 4) return;
        await _writer.WriteAsync(async db =>
        {
            if (await db.PersonSessions.FindAsync([id], stop) is { } row) row.LastActive = now;
            return true;
        }, stop);
        Forget();
    }

    public async Task<IReadOnlyList<SessionView>> ListAsync(Guid person, Guid? own, CancellationToken stop)
    {
        await using var db = await _contexts.CreateDbContextAsync(stop);
        var rows = await db.PersonSessions.AsNoTracking().Where(session => session.PersonId == person).ToListAsync(stop);
        return [.. rows.Where(row => IsLive(row.Id, new Entry(row.PersonId, row.LastActive, row.Expires))).OrderByDescending(row => row.Began)
            .Select(row => new SessionView(row.Id, row.Began, LastActive(row.Id, row.LastActive), row.Address, row.Browser, row.Id == own))];
    }

    /// <summary>How many sessions of each person go on.</summary>
    public IReadOnlyDictionary<Guid, int> Counts() => Entries().Where(entry => IsLive(entry.Key, entry.Value)).CountBy(entry => entry.Value.Person).ToDictionary();

    /// <param name="except">The session that goes on, where it is the one from which the others are ended.</param>
    public async Task<int> EndAllAsync(Guid person, Guid? except, CancellationToken stop)
    {
        var ended = await _writer.WriteAsync(async db =>
        {
            var rows = await db.PersonSessions.Where(session => session.PersonId == person && session.Id != except).ToListAsync(stop);
            db.RemoveRange(rows);
            return rows.Count;
        }, stop);
        Forget();
        return ended;
    }

    /// <returns>False when the person has no such session.</returns>
    public async Task<bool> EndAsync(Guid person, Guid session, CancellationToken stop)
    {
        var found = await _writer.WriteAsync(async db =>
        {
            var row = await db.PersonSessions.SingleOrDefaultAsync(known => known.Id == session && known.PersonId == person, stop);
            if (row is not null) db.Remove(row);
            return row is not null;
        }, stop);
        Forget();
        return found;
    }

    public static Guid? IdOf(ClaimsPrincipal user) => Guid.TryParse(user.FindFirstValue(Claim), out var id) ? id : null;

    /// <summary>Reads anew at the next question; for who has changed people in another way.</summary>
    public void Forget() => _entries = null;

    private bool IsLive(Guid id, Entry entry)
    {
        var now = Timestamp.Now(_clock);
        return now < entry.Expires && now.ToDateTimeOffset() - LastActive(id, entry.LastActive).ToDateTimeOffset() < _idle;
    }

    private Timestamp LastActive(Guid id, Timestamp stored) => _active.TryGetValue(id, out var active) && active > stored ? active : stored;

    private FrozenDictionary<Guid, Entry> Entries()
    {
        if (_entries is { } known) return known;
        using var connection = _database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT s.Id, s.PersonId, s.LastActive, s.Expires FROM PersonSessions s JOIN People p ON p.Id = s.PersonId WHERE NOT p.IsDisabled";
        using var reader = command.ExecuteReader();
        Dictionary<Guid, Entry> read = [];
        while (reader.Read()) read[reader.GetGuid(0)] = new Entry(reader.GetGuid(1), new Timestamp(reader.GetInt64(2)), new Timestamp(reader.GetInt64(3)));
        foreach (var id in _active.Keys)
            if (!read.ContainsKey(id)) _active.TryRemove(id, out _);
        var entries = read.ToFrozenDictionary();
        _entries = entries;
        return entries;
    }

    public void Dispose() => _feed.FileChanged -= Forget;
}
