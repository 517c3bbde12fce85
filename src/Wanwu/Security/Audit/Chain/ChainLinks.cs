using System.Runtime.InteropServices;

namespace Wanwu.Security.Audit.Chain;

/// <summary>Whether records have the hashes that are written behind them.</summary>
/// <remarks>
/// A hash is made of the one before it, but both lie in the file: every link is checked by itself, in any order, and the chain is whole when every link is.
/// Half of the processors take part; the rest are left to what the server is there for.
/// </remarks>
internal static class ChainLinks
{
    private const int Batch = 4_096;
    private static readonly ParallelOptions Half = new() { MaxDegreeOfParallelism = Math.Max(1, Environment.ProcessorCount / 2) };

    /// <param name="parts">What each record's hash is made of, in the order of the file; the hash lies behind it.</param>
    /// <returns>Index of the first record that is not as it was written; their number when all are.</returns>
    public static int FirstBroken(byte[] file, List<(int At, int Length)> parts, AuditSuite suite)
    {
        var broken = new int[(parts.Count + Batch - 1) / Batch];
        Parallel.For(0, broken.Length, Half, batch =>
        {
            var some = CollectionsMarshal.AsSpan(parts)[(batch * Batch)..Math.Min(parts.Count, (batch + 1) * Batch)];
            var first = FirstBroken(file, some, suite);
            broken[batch] = first < some.Length ? batch * Batch + first : parts.Count;
        });
        return broken.DefaultIfEmpty(0).Min();
    }

    private static int FirstBroken(ReadOnlySpan<byte> file, ReadOnlySpan<(int At, int Length)> parts, AuditSuite suite)
    {
        if (suite == AuditSuite.ShangMi && Sm3Lanes.IsFast) return new Sm3Lanes().FirstBroken(file, parts);
        var hash = new ChainHash(suite);
        for (var i = 0; i < parts.Length; i++)
            if (!hash.Matches(file.Slice(parts[i].At, parts[i].Length), file.Slice(parts[i].At + parts[i].Length, ChainHash.Length))) return i;
        return parts.Length;
    }
}
