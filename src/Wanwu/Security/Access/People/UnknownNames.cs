using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Wanwu.Security.Access.People;

/// <summary>Counts wrong passwords of names that nobody has, as accounts count theirs: else the answer "locked" would tell which names exist.</summary>
internal sealed class UnknownNames(TimeProvider clock, IOptions<PeopleOptions> options)
{
    private const int Most = 20_000;
    private readonly ConcurrentDictionary<string, Tries> _names = new(StringComparer.OrdinalIgnoreCase);

    private readonly record struct Tries(int Count, DateTimeOffset LockedUntil);

    public bool IsLocked(string name) => _names.TryGetValue(name, out var tries) && tries.LockedUntil > clock.GetUtcNow();

    public void Failed(string name)
    {
        if (_names.Count >= Most) _names.Clear();
        _names.AddOrUpdate(name, _ => Next(default), (_, tries) => Next(tries));
    }

    private Tries Next(Tries tries) => tries.Count + 1 >= options.Value.LockAfter
        ? new Tries(0, clock.GetUtcNow().AddMinutes(options.Value.LockMinutes))
        : tries with { Count = tries.Count + 1 };
}
