using System.Collections.Concurrent;
using System.Globalization;

namespace Wanwu.Security.Audit;

/// <summary>Keeps a flood of refusals from becoming a flood of records: of one kind from one address some a minute are recorded one by one, the rest as their number.</summary>
internal sealed class RefusalGate(AuditTrail trail, TimeProvider clock)
{
    private const int MostEach = 20, MostSources = 10_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<(string Action, string? Address), Source> _sources = new();

    private sealed class Source(long since)
    {
        public readonly long Since = since;
        public int Count;
    }

    /// <summary>Records a refusal, or counts it. Nobody waits: a refusal takes nothing back and gives nothing away.</summary>
    public void Refused(AuditEvent happened)
    {
        var completed = Origin.Current.Complete(happened with { Outcome = AuditResult.Refused });
        if (_sources.Count >= MostSources) Flush(all: true);
        var source = _sources.GetOrAdd((completed.Action, completed.Address), _ => new Source(clock.GetTimestamp()));
        if (Interlocked.Increment(ref source.Count) <= MostEach) trail.Note(completed);
    }

    /// <summary>Records the numbers of those whose minute is over; to be called every minute, and with <paramref name="all"/> at the end.</summary>
    public void Flush(bool all = false)
    {
        foreach (var (key, source) in _sources)
        {
            if (!all && clock.GetElapsedTime(source.Since) < Window) continue;
            if (!_sources.TryRemove(KeyValuePair.Create(key, source))) continue;
            if (Volatile.Read(ref source.Count) - MostEach is > 0 and var more) trail.Note(More(key.Action, key.Address, more));
        }
    }

    private static AuditEvent More(string action, string? address, int more) => new(action)
    {
        Outcome = AuditResult.Refused, Reason = "more of the same within a minute", Who = new Actor("anonymous", null, "several"), Address = address,
        Detail = new Dictionary<string, string> { ["count"] = more.ToString(CultureInfo.InvariantCulture) },
    };
}
