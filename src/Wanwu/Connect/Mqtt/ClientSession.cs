using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;

namespace Wanwu.Connect.Mqtt;

/// <summary>One filter a client has subscribed.</summary>
internal sealed class Subscription(ClientSession owner, byte[] filter, SubscriptionOptions options, uint identifier)
{
    public ClientSession Owner { get; } = owner;
    public byte[] Filter { get; } = filter;
    public SubscriptionOptions Options { get; } = options;
    /// <summary>0 where the client gave none.</summary>
    public uint Identifier { get; } = identifier;
    /// <summary>Log position at which it was made: what was observed before is not for it.</summary>
    public long Since { get; init; }
    public uint[] Identifiers { get; } = identifier == 0 ? [] : [identifier];
    public bool IsShared { get; } = MqttText.TrySplitShared(filter, out _, out _);
    /// <summary>The filter that topics are matched against: for a shared subscription what follows the share's name.</summary>
    public ReadOnlySpan<byte> Topics => MqttText.TrySplitShared(Filter, out _, out var rest) ? rest : Filter;
}

/// <summary>A client identifier of one caller: its protocol state, its subscriptions and the connection it has at present.</summary>
/// <remarks>Two callers with the same client identifier have two sessions, so that nobody can take over another's by guessing it.</remarks>
internal sealed class ClientSession(string key, string clientId, Caller caller, MqttSession state)
{
    public string Key { get; } = key;
    public string ClientId { get; } = clientId;
    /// <summary>As of its last CONNECT.</summary>
    public Caller Caller { get; set; } = caller;
    public MqttSession State { get; } = state;
    /// <summary>Null for a session that ends with its connection. Set when it is made.</summary>
    public DurableSession? Durable { get; set; }
    /// <summary>Guarded by <see cref="Routes"/>.</summary>
    public Dictionary<byte[], Subscription> Subscriptions { get; } = new(BytesComparer.Instance);

    /// <summary>Where its subscriptions count; null where nobody counts them. Guarded by <see cref="Routes"/>.</summary>
    public OrganisationHolding? Organisation { get; set; }

    private volatile MqttConnection? _connection;
    public MqttConnection? Connection { get => _connection; set => _connection = value; }

    /// <summary>When the session ends while it has no connection. Guarded by <see cref="MqttSessions"/>, like the will.</summary>
    public DateTimeOffset? Expires { get; set; }
    public MqttMessage? DelayedWill { get; set; }
    public DateTimeOffset WillDue { get; set; }
    /// <summary>Of its last CONNECT, with the seconds the session outlives that connection.</summary>
    public (MqttMessage? Message, uint Delay, uint Expiry) Will { get; set; }
}
