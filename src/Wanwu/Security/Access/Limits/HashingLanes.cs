namespace Wanwu.Security.Access.Limits;

/// <summary>How far a sign-in with a password is trusted before it is checked.</summary>
internal enum Acquaintance : byte
{
    /// <summary>This name was right from this address before.</summary>
    Known,
    /// <summary>Nothing wrong has come from the address of late.</summary>
    New,
    /// <summary>The address was wrong within the last minute.</summary>
    Doubtful,
}

/// <summary>Bounds the work that checking passwords of people makes, which takes a processor for a twentieth of a second each, by design.</summary>
/// <remarks>
/// Three lanes, so that a flood of wrong ones is waited for by nobody but itself. The lanes of strangers check one at a time and rest after a wrong one, in proportion
/// to what it took: a flood, of however many addresses, gets a bounded share of one processor.
/// </remarks>
internal sealed class HashingLanes(TimeProvider clock) : IDisposable
{
    private readonly Lane _known = new(Math.Max(1, Environment.ProcessorCount / 2), waiting: 200, rest: 0), _new = new(1, waiting: 100, rest: 1), _doubtful = new(1, waiting: 10, rest: 4);

    private sealed class Lane(int atOnce, int waiting, int rest) : IDisposable
    {
        public readonly SemaphoreSlim Turns = new(atOnce);
        public int Present;
        /// <summary>Before this moment nothing is checked. Belongs to who has the turn.</summary>
        public long Rests;
        public int Waiting => waiting;
        public int Rest => rest;

        public void Dispose() => Turns.Dispose();
    }

    /// <param name="check">Answers whether the password was right.</param>
    /// <returns>False when more wait than it makes sense to wait behind: nothing was checked.</returns>
    public async Task<bool> TryRunAsync(Acquaintance who, Func<Task<bool>> check, CancellationToken stop)
    {
        var lane = who switch
        {
            Acquaintance.Known => _known,
            Acquaintance.New => _new,
            _ => _doubtful,
        };
        try
        {
            if (Interlocked.Increment(ref lane.Present) > lane.Waiting) return false;
            await lane.Turns.WaitAsync(stop);
        }
        finally
        {
            Interlocked.Decrement(ref lane.Present);
        }
        try
        {
            if (clock.GetElapsedTime(clock.GetTimestamp(), lane.Rests) is { Ticks: > 0 } rest) await Task.Delay(rest, clock, stop);
            var began = clock.GetTimestamp();
            // Who was wrong has the answer at once; the next one waits.
            if (!await check() && lane.Rest > 0) lane.Rests = clock.GetTimestamp() + Math.Min(clock.TimestampFrequency, lane.Rest * (clock.GetTimestamp() - began));
            return true;
        }
        finally
        {
            lane.Turns.Release();
        }
    }

    public void Dispose()
    {
        foreach (var lane in (ReadOnlySpan<Lane>)[_known, _new, _doubtful]) lane.Dispose();
    }
}
