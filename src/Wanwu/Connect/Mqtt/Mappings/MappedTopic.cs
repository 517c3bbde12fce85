using Wanwu.Connect.Intake;
using Wanwu.Registry.Mappings;
using Wanwu.Security.Access;

namespace Wanwu.Connect.Mqtt.Mappings;

/// <summary>One mapping for one publisher's topic.</summary>
internal sealed class MappedRoute(MappingEntry entry, string[] captures, MappedThings things)
{
    public MappingEntry Entry => entry;
    public Mapping Mapping => entry.Mapping;
    public string[] Captures => captures;
    public MappedThings Things => things;
    /// <summary>The device the last message was about, if it is to be registered before the message is read again.</summary>
    public DeviceArrival? Arrival { get; set; }
}

/// <summary>The mappings that read one topic for one publisher, in the order in which they are asked. Worked out once, and anew when the registry changes.</summary>
/// <remarks>Belongs to the connection's reading loop.</remarks>
internal sealed class MappedTopic
{
    private readonly MappedRoute[] _routes;

    private MappedTopic(MappedRoute[] routes) => _routes = routes;

    public ReadOnlySpan<MappedRoute> Routes => _routes;

    /// <summary>The device that must be registered before the last message is read again. Asked once.</summary>
    public DeviceArrival? TakeArrival()
    {
        foreach (var route in _routes)
        {
            if (route.Arrival is not { } arrival) continue;
            route.Arrival = null;
            return arrival;
        }
        return null;
    }

    /// <param name="before">What was worked out for the topic last time: routes whose mapping is the same go on.</param>
    /// <returns>Null when no mapping reads the topic for the caller.</returns>
    public static MappedTopic? Resolve(MessageIntake intake, Caller caller, ReadOnlySpan<byte> topic, MappedTopic? before)
    {
        List<MappedRoute>? routes = null;
        foreach (var entry in intake.Things.Mappings.Enabled)
        {
            if (!entry.Mapping.Topic.TryMatch(topic, out var captures) || !entry.Mapping.From.Allow(caller, intake.Things)) continue;
            (routes ??= []).Add(Array.Find(before?._routes ?? [], route => route.Entry == entry) ?? new MappedRoute(entry, captures, new MappedThings(intake, caller, entry.Mapping.Thing)));
        }
        return routes is null ? null : new MappedTopic([.. routes]);
    }

    /// <summary>Under which condition each mapping takes a message.</summary>
    public string Conditions() => string.Join("; ", _routes.Take(4).Select(route => $"'{route.Entry.Id}' takes those with {route.Mapping.When?.Source ?? "what it looks for"}"));

    /// <summary>The topic for one mapping alone, that need not be saved.</summary>
    public static MappedTopic Of(MappedRoute route) => new([route]);
}
