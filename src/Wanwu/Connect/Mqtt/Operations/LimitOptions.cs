using System.ComponentModel.DataAnnotations;

namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>What one MQTT client, one caller and one organisation may take of the server, and how fast newcomers are let in. 0 means no limit of that kind. Section <c>Connect:Mqtt:Limits</c>.</summary>
internal sealed record LimitOptions
{
    /// <summary>Messages a second that are read from one client; one that sends more is read from more slowly, and nothing of it is lost. A second's worth may come at once.</summary>
    [Range(0, 10_000_000)] public int MessagesPerSecond { get; init; }

    /// <summary>Bytes a second that are read from one client, in the same way.</summary>
    [Range(0, int.MaxValue)] public int BytesPerSecond { get; init; }

    /// <summary>Connections one caller (a thing, a program, a person) may have at a time; further ones are answered 0x97.</summary>
    [Range(0, 1_000_000)] public int ConnectionsPerCaller { get; init; }

    /// <summary>Sessions one caller may have, connected or not; a further client identifier is answered 0x97.</summary>
    [Range(0, 1_000_000)] public int SessionsPerCaller { get; init; } = 20_000;

    /// <summary>Connections the things of one organisation may have together; further ones are answered 0x97.</summary>
    [Range(0, 1_000_000)] public int OrganisationConnections { get; init; }

    /// <summary>Messages a second that are read from all things of one organisation together; beyond it each of them is read from more slowly.</summary>
    [Range(0, 10_000_000)] public int OrganisationMessagesPerSecond { get; init; }

    /// <summary>Bytes a second that are read from all things of one organisation together, in the same way.</summary>
    [Range(0, int.MaxValue)] public int OrganisationBytesPerSecond { get; init; }

    /// <summary>Topic filters the things of one organisation may have subscribed together; further ones are answered 0x97.</summary>
    [Range(0, 10_000_000)] public int OrganisationSubscriptions { get; init; }

    /// <summary>CONNECTs answered in a second; more wait their turn, and who would wait longer than half of <c>Connect:Mqtt:ConnectTimeoutSeconds</c> is answered 0x9F.</summary>
    [Range(0, 1_000_000)] public int ConnectsPerSecond { get; init; } = 10_000;

    /// <summary>Connections that have not signed in yet. When there are more, the one that has been silent longest makes room; when all have sent their CONNECT, a further one is closed.</summary>
    [Range(1, 1_000_000)] public int UnauthenticatedConnections { get; init; } = 10_000;

    /// <summary>Credentials that are checked at the same time, of things, and of programs and people; more wait their turn, as with <c>ConnectsPerSecond</c>, and are answered 0x89. 0: two for every processor.</summary>
    [Range(0, 1_000)] public int ParallelSignIns { get; init; }

    internal int ChecksAtOnce => ParallelSignIns > 0 ? ParallelSignIns : Math.Max(4, 2 * Environment.ProcessorCount);
    internal bool LimitsRates => MessagesPerSecond > 0 || BytesPerSecond > 0 || OrganisationMessagesPerSecond > 0 || OrganisationBytesPerSecond > 0;
}
