using System.Collections.Concurrent;

namespace Wanwu.Security.Access;

/// <summary>Slows down guessing: after some failures within a minute, a source is refused unheard, which costs nothing.</summary>
/// <remarks>A source is an address with the name it tries, so that nobody locks out another; and an address by itself, with more patience.</remarks>
internal sealed class SignInThrottle(TimeProvider clock)
{
    private const int MostForName = 10, MostForAddress = 60, MostSources = 20_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<(string Address, string? Name), Failures> _sources = new();

    private readonly record struct Failures(long Since, int Count);

    public bool MayTry(string address, string name) =>
        CountOf((address, name)) < MostForName && CountOf((address, null)) < MostForAddress;

    /// <summary>Whether anything wrong has come from the address of late.</summary>
    public bool HasFailed(string address) => CountOf((address, null)) > 0;

    public void Failed(string address, string name)
    {
        if (_sources.Count >= MostSources) Sweep();
        Add((address, name));
        Add((address, null));
    }

    public void Succeeded(string address, string name) => _sources.TryRemove((address, name), out _);

    private int CountOf((string, string?) source) =>
        _sources.TryGetValue(source, out var failures) && clock.GetElapsedTime(failures.Since) < Window ? failures.Count : 0;

    private void Add((string, string?) source) => _sources.AddOrUpdate(
        source,
        _ => new Failures(clock.GetTimestamp(), 1),
        (_, failures) => clock.GetElapsedTime(failures.Since) < Window ? failures with { Count = failures.Count + 1 } : new Failures(clock.GetTimestamp(), 1));

    private void Sweep()
    {
        foreach (var (source, failures) in _sources)
            if (clock.GetElapsedTime(failures.Since) >= Window) _sources.TryRemove(source, out _);
        // More sources at once than can be told apart: begin anew rather than grow.
        if (_sources.Count >= MostSources) _sources.Clear();
    }
}
