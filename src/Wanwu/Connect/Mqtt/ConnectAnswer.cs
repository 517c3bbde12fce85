using System.Text;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt;

/// <summary>What the server grants of what a CONNECT asked for, and how an MQTT 5 CONNACK says so.</summary>
internal sealed class ConnectAnswer
{
    private readonly MqttDoor _door;
    private readonly MqttEngine _engine;
    private readonly bool _assigned;
    private readonly bool _keepAliveChanged;

    public ConnectAnswer(MqttDoor door, MqttEngine engine, ConnectRequest request, Caller caller)
    {
        (_door, _engine) = (door, engine);
        _assigned = request.ClientId.Length == 0;
        ClientId = _assigned ? $"auto-{ThingId.New(door.Intake.Clock)}" : request.ClientId;
        var longest = door.Options.MaxKeepAliveSeconds;
        var v5 = engine.Version == MqttVersion.V5;
        _keepAliveChanged = v5 && (request.KeepAlive == 0 || request.KeepAlive > longest);
        KeepAlive = TimeSpan.FromSeconds(_keepAliveChanged ? longest : request.KeepAlive);
        var asked = v5 ? engine.SessionExpiry ?? 0 : request.CleanStart ? 0 : uint.MaxValue;
        // Whoever registers comes back as somebody else.
        SessionExpiry = caller.IsRegistering ? 0 : Math.Min(asked, (uint)door.Options.MaxSessionExpirySeconds);
    }

    public string ClientId { get; }
    /// <summary>Zero: never checked.</summary>
    public TimeSpan KeepAlive { get; }
    /// <summary>Seconds the session outlives its connection.</summary>
    public uint SessionExpiry { get; }

    public ReadOnlySpan<byte> Properties(bool retainAvailable)
    {
        if (_engine.Version != MqttVersion.V5) return default;
        var properties = new PropertyWriter()
            .Add(PropertyId.ReceiveMaximum, _door.Limits.ReceiveMaximum)
            .Add(PropertyId.MaximumPacketSize, (uint)_door.Limits.MaxPacketBytes)
            .Add(PropertyId.TopicAliasMaximum, _door.Limits.TopicAliasMaximum);
        if (!retainAvailable) properties.Add(PropertyId.RetainAvailable, 0);
        if (_assigned) properties.Add(PropertyId.AssignedClientIdentifier, Encoding.UTF8.GetBytes(ClientId));
        if (_keepAliveChanged) properties.Add(PropertyId.ServerKeepAlive, (uint)KeepAlive.TotalSeconds);
        if (_engine.SessionExpiry is { } asked && asked != SessionExpiry) properties.Add(PropertyId.SessionExpiryInterval, SessionExpiry);
        return properties.Raw;
    }
}
