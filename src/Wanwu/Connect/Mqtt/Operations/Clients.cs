using Wanwu.Protocols.Mqtt;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>What a list of clients is narrowed to.</summary>
/// <param name="Text">Found in client identifier, caller, name of the thing or address; case does not count.</param>
/// <param name="State">connected, away or slow; null: all.</param>
internal sealed record ClientFilter(string? Text = null, ThingId? Thing = null, string? State = null)
{
    public static readonly IReadOnlyList<string> States = ["connected", "away", "slow"];
}

/// <summary>The clients there are, and what an operator does to them.</summary>
internal sealed class Clients(MqttDoor door, ThingDirectory things, AccessRules rules, TimeProvider clock)
{
    /// <summary>Those that the caller may see and the filter lets through, in the order of client identifiers.</summary>
    public List<ClientSession> Select(ClientFilter filter, Caller caller)
    {
        var found = door.Sessions.All.Where(session => Passes(session, filter) && May(caller, Permission.ReadConnections, session)).ToList();
        found.Sort(Compare);
        return found;
    }

    public ClientView View(ClientSession session) => ClientView.Of(session, things, Timestamp.Now(clock));

    /// <summary>Null as well where the caller may not do it to that client: what is out of reach is answered as what is not there.</summary>
    public ClientSession? Find(string key, Caller caller, Permission permission) =>
        ClientView.ReadKey(key) is { } own && door.Sessions.Find(own) is { } session && May(caller, permission, session) ? session : null;

    /// <summary>A thing's client is within reach with its thing; that of a person or program is only for those who look after everything.</summary>
    private bool May(Caller caller, Permission permission, ClientSession session) =>
        rules.MayEverywhere(caller, permission) || (session.Caller.Thing is { } id && things.Find(id) is { } thing && rules.May(caller, permission, thing));

    public IReadOnlyList<SubscriptionView> SubscriptionsOf(ClientSession session) =>
        [.. door.Plain.Routes.Of(session).Select(SubscriptionView.Of).OrderBy(subscription => subscription.Filter, StringComparer.Ordinal)];

    /// <summary>Disconnects a client; it may come back. False when it is not connected.</summary>
    public static bool Kick(ClientSession session)
    {
        if (session.Connection is not { } connection) return false;
        connection.Close(ReasonCode.AdministrativeAction, "disconnected by an operator");
        return true;
    }

    /// <summary>Ends a session with all that waits in it; a connection it has is closed first.</summary>
    public void End(ClientSession session)
    {
        session.Connection?.CloseForGood();
        door.Sessions.Delete(session);
    }

    public SummaryView Summary()
    {
        var traffic = door.Traffic;
        var rates = default(Rates);
        foreach (var connection in door.Connections)
        {
            var own = connection.Figures.Rates;
            rates = new Rates(rates.MessagesIn + own.MessagesIn, rates.MessagesOut + own.MessagesOut, rates.BytesIn + own.BytesIn, rates.BytesOut + own.BytesOut);
        }
        var (newcomers, metrics) = (door.Bounds.Newcomers, door.Metrics);
        return new SummaryView(
            door.Count, door.Options.MaxConnections, newcomers.Count, door.Bounds.Gate.Waiting, door.Sessions.Count, door.Plain.Routes.Count, traffic.Slow,
            metrics.ConnectionsTurnedAway, newcomers.PushedOut, metrics.RefusedConnects.ToDictionary(refused => SummaryView.NameOf(refused.Code), refused => refused.Count),
            traffic.Dropped + door.Sessions.Dropped, traffic.HeldBack,
            new FlowView(traffic.In.Sum, traffic.BytesIn, Math.Round(rates.MessagesIn, 2), Math.Round(rates.BytesIn, 2)),
            new FlowView(traffic.Out.Sum, traffic.BytesOut, Math.Round(rates.MessagesOut, 2), Math.Round(rates.BytesOut, 2)),
            [.. door.Bounds.Holdings.Organisations.Where(organisation => organisation.Connections > 0).OrderBy(organisation => organisation.Name, StringComparer.Ordinal)
                .Select(organisation => new HeldByOrganisationView(organisation.Name, organisation.Connections, organisation.Subscriptions))]);
    }

    internal static int Compare(ClientSession one, ClientSession other) =>
        string.CompareOrdinal(one.ClientId, other.ClientId) is var order and not 0 ? order : string.CompareOrdinal(one.Key, other.Key);

    private bool Passes(ClientSession session, ClientFilter filter)
    {
        if (filter.Thing is { } thing && session.Caller.Thing != thing) return false;
        var connection = session.Connection;
        if (filter.State switch
            {
                "connected" => connection is null,
                "away" => connection is not null,
                "slow" => connection is not { Figures.IsSlow: true },
                _ => false,
            }) return false;
        return filter.Text is not { Length: > 0 } text || Contains(session.ClientId, text) || Contains(session.Caller.Name, text)
            || (session.Caller.Thing is { } own && things.Find(own)?.Name is { } name && LocalizedText.Languages.Any(language => Contains(name.For(language), text)))
            || (connection?.Facts?.Remote is { } remote && Contains(remote.ToString(), text));
    }

    private static bool Contains(string where, string text) => where.Contains(text, StringComparison.OrdinalIgnoreCase);
}
