using System.Diagnostics;

namespace Wanwu.Bench.Access;

/// <summary>The decision by itself, without a server around it.</summary>
internal sealed record Cost(double Nanoseconds, double Bytes)
{
    /// <summary>The least of several rounds: what else runs on the machine only adds.</summary>
    public static Cost Of(int times, Action act)
    {
        const int rounds = 20;
        var best = new Cost(double.MaxValue, 0);
        for (var round = 0; round < rounds; round++)
        {
            var (allocated, began) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
            for (var i = 0; i < times; i++) act();
            var took = Stopwatch.GetElapsedTime(began).TotalNanoseconds / times;
            if (took < best.Nanoseconds) best = new Cost(took, (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / times);
        }
        return best;
    }
}
