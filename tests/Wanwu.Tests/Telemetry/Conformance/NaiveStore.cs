using Wanwu.Telemetry;
using Wanwu.Telemetry.Query;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Conformance;

/// <summary>A store as simple as can be, to hold others against: a sorted dictionary for each series, answers by looking at all of it.</summary>
internal sealed class NaiveStore
{
    private readonly Dictionary<object, Account> _accounts = [];
    private readonly Dictionary<(ThingId Thing, PropertyName Property), SortedDictionary<long, StoredObservation>> _series = [];

    private readonly HashSet<(ThingId, PropertyName, long)> _putRight = [];

    public long Rows => _series.Values.Sum(rows => rows.Count);

    public IEnumerable<(ThingId Thing, PropertyName Property)> Series => _series.Keys;

    public void Report(string protocol, Observation observation)
    {
        var key = (observation.Series.Thing, observation.Series.Property);
        if (!_series.TryGetValue(key, out var rows)) _series.Add(key, rows = []);
        var isNew = !rows.ContainsKey(observation.Time.Microseconds);
        // What was put right stands against whatever comes for its time again.
        if (!_putRight.Contains((key.Thing, key.Property, observation.Time.Microseconds)))
            rows[observation.Time.Microseconds] = new StoredObservation(observation.Time, observation.Value, observation.Quality);
        Count(protocol, observation.Series.Thing, account => account.Stored += isNew ? 1 : 0);
        Count(protocol, observation.Series.Thing, account => account.Repeated += isNew ? 0 : 1);
    }

    /// <summary>Puts an observation right that is there.</summary>
    /// <returns>What it was; null if it is like that already.</returns>
    public StoredObservation? Correct(ThingId thing, PropertyName property, StoredObservation right)
    {
        var (rows, time) = (_series[(thing, property)], right.Time.Microseconds);
        var original = rows[time];
        if (original == right) return null;
        rows[time] = right;
        _putRight.Add((thing, property, time));
        Count("correction", thing, account => account.Repeated++);
        return original;
    }

    public void Count(string protocol, ThingId thing, Action<Account> count)
    {
        foreach (var key in (object[])[protocol, thing])
        {
            if (!_accounts.TryGetValue(key, out var account)) _accounts.Add(key, account = new Account());
            count(account);
            account.Received = account.Stored + account.Repeated + account.Refused;
        }
    }

    public AccountView Of(object key) => _accounts.TryGetValue(key, out var account) ? account.ToView() : new AccountView(0, 0, 0, 0);

    /// <summary>All rows of a series, in order of time.</summary>
    public IReadOnlyCollection<StoredObservation> Of(ThingId thing, PropertyName property) => _series.TryGetValue((thing, property), out var rows) ? rows.Values : [];

    /// <summary>What the question's range and qualities let through, in its order; without pages.</summary>
    public List<StoredObservation> Read(SeriesQuery query)
    {
        var rows = Of(query.Thing, query.Property)
            .Where(row => row.Time >= query.From && row.Time < query.To && (query.Qualities is null || query.Qualities.Contains(row.Quality)));
        return [.. query.Descending ? rows.Reverse() : rows];
    }

    public List<Bucket> Buckets(BucketQuery query) =>
        RollupByHand.Buckets(Of(query.Series.Thing, query.Series.Property).Select(row => (row.Time.Microseconds, row.Value, row.Quality)), query);

    /// <summary>The same buckets with the same numbers, but for what the order of summing up makes.</summary>
    public static void AssertSame(IReadOnlyList<Bucket> expected, IReadOnlyList<Bucket> found)
    {
        Assert.Equal(expected.Select(bucket => bucket.Start), found.Select(bucket => bucket.Start));
        for (var i = 0; i < expected.Count; i++)
        {
            for (var k = 0; k < expected[i].Values.Count; k++)
            {
                var (one, other) = (expected[i].Values[k], found[i].Values[k]);
                Assert.True(one is null ? other is null : other is not null && Math.Abs(one.Value - other.Value) <= 1e-6 * Math.Max(1, Math.Abs(one.Value)),
                    $"The bucket of {expected[i].Start} has {other?.ToString() ?? "nothing"} as its {k + 1}. number and should have {one?.ToString() ?? "nothing"}.");
            }
        }
    }
}
