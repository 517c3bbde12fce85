using System.Collections.Concurrent;
using System.Text;
using Wanwu.Things;

namespace Wanwu.Telemetry;

/// <summary>Every series there is, by thing and by number.</summary>
/// <remarks>Reads take no lock. Series are only ever added.</remarks>
internal sealed class SeriesTable
{
    private readonly ConcurrentDictionary<ThingId, ThingSeries> _things = new();
    private readonly Lock _growing = new();
    private volatile Series?[] _byNumber = new Series?[1024];
    private readonly Dictionary<PropertyName, (PropertyName Shared, byte[] Utf8)> _names = [];
    private int _last;

    /// <summary>How many series there are.</summary>
    public int Count => Volatile.Read(ref _last);

    /// <summary>The series of a thing; made empty where none are known.</summary>
    public ThingSeries Of(ThingId thing) => _things.TryGetValue(thing, out var series) ? series : _things.GetOrAdd(thing, id => new ThingSeries(this, id));

    /// <summary>The series of a thing that has reported before.</summary>
    public ThingSeries? FindThing(ThingId thing) => _things.GetValueOrDefault(thing);

    public Series? Find(int number)
    {
        var all = _byNumber;
        return (uint)number < (uint)all.Length ? Volatile.Read(ref all[number]) : null;
    }

    /// <summary>Every thing that has series or an account.</summary>
    public IEnumerable<ThingSeries> Things => _things.Values;

    /// <summary>A definition read back from the store or the log. Null if the number is already another series.</summary>
    internal Series? Restore(int number, ThingId thing, PropertyName property) => Of(thing).Restore(number, property);

    internal Series Make(ThingSeries owner, PropertyName property, int number = 0)
    {
        lock (_growing)
        {
            if (number == 0) number = _last + 1;
            if (!_names.TryGetValue(property, out var name)) _names[property] = name = (property, Encoding.UTF8.GetBytes(property.ToString()));
            var series = new Series(number, owner, name.Shared, name.Utf8);
            if (number >= _byNumber.Length)
            {
                var grown = new Series?[Math.Max(number + 1, _byNumber.Length * 2)];
                _byNumber.CopyTo(grown, 0);
                _byNumber = grown;
            }
            Volatile.Write(ref _byNumber[number], series);
            _last = Math.Max(_last, number);
            return series;
        }
    }
}
