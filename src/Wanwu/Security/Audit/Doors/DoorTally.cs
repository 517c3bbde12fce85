namespace Wanwu.Security.Audit;

/// <summary>A door for devices, whose traffic is counted and not copied. Connect registers one for each.</summary>
internal interface IDoorTally
{
    /// <summary>Name of the door, as mqtt.</summary>
    string Door { get; }

    /// <summary>What it counts since the start: accepted, and refused by reason. Numbers only grow.</summary>
    IEnumerable<(string Name, long Count)> Counts();
}
