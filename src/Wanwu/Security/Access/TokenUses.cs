using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>When and from where each token was last used: noted in memory, written once a minute, so that a request waits for no disk.</summary>
internal sealed class TokenUses(RegistryWriter writer)
{
    private const long Minute = 60_000_000;
    private const int MostAtOnce = 500;
    private readonly ConcurrentDictionary<Guid, Use> _waiting = new();

    private readonly record struct Use(Timestamp At, string From);

    public void Note(Guid token, Timestamp now, string from)
    {
        var use = new Use(new Timestamp(now.Microseconds / Minute * Minute), from);
        if (!_waiting.TryGetValue(token, out var noted) || noted != use) _waiting[token] = use;
    }

    /// <summary>Writes what was noted since the last time; only minutes that are not written yet.</summary>
    public async Task WriteAsync(CancellationToken stop)
    {
        foreach (var part in _waiting.ToArray().Chunk(MostAtOnce))
        {
            foreach (var (token, _) in part) _waiting.TryRemove(token, out _);
            var uses = part.ToDictionary();
            await writer.WriteAsync(async db =>
            {
                var ids = uses.Keys.ToList();
                foreach (var row in await db.AccessTokens.Where(row => ids.Contains(row.Id)).ToListAsync(stop))
                    if (uses[row.Id] is var use && !(row.LastUsed >= use.At && row.LastUsedFrom == use.From)) (row.LastUsed, row.LastUsedFrom) = (use.At, use.From);
                return 0;
            }, stop);
        }
    }
}
