using Wanwu.Connect.Intake;
using Wanwu.Registry;
using Wanwu.Registry.Mappings;
using Wanwu.Security.Access;
using Wanwu.Telemetry;

namespace Wanwu.Connect.Mqtt.Mappings;

/// <summary>A thing a mapping has named, as the publisher may report for it; or why it may not.</summary>
internal sealed class MappedFind
{
    /// <summary>Version of <see cref="MessageIntake"/> at which this was worked out.</summary>
    public long Version { get; set; } = -1;
    public ReportingThing? Thing { get; set; }
    public RefusalReason Reason { get; set; }
    public string Detail { get; set; } = "";
    /// <summary>No thing is known by that name; it may be registered.</summary>
    public bool IsUnknown { get; set; }
    /// <summary>Why it could not be registered a moment ago: the message is refused with it, and the next one tries again.</summary>
    public string? Fault { get; set; }

    public void Refuse(RefusalReason reason, string detail, bool unknown = false) => (Thing, Reason, Detail, IsUnknown) = (null, reason, detail, unknown);
}

/// <summary>Finds the things that one mapping's messages from one publisher are about, and remembers them.</summary>
/// <remarks>Belongs to the connection's reading loop. What a thing has learned stands while the registry's entry of it does.</remarks>
internal sealed class MappedThings(MessageIntake intake, Caller caller, MappedThing how, SeriesTable? into = null, Func<string, ThingEntry>? imagine = null)
{
    private const int MaxKept = 4096;
    private readonly Dictionary<string, MappedFind> _found = new(StringComparer.Ordinal);

    /// <summary>Whose messages they are.</summary>
    public Caller Publisher => caller;

    /// <param name="name">What the mapping's expression came to; nothing counts where the publisher itself is meant.</param>
    public MappedFind Find(string name)
    {
        if (!_found.TryGetValue(name, out var found))
        {
            if (_found.Count >= MaxKept) _found.Clear();
            _found.Add(name, found = new MappedFind());
        }
        if (found.Version != intake.Version) Resolve(name, found);
        return found;
    }

    private void Resolve(string name, MappedFind found)
    {
        found.Version = intake.Version;
        var entry = Look(name, found);
        if (entry is null)
        {
            if (found.IsUnknown && imagine?.Invoke(name) is { } imagined) found.Thing = new ReportingThing(imagined, into!.Of(imagined.Id), intake.Reader.MaxPropertiesPerThing);
            return;
        }
        if (ReferenceEquals(found.Thing?.Entry, entry) && intake.Rules.May(caller, Permission.Report, entry)) return;
        found.Thing = intake.Open(caller, entry.Id, out var reason, out var detail, into);
        (found.Reason, found.Detail, found.IsUnknown) = (reason, detail, false);
    }

    private ThingEntry? Look(string name, MappedFind found) => how.Source switch
    {
        ThingSource.Publisher => LookAtPublisher(found),
        ThingSource.Identifier => LookByIdentifier(name, found),
        _ => LookByLocalName(name, found),
    };

    private ThingEntry? LookAtPublisher(MappedFind found)
    {
        if (caller.Thing is { } own && intake.Things.Find(own) is { } entry) return entry;
        return Refuse(found, RefusalReason.UnknownThing, $"'{caller.Name}' is no thing, and the mapping reports for the thing that publishes.");
    }

    private ThingEntry? LookByIdentifier(string name, MappedFind found)
    {
        var check = how.Scheme!.Check(name);
        if (check.Value is null)
            return Refuse(found, RefusalReason.UnknownThing, $"'{ThingRules.Short(name)}' is no identifier of the scheme {how.Scheme.Name}: {check.Fault}");
        return intake.Things.FindByIdentifier(how.Scheme.Name, check.Value)
            ?? Refuse(found, RefusalReason.UnknownThing, $"No thing bears {how.Scheme.Name}:{check.Value}. Create it with that identifier, or let the mapping register it.", unknown: true);
    }

    private ThingEntry? LookByLocalName(string name, MappedFind found)
    {
        if ((how.Gateway ?? caller.Thing) is not { } gateway)
            return Refuse(found, RefusalReason.UnknownThing, $"'{caller.Name}' is no gateway: name one in the mapping's thing.gateway.");
        return intake.Things.FindByLocalName(gateway, name)
            ?? Refuse(found, RefusalReason.UnknownThing,
                $"No thing behind the gateway {gateway} has the label {ThingLabels.LocalName} '{ThingRules.Short(name)}'. Create it with that label, or let the mapping register it.", unknown: true);
    }

    private static ThingEntry? Refuse(MappedFind found, RefusalReason reason, string detail, bool unknown = false)
    {
        found.Refuse(reason, detail, unknown);
        return null;
    }
}
