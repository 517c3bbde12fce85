using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using Wanwu.Things;

namespace Wanwu.Telemetry;

/// <summary>The series of one thing, found by the bytes of the property's name without making a string.</summary>
/// <remarks>Reads take no lock: the table is replaced whole when a series is added.</remarks>
internal sealed class ThingSeries(SeriesTable table, ThingId thing)
{
    private volatile Names _names = new([]);
    private long _lastTime = long.MinValue;

    public ThingId Thing => thing;

    public ReadOnlySpan<Series> All => _names.All;

    /// <summary>What has been received from the thing. Written by the loader, under the accounts' lock.</summary>
    internal Account Account { get; } = new();

    /// <summary>What the load under way adds to it. For the loader's thread alone.</summary>
    internal Account Pending { get; } = new();
    internal int PendingStamp;

    public bool TryFind(ReadOnlySpan<byte> propertyUtf8, [NotNullWhen(true)] out Series? series) => _names.TryFind(propertyUtf8, out series);

    public Series? Find(PropertyName property)
    {
        foreach (var series in _names.All)
            if (series.Property == property) return series;
        return null;
    }

    public Series GetOrAdd(PropertyName property) => Find(property) ?? Add(property, 0);

    internal Series? Restore(int number, PropertyName property)
    {
        if (table.Find(number) is { } there) return there.Thing == thing && there.Property == property ? there : null;
        return Find(property) ?? Add(property, number);
    }

    private Series Add(PropertyName property, int number)
    {
        lock (table)
        {
            if (Find(property) is { } series) return series;
            series = table.Make(this, property, number);
            _names = new Names([.. _names.All, series]);
            return series;
        }
    }

    /// <summary>A time for a message that carries none: <paramref name="now"/>, or a microsecond after the last one given out, so that two such messages never collide.</summary>
    public Timestamp NextTime(Timestamp now)
    {
        while (true)
        {
            var last = Volatile.Read(ref _lastTime);
            var next = now.Microseconds > last ? now.Microseconds : last + 1;
            if (Interlocked.CompareExchange(ref _lastTime, next, last) == last) return new Timestamp(next);
        }
    }

    /// <summary>Open addressing over the names' hashes; a power of two at most half full.</summary>
    private sealed class Names
    {
        private readonly Series?[] _slots;

        public Names(Series[] all)
        {
            All = all;
            _slots = new Series?[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(all.Length * 2 + 1))];
            foreach (var series in all)
            {
                var slot = SlotOf(series.NameUtf8);
                while (_slots[slot] is not null) slot = (slot + 1) & (_slots.Length - 1);
                _slots[slot] = series;
            }
        }

        public Series[] All { get; }

        private int SlotOf(ReadOnlySpan<byte> name) => (int)XxHash3.HashToUInt64(name) & (_slots.Length - 1);

        public bool TryFind(ReadOnlySpan<byte> name, [NotNullWhen(true)] out Series? series)
        {
            for (var slot = SlotOf(name); (series = _slots[slot]) is not null; slot = (slot + 1) & (_slots.Length - 1))
                if (name.SequenceEqual(series.NameUtf8)) return true;
            return false;
        }
    }
}
