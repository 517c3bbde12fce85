using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;

namespace Wanwu.Security.Access;

/// <summary>The people and programs to whom something can be granted, by id or by name.</summary>
internal sealed class GrantSubjects(IDbContextFactory<RegistryDb> contexts)
{
    /// <summary>The person of that id or name; null when there is none.</summary>
    public async Task<GrantSubject?> FindPersonAsync(string text, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        var id = Guid.TryParse(text, out var given) ? given : Guid.Empty;
        var name = text.Trim().ToUpperInvariant();
        var found = await db.Users.AsNoTracking().Where(person => person.Id == id || person.NormalizedUserName == name).Select(person => (Guid?)person.Id).FirstOrDefaultAsync(stop);
        return found is { } person ? GrantSubject.Person(person) : null;
    }

    /// <summary>The program of that id, or of that name when there is one alone; null when there is none. A token that speaks for a person is no program, nor is one that was revoked.</summary>
    public async Task<GrantSubject?> FindProgramAsync(string text, CancellationToken stop)
    {
        await using var db = await contexts.CreateDbContextAsync(stop);
        var id = Guid.TryParse(text, out var given) ? given : Guid.Empty;
        var tokens = await db.AccessTokens.AsNoTracking().Where(token => token.Owner == null && token.Revoked == null && (token.Id == id || token.Name == text)).Select(token => token.Id).Take(2).ToListAsync(stop);
        var clients = await db.Programs.AsNoTracking().Where(program => program.Id == id || program.ClientId == text).Select(program => program.Id).Take(2).ToListAsync(stop);
        return tokens.Concat(clients).ToList() is [var only] ? GrantSubject.Program(only) : null;
    }

    /// <summary>What they are called; one that is gone is not among them.</summary>
    public async Task<IReadOnlyDictionary<string, string>> NamesAsync(IEnumerable<string> subjects, CancellationToken stop)
    {
        Guid[] ids = [.. subjects.Distinct().Select(Guid.Parse)];
        if (ids.Length == 0) return new Dictionary<string, string>();
        await using var db = await contexts.CreateDbContextAsync(stop);
        var people = await db.Users.AsNoTracking().Where(person => ids.Contains(person.Id)).Select(person => new { person.Id, Name = person.UserName! }).ToListAsync(stop);
        var tokens = await db.AccessTokens.AsNoTracking().Where(token => ids.Contains(token.Id)).Select(token => new { token.Id, token.Name }).ToListAsync(stop);
        var clients = await db.Programs.AsNoTracking().Where(program => ids.Contains(program.Id)).Select(program => new { program.Id, Name = program.DisplayName ?? program.ClientId! }).ToListAsync(stop);
        return people.Concat(tokens).Concat(clients).DistinctBy(subject => subject.Id).ToDictionary(subject => subject.Id.ToString(), subject => subject.Name);
    }
}
