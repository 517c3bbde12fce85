using System.Buffers.Binary;
using System.Collections.Frozen;
using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;

namespace Wanwu.Security.Access;

/// <summary>Eight bytes of the hash of every token of a kind, in memory: of those that do not exist nothing is asked of the database, however many are tried.</summary>
/// <remarks>Thread-safe. Read again after the database has changed; whoever asks has looked for that before.</remarks>
/// <param name="hashes">Those that are stored.</param>
internal sealed class TokenIndex(IDbContextFactory<RegistryDb> contexts, Func<RegistryDb, CancellationToken, Task<IEnumerable<byte[]>>> hashes) : IDisposable
{
    private readonly SemaphoreSlim _reading = new(1);
    private FrozenSet<ulong>? _heads;
    private int _version;

    /// <summary>False when there is no such token.</summary>
    public async ValueTask<bool> MayHoldAsync(byte[] hash, CancellationToken stop) =>
        (Volatile.Read(ref _heads) ?? await ReadAsync(stop)).Contains(HeadOf(hash));

    /// <summary>Marks that there may be others.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref _version);
        Volatile.Write(ref _heads, null);
    }

    private async Task<FrozenSet<ulong>> ReadAsync(CancellationToken stop)
    {
        await _reading.WaitAsync(stop);
        try
        {
            if (Volatile.Read(ref _heads) is { } read) return read;
            var version = Volatile.Read(ref _version);
            await using var db = await contexts.CreateDbContextAsync(stop);
            var heads = (await hashes(db, stop)).Select(HeadOf).ToFrozenSet();
            Volatile.Write(ref _heads, heads);
            // What changed while this was read is told with the next question.
            if (version != Volatile.Read(ref _version)) Volatile.Write(ref _heads, null);
            return heads;
        }
        finally
        {
            _reading.Release();
        }
    }

    private static ulong HeadOf(byte[] hash) => BinaryPrimitives.ReadUInt64LittleEndian(hash);

    public void Dispose() => _reading.Dispose();
}
