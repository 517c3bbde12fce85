using Wanwu.Connect.Mqtt.Mappings;
using Wanwu.Registry.Mappings;

namespace Wanwu.Console.MappingRoom;

/// <summary>What lies on the page of one mapping: the draft, what is wrong with it, the message it is tried on and what would become of that.</summary>
public sealed class MappingDesk
{
    internal DraftMapping Draft { get; set; } = new();
    internal IReadOnlyDictionary<string, string[]> Faults { get; set; } = new Dictionary<string, string[]>();
    internal bool MayChange { get; init; }
    /// <summary>Whether faults are shown: not yet while nobody has typed anything.</summary>
    internal bool IsBegun { get; set; }

    internal IReadOnlyList<MappingSample> Samples { get; init; } = [];
    internal string Topic { get; set; } = "";
    internal string Payload { get; set; } = "";
    /// <summary>The id of the thing that publishes; empty for the reader.</summary>
    internal string Publisher { get; set; } = "";
    internal TrialView? Trial { get; set; }

    internal bool IsTried => Trial is { Takes: true, Refused.Count: 0, Observations.Count: > 0 };

    internal string? FaultOf(string member)
    {
        if (!IsBegun) return null;
        var faults = Faults.Where(fault => fault.Key == member || fault.Key.StartsWith(member + ".", StringComparison.Ordinal)).SelectMany(fault => fault.Value).ToList();
        return faults.Count == 0 ? null : string.Join(' ', faults);
    }
}
