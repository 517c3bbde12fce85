namespace Wanwu.Telemetry.Log;

/// <summary>A sender's place among those who wait for room: who it is, from one message to the next.</summary>
/// <remarks>Belongs to one sender, which waits for one thing at a time. What is in it belongs to the log and its lock.</remarks>
internal sealed class SenderPlace
{
    /// <summary>When it came, by the count of those who came; 0 when nothing of its waits.</summary>
    internal long Number { get; set; }

    /// <summary>Bytes it may append in its turn, whoever else has come meanwhile.</summary>
    internal long Allowance { get; set; }

    /// <summary>A message of its was taken while there was room for all.</summary>
    internal void Leave() => (Number, Allowance) = (0, 0);
}
