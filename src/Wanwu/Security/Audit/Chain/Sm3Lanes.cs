using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Wanwu.Security.Audit.Chain;

/// <summary>SM3 (GB/T 32905-2016) of eight messages at a time, one in each lane of a vector.</summary>
/// <remarks>
/// Within one message each block waits for the one before it, which no processor can hurry; but the hashes of records lie in their file, so each can be checked
/// by itself. Only what is read is hashed here: what is written is hashed by <see cref="ChainHash"/>, and a test holds the two to each other.
/// </remarks>
internal sealed class Sm3Lanes
{
    public const int Lanes = 8;
    private const int BlockBytes = 64, BlockWords = 16, StateWords = 8, Rounds = 64, TailBytes = 2 * BlockBytes;
    private static readonly uint[] Start = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];
    private static readonly uint[] Constants = [.. Enumerable.Range(0, Rounds).Select(j => BitOperations.RotateLeft(j < 16 ? 0x79cc4519u : 0x7a879d8au, j))];

    private readonly Vector256<uint>[] _state = new Vector256<uint>[StateWords];
    private readonly Vector256<uint>[] _words = new Vector256<uint>[Rounds + 4];
    private readonly byte[] _tails = new byte[Lanes * TailBytes];
    private readonly Lane[] _lanes = new Lane[Lanes];

    /// <summary>Whether this processor has the lanes.</summary>
    public static bool IsFast => Vector256.IsHardwareAccelerated;

    /// <param name="Message">Index of the message; -1 while the lane has none.</param>
    private record struct Lane(int Message, int At, int FullBlocks, int TailAt, int TailBlocks);

    /// <summary>Hashes parts of <paramref name="bytes"/> and compares each with the 32 bytes behind it.</summary>
    /// <returns>Index of the first part that is followed by another hash; their number when there is none.</returns>
    public int FirstBroken(ReadOnlySpan<byte> bytes, ReadOnlySpan<(int At, int Length)> parts)
    {
        var (first, next, active) = (parts.Length, 0, 0);
        for (var lane = 0; lane < Lanes; lane++) active += Begin(lane, bytes, parts, ref next);
        while (active > 0)
        {
            for (var lane = 0; lane < Lanes; lane++) Load(lane, bytes);
            Compress();
            for (var lane = 0; lane < Lanes; lane++)
            {
                ref var one = ref _lanes[lane];
                if (one.Message < 0 || !IsThrough(ref one)) continue;
                var (at, length) = parts[one.Message];
                if (!IsDigest(lane, bytes.Slice(at + length, ChainHash.Length))) first = Math.Min(first, one.Message);
                active += Begin(lane, bytes, parts, ref next) - 1;
            }
        }
        return first;
    }

    /// <returns>1 when there was a message left for the lane.</returns>
    private int Begin(int lane, ReadOnlySpan<byte> bytes, ReadOnlySpan<(int At, int Length)> parts, ref int next)
    {
        if (next == parts.Length)
        {
            _lanes[lane].Message = -1;
            return 0;
        }
        var (at, length) = parts[next];
        var rest = length % BlockBytes;
        var tail = _tails.AsSpan(lane * TailBytes, TailBytes);
        tail.Clear();
        bytes.Slice(at + length - rest, rest).CopyTo(tail);
        tail[rest] = 0x80;
        var blocks = rest < BlockBytes - sizeof(ulong) ? 1 : 2;
        BinaryPrimitives.WriteUInt64BigEndian(tail[(blocks * BlockBytes - sizeof(ulong))..], (ulong)length * 8);
        _lanes[lane] = new Lane(next++, at, length / BlockBytes, lane * TailBytes, blocks);
        var state = MemoryMarshal.Cast<Vector256<uint>, uint>(_state.AsSpan());
        for (var word = 0; word < StateWords; word++) state[word * Lanes + lane] = Start[word];
        return 1;
    }

    /// <summary>Puts the lane's next block where the others' are. One without a message hashes what is there still.</summary>
    private void Load(int lane, ReadOnlySpan<byte> bytes)
    {
        var one = _lanes[lane];
        if (one.Message < 0) return;
        var block = one.FullBlocks > 0 ? bytes.Slice(one.At, BlockBytes) : _tails.AsSpan(one.TailAt, BlockBytes);
        var words = MemoryMarshal.Cast<Vector256<uint>, uint>(_words.AsSpan(0, BlockWords));
        for (var word = 0; word < BlockWords; word++) words[word * Lanes + lane] = BinaryPrimitives.ReadUInt32BigEndian(block[(word * sizeof(uint))..]);
    }

    private static bool IsThrough(ref Lane lane)
    {
        if (lane.FullBlocks > 0)
        {
            (lane.FullBlocks, lane.At) = (lane.FullBlocks - 1, lane.At + BlockBytes);
            return false;
        }
        lane.TailAt += BlockBytes;
        return --lane.TailBlocks == 0;
    }

    private bool IsDigest(int lane, ReadOnlySpan<byte> hash)
    {
        var state = MemoryMarshal.Cast<Vector256<uint>, uint>(_state.AsSpan());
        for (var word = 0; word < StateWords; word++)
            if (state[word * Lanes + lane] != BinaryPrimitives.ReadUInt32BigEndian(hash[(word * sizeof(uint))..])) return false;
        return true;
    }

    /// <summary>Section 5.3: expansion of the message, then the compression function.</summary>
    private void Compress()
    {
        var w = _words;
        for (var j = BlockWords; j < w.Length; j++)
            w[j] = P1(w[j - 16] ^ w[j - 9] ^ Rotated(w[j - 3], 15)) ^ Rotated(w[j - 13], 7) ^ w[j - 6];
        var (a, b, c, d, e, f, g, h) = (_state[0], _state[1], _state[2], _state[3], _state[4], _state[5], _state[6], _state[7]);
        for (var j = 0; j < Rounds; j++)
        {
            var turned = Rotated(a, 12);
            var ss1 = Rotated(turned + e + Vector256.Create(Constants[j]), 7);
            var tt1 = (j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c)) + d + (ss1 ^ turned) + (w[j] ^ w[j + 4]);
            var tt2 = (j < 16 ? e ^ f ^ g : (e & f) | Vector256.AndNot(g, e)) + h + ss1 + w[j];
            (d, c, b, a) = (c, Rotated(b, 9), a, tt1);
            (h, g, f, e) = (g, Rotated(f, 19), e, tt2 ^ Rotated(tt2, 9) ^ Rotated(tt2, 17));
        }
        _state[0] ^= a;
        _state[1] ^= b;
        _state[2] ^= c;
        _state[3] ^= d;
        _state[4] ^= e;
        _state[5] ^= f;
        _state[6] ^= g;
        _state[7] ^= h;
    }

    private static Vector256<uint> Rotated(Vector256<uint> words, int by) => (words << by) | (words >>> (32 - by));

    private static Vector256<uint> P1(Vector256<uint> words) => words ^ Rotated(words, 15) ^ Rotated(words, 23);
}
