namespace Wanwu.Registry;

/// <summary>Up to 1,024 things and, in one run of bytes, the texts they are found by. Immutable; a change makes a new chunk.</summary>
/// <remarks>One run is searched at the speed of memory: a hundred thousand separate strings would cost a cache miss each.</remarks>
internal sealed class ThingChunk
{
    public const int Capacity = 1_024;
    public static readonly ThingChunk Empty = new([], [], [], []);
    private readonly ThingEntry[] _things;
    private readonly byte[] _text;
    private readonly int[] _ends, _realms;

    private ThingChunk(ThingEntry[] things, byte[] text, int[] ends, int[] realms) => (_things, _text, _ends, _realms) = (things, text, ends, realms);

    public int Count => _things.Length;

    public ThingEntry this[int index] => _things[index];

    /// <summary>The number of the thing's realm.</summary>
    public int RealmOf(int index) => _realms[index];

    /// <summary>The chunk after some of its things changed and others joined at its end.</summary>
    /// <param name="changed">By position in the chunk; positions beyond the end follow on without a gap.</param>
    public ThingChunk With(IReadOnlyDictionary<int, ThingEntry> changed)
    {
        var things = new ThingEntry[Math.Max(Count, changed.Keys.Max() + 1)];
        var ends = new int[things.Length];
        using var text = new MemoryStream(_text.Length + changed.Count * 128);
        for (var i = 0; i < things.Length; i++)
        {
            things[i] = changed.GetValueOrDefault(i) ?? _things[i];
            if (changed.ContainsKey(i)) text.Write(SearchText.Of(things[i]));
            else text.Write(TextOf(i));
            ends[i] = (int)text.Length;
        }
        return new ThingChunk(things, text.ToArray(), ends, Array.ConvertAll(things, static thing => thing.Realm.Number));
    }

    private ReadOnlySpan<byte> TextOf(int index)
    {
        var start = index == 0 ? 0 : _ends[index - 1];
        return _text.AsSpan(start, _ends[index] - start);
    }

    /// <summary>Sets, from bit <paramref name="offset"/> on, the bit of every thing whose text holds all the words.</summary>
    public void Match(byte[][] words, ulong[] bits, int offset)
    {
        var at = 0;
        while (_text.AsSpan(at).IndexOf(words[0]) is >= 0 and var found)
        {
            var index = Array.BinarySearch(_ends, at + found);
            index = index < 0 ? ~index : index + 1;
            if (HasAll(TextOf(index), words)) bits[(offset + index) >> 6] |= 1UL << (offset + index);
            at = _ends[index];
        }
    }

    /// <summary>Whether one thing's text holds all the words.</summary>
    public bool Matches(int index, byte[][] words)
    {
        var text = TextOf(index);
        return text.IndexOf(words[0]) >= 0 && HasAll(text, words);
    }

    private static bool HasAll(ReadOnlySpan<byte> text, byte[][] words)
    {
        for (var i = 1; i < words.Length; i++)
            if (text.IndexOf(words[i]) < 0) return false;
        return true;
    }
}
