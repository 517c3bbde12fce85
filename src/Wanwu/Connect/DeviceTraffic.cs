using Wanwu.Security.Audit;

namespace Wanwu.Connect;

/// <summary>What devices did at the doors, in numbers, for the audit trail's hourly record.</summary>
internal sealed class DeviceTraffic(ConnectMetrics metrics) : IDoorTally
{
    public IEnumerable<(string Door, string Name, long Count)> Counts()
    {
        yield return ("mqtt", "connects", metrics.ConnectsAccepted);
        yield return ("mqtt", "connects refused: too many connections", metrics.ConnectionsTurnedAway);
        foreach (var (code, count) in metrics.RefusedConnects) yield return ("mqtt", $"connects refused: {code}", count);
        foreach (var (protocol, received) in metrics.Totals)
        {
            yield return (protocol, "messages", Interlocked.Read(ref received.Messages));
            yield return (protocol, "observations", Interlocked.Read(ref received.Observations));
            yield return (protocol, "observations refused", Interlocked.Read(ref received.Refusals));
        }
    }
}
