namespace Wanwu.Simulator.Load;

/// <summary>How much load, and when it ends: at the first bound reached.</summary>
internal sealed record LoadOptions
{
    public int Connections { get; init; } = 10;
    public int Window { get; init; } = 20;
    /// <summary>Messages over all connections.</summary>
    public long Count { get; init; } = 100_000;
    public TimeSpan AtMost { get; init; } = TimeSpan.FromSeconds(60);
    /// <summary>Reports carry their own time, one microsecond after another; otherwise the server gives it.</summary>
    public bool Timed { get; init; }
}
