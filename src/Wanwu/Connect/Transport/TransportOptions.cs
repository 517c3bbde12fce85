using System.ComponentModel.DataAnnotations;

namespace Wanwu.Connect.Transport;

/// <summary>The transport for plain TCP on Linux. Section <c>Connect:Transport</c>.</summary>
internal sealed record TransportOptions
{
    /// <summary>Threads that carry connections; each serves thousands. 0: one for every two processors.</summary>
    [Range(0, 64)] public int Loops { get; init; }

    /// <summary>New connections taken in a second; more wait their turn, so that a storm of them does not starve those that are connected.</summary>
    [Range(10, 1_000_000)] public int NewConnectionsPerSecond { get; init; } = 10_000;

    /// <summary>Seconds a connection has for its last bytes when it is closed.</summary>
    [Range(1, 60)] public int LastWordsSeconds { get; init; } = 5;

    internal int LoopCount => Loops > 0 ? Loops : Math.Max(1, Environment.ProcessorCount / 2);
}
