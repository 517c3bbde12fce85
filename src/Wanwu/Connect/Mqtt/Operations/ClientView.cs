using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Wanwu.Protocols.Mqtt;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>An MQTT client, connected or away.</summary>
/// <param name="Key">Names the client in this API.</param>
/// <param name="State">connected, or away: the session waits for its client.</param>
/// <param name="Expires">When the session ends, for one that is away.</param>
/// <param name="Subscriptions">How many topic filters are subscribed.</param>
/// <param name="InFlight">Messages of QoS 1 and 2 sent and not yet acknowledged.</param>
/// <param name="Queued">Messages of QoS 1 and 2 that wait to be sent.</param>
/// <param name="Dropped">Messages the client has missed: its queue was full, they expired, or it did not keep up.</param>
/// <param name="SlowConsumer">Whether it has missed something, or let much wait, within the last half minute.</param>
/// <param name="Connection">Of the present connection; null when away.</param>
internal sealed record ClientView(
    string Key, string ClientId, string State, string CallerKind, string Caller, ThingId? Thing, string? Organisation,
    int Subscriptions, int InFlight, int Queued, long Dropped, bool SlowConsumer, Timestamp? Expires, ConnectionView? Connection)
{
    public static string KeyOf(ClientSession session) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(session.Key));

    /// <summary>The session's own key, or null when the text is none.</summary>
    public static string? ReadKey(string text)
    {
        if (text.Length > 4_096 || !Base64Url.IsValid(text)) return null;
        return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text));
    }

    public static ClientView Of(ClientSession session, ThingDirectory things, Timestamp now)
    {
        var connection = session.Connection;
        var connected = connection?.Facts is { } facts ? ConnectionView.Of(connection, facts, now) : null;
        return new ClientView(
            KeyOf(session), session.ClientId, connected is null ? "away" : "connected",
            session.Caller.Kind.ToString().ToLowerInvariant(), session.Caller.Name, session.Caller.Thing,
            session.Caller.Thing is { } thing ? things.Find(thing)?.Organisation : null,
            session.Subscriptions.Count, session.State.InFlight, session.State.Queued, session.State.Dropped + (connection?.Output.Dropped ?? 0),
            connected is not null && connection!.Figures.IsSlow,
            connected is null && session.Expires is { } expires ? Timestamp.From(expires) : null, connected);
    }
}

/// <param name="Protocol">3.1, 3.1.1 or 5.0.</param>
/// <param name="Transport">tcp, tls, ws or wss.</param>
/// <param name="Tls">Version of TLS; null without.</param>
/// <param name="KeepAliveSeconds">0: the client may be silent for any time.</param>
/// <param name="SessionExpirySeconds">How long the session outlives the connection.</param>
/// <param name="HeldBack">Times the client was read from more slowly because it sent more than it may.</param>
/// <param name="In">What the client has sent.</param>
/// <param name="Out">What was sent to the client.</param>
internal sealed record ConnectionView(
    string? Address, string Protocol, string Transport, string? Tls, Timestamp Since, Timestamp LastHeard, int KeepAliveSeconds, uint SessionExpirySeconds,
    long HeldBack, FlowView In, FlowView Out)
{
    internal static ConnectionView Of(MqttConnection connection, ConnectionFacts facts, Timestamp now)
    {
        var (figures, rates) = (connection.Figures, connection.Figures.Rates);
        return new ConnectionView(
            facts.Remote?.ToString(), VersionText(facts.Version), facts.Origin.Transport, facts.Origin.Tls, facts.Since,
            new Timestamp(now.Microseconds - (long)connection.Silence.TotalMicroseconds),
            (int)facts.KeepAlive.TotalSeconds, facts.SessionExpiry, figures.HeldBack,
            new FlowView(figures.MessagesIn.Sum, figures.BytesIn, Round(rates.MessagesIn), Round(rates.BytesIn)),
            new FlowView(figures.MessagesOut.Sum, figures.BytesOut, Round(rates.MessagesOut), Round(rates.BytesOut)));
    }

    internal static string VersionText(MqttVersion version) => version switch
    {
        MqttVersion.V31 => "3.1",
        MqttVersion.V311 => "3.1.1",
        _ => "5.0",
    };

    private static double Round(double rate) => Math.Round(rate, 2);
}

/// <summary>One direction: sums since the connection began, and rates over some five seconds.</summary>
internal sealed record FlowView(long Messages, long Bytes, double MessagesPerSecond, double BytesPerSecond);

/// <param name="Identifier">The subscription identifier; null where the client gave none.</param>
internal sealed record SubscriptionView(string Filter, int Qos, bool NoLocal, bool RetainAsPublished, int RetainHandling, uint? Identifier)
{
    public static SubscriptionView Of(Subscription subscription) => new(
        Encoding.UTF8.GetString(subscription.Filter), subscription.Options.Qos, subscription.Options.NoLocal, subscription.Options.RetainAsPublished,
        subscription.Options.RetainHandling, subscription.Identifier == 0 ? null : subscription.Identifier);
}

/// <summary>A client with what it has subscribed.</summary>
internal sealed record ClientDetailView(ClientView Client, IReadOnlyList<SubscriptionView> Subscriptions);

/// <param name="NotSignedIn">Connections that have not signed in yet; part of Connections.</param>
/// <param name="WaitingToSignIn">CONNECTs that wait for their turn.</param>
/// <param name="ConnectionsTurnedAway">Connections closed at once, because there were as many as there may be.</param>
/// <param name="ConnectionsPushedOut">Connections that said nothing and were closed for others.</param>
/// <param name="RefusedConnects">CONNECTs refused since the start, by reason code.</param>
/// <param name="HeldBack">Times a client was read from more slowly because of a limit of rate.</param>
internal sealed record SummaryView(
    int Connections, int MaxConnections, int NotSignedIn, int WaitingToSignIn, int Sessions, int Subscriptions, int SlowConsumers,
    long ConnectionsTurnedAway, long ConnectionsPushedOut, IReadOnlyDictionary<string, long> RefusedConnects, long Dropped, long HeldBack,
    FlowView In, FlowView Out, IReadOnlyList<HeldByOrganisationView> Organisations)
{
    internal static string NameOf(ReasonCode code)
    {
        var name = code.ToString();
        return string.Create(CultureInfo.InvariantCulture, $"{char.ToLowerInvariant(name[0])}{name[1..]}");
    }
}

/// <summary>What the things of one organisation hold together.</summary>
internal sealed record HeldByOrganisationView(string Name, int Connections, int Subscriptions);
