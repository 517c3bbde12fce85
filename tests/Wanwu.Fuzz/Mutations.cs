namespace Wanwu.Fuzz;

/// <summary>Inputs made of a corpus by chance: flipped bits, cuts, doublings, lengths that lie, splices. The same seed makes the same inputs.</summary>
public sealed class Mutations(IReadOnlyList<byte[]> corpus, int seed)
{
    private const int Longest = 4096;
    private readonly Random _random = new(seed);

    public byte[] Next()
    {
        var bytes = new List<byte>(corpus[_random.Next(corpus.Count)]);
        for (var times = 1 << _random.Next(5); times > 0; times--) Change(bytes);
        if (bytes.Count > Longest) bytes.RemoveRange(Longest, bytes.Count - Longest);
        return [.. bytes];
    }

    private void Change(List<byte> bytes)
    {
        var at = _random.Next(bytes.Count + 1);
        switch (_random.Next(8))
        {
            case 0 when at < bytes.Count: bytes[at] ^= (byte)(1 << _random.Next(8)); break;
            case 1 when at < bytes.Count: bytes[at] = Telling[_random.Next(Telling.Length)]; break;
            case 2: bytes.RemoveRange(at, Math.Min(bytes.Count - at, _random.Next(1, 9))); break;
            case 3: bytes.InsertRange(at, [.. bytes.Skip(at).Take(_random.Next(1, 64))]); break;
            case 4: bytes.InsertRange(at, Enumerable.Range(0, _random.Next(1, 9)).Select(_ => (byte)_random.Next(256))); break;
            case 5: bytes.InsertRange(at, corpus[_random.Next(corpus.Count)].Skip(_random.Next(4))); break;
            case 6 when bytes.Count > 64: bytes.RemoveRange(at, bytes.Count - at); break;
            case 7 when bytes.Count > 4: bytes[_random.Next(2, Math.Min(8, bytes.Count))] = Telling[_random.Next(Telling.Length)]; break;
        }
    }

    private static ReadOnlySpan<byte> Telling => [0x00, 0x01, 0x04, 0x0B, 0x10, 0x20, 0x23, 0x26, 0x30, 0x32, 0x34, 0x3D, 0x40, 0x50, 0x62, 0x70, 0x7F, 0x80, 0x82, 0xA2, 0xC0, 0xE0, 0xF0, 0xFF];
}
