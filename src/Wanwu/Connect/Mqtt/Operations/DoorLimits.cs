using Microsoft.Extensions.Options;
using Wanwu.Security.Access.Limits;

namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>Everything that bounds what clients take of the door.</summary>
internal sealed class DoorLimits(Holdings holdings, FailedSignIns failures, ConnectionBounds connections, IOptions<LimitOptions> limits, IOptions<MqttOptions> options, TimeProvider clock) : IDisposable
{
    public LimitOptions Options => limits.Value;
    public Holdings Holdings => holdings;
    public FailedSignIns Failures => failures;
    public ConnectionBounds Connections => connections;
    public Newcomers Newcomers { get; } = new(limits.Value.UnauthenticatedConnections);
    public ConnectGate Gate { get; } = new(limits.Value, TimeSpan.FromSeconds(options.Value.ConnectTimeoutSeconds) / 2, clock);

    public void Dispose() => Gate.Dispose();
}
