namespace Wanwu.Security.Audit;

/// <summary>What the doors for devices count: their traffic is counted, not copied. On an upper floor, so the trail asks by this.</summary>
internal interface IDoorTally
{
    /// <summary>Counted since the start, by door: accepted, and refused by reason. Numbers only grow.</summary>
    IEnumerable<(string Door, string Name, long Count)> Counts();
}
