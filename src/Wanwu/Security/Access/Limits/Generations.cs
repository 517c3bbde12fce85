using System.Collections.Concurrent;

namespace Wanwu.Security.Access.Limits;

/// <summary>Remembers something of each of many keys, the latest ones, in bounded memory.</summary>
/// <remarks>Thread-safe. When the younger generation is full it becomes the older, and the one before is forgotten: nothing is ever swept.</remarks>
/// <param name="most">Keys a generation.</param>
internal sealed class Generations<TKey, TValue>(int most) where TKey : notnull where TValue : class, new()
{
    private readonly Lock _turn = new();
    private ConcurrentDictionary<TKey, TValue> _young = new(), _old = new();
    private int _count;

    /// <summary>Null when nothing is remembered.</summary>
    public TValue? Find(TKey key) => _young.TryGetValue(key, out var value) || _old.TryGetValue(key, out value) ? value : null;

    /// <summary>What is remembered, or begins to be; the key is among the latest now.</summary>
    public TValue Enter(TKey key)
    {
        if (_young.TryGetValue(key, out var value)) return value;
        _old.TryGetValue(key, out var former);
        value = _young.GetOrAdd(key, static (_, known) => known ?? new TValue(), former);
        if (Interlocked.Increment(ref _count) < most) return value;
        lock (_turn)
        {
            if (_count < most) return value;
            (_old, _young) = (_young, new ConcurrentDictionary<TKey, TValue>());
            _count = 0;
        }
        return value;
    }

    internal int Count => _young.Count + _old.Count;
}
