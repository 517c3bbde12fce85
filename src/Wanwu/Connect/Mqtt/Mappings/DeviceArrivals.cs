using Wanwu.Connect.Intake;
using Wanwu.Registry;
using Wanwu.Registry.Mappings;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt.Mappings;

/// <summary>A device that a mapping has heard of for the first time.</summary>
/// <param name="Name">What the mapping's expression came to: identifier or local name.</param>
/// <param name="Title">What people will call it.</param>
internal sealed record DeviceArrival(MappingEntry Entry, Caller Publisher, string Name, string Title, MappedFind Found);

/// <summary>Registers devices that are heard of for the first time, where the mapping says so. The message that brought one waits until it is a thing.</summary>
/// <remarks>One at a time: two connections that hear of the same device make one thing of it.</remarks>
internal sealed class DeviceArrivals(ThingChanges changes, MessageIntake intake) : IDisposable
{
    /// <summary>The label that says which mapping has registered a thing.</summary>
    public const string RegisteredBy = "registeredBy";
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Dictionary<string, (long Version, int Count)> _counted = new(StringComparer.Ordinal);

    public MessageIntake Intake => intake;

    /// <summary>Makes the thing, or notes why not, so that the message is refused with that reason when it is read again.</summary>
    public async Task RegisterAsync(DeviceArrival arrival, CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        try
        {
            if (FindNow(arrival) is not null || await TryRegisterAsync(arrival, stop) is not { } fault) return;
            arrival.Found.Refuse(RefusalReason.UnknownThing, fault);
            arrival.Found.Fault = fault;
        }
        finally
        {
            _turn.Release();
        }
    }

    private ThingEntry? FindNow(DeviceArrival arrival)
    {
        var how = arrival.Entry.Mapping.Thing;
        if (how.Source == ThingSource.LocalName)
            return GatewayOf(arrival) is { } gateway ? intake.Things.FindByLocalName(gateway, arrival.Name) : null;
        return how.Scheme!.Check(arrival.Name).Value is { } value ? intake.Things.FindByIdentifier(how.Scheme.Name, value) : null;
    }

    private async Task<string?> TryRegisterAsync(DeviceArrival arrival, CancellationToken stop)
    {
        var register = arrival.Entry.Mapping.Register!;
        if (Count(arrival.Entry.Id) >= register.AtMost)
            return $"The mapping '{arrival.Entry.Id}' has registered {register.AtMost} things, as many as its register.atMost allows; '{ThingRules.Short(arrival.Name)}' is one more.";
        if (ThingRules.FaultOfLabelValue(arrival.Name) is { } fault) return $"'{ThingRules.Short(arrival.Name)}' could not be registered: {fault}";
        var result = await changes.CreateAsync(DraftOf(arrival), stop);
        return result.Outcome == ThingOutcome.Done ? null
            : $"'{ThingRules.Short(arrival.Name)}' could not be registered: {string.Join(" ", result.Faults!.All.Select(fault => fault.Value[0]))}";
    }

    /// <summary>How many things in use the mapping has registered. Counted anew when the registry has changed.</summary>
    private int Count(string mapping)
    {
        var all = intake.Things.Snapshot;
        if (_counted.TryGetValue(mapping, out var known) && known.Version == all.Version) return known.Count;
        var count = 0;
        for (var slot = 0; slot < all.Count; slot++)
            if (!all[slot].IsRetired && all[slot].Labels.TryGetValue(RegisteredBy, out var by) && by == mapping) count++;
        if (_counted.Count >= TopicMappings.Most) _counted.Clear();
        _counted[mapping] = (all.Version, count);
        return count;
    }

    private static ThingId? GatewayOf(DeviceArrival arrival) => arrival.Entry.Mapping.Thing.Gateway ?? arrival.Publisher.Thing;

    /// <summary>The new thing stands behind its gateway, belongs to the gateway's organisation and lies in its region.</summary>
    private ThingDraft DraftOf(DeviceArrival arrival)
    {
        var how = arrival.Entry.Mapping.Thing;
        var draft = ThingDraft.Named(LocalizedText.Of(arrival.Title));
        List<KeyValuePair<string, string?>> labels = [new(RegisteredBy, arrival.Entry.Id)];
        if (arrival.Entry.Mapping.Register!.Model is { } model) draft.Model = model;
        if (how.Source == ThingSource.LocalName) labels.Add(new(ThingLabels.LocalName, arrival.Name));
        else draft.Identifiers = new([Identifier.Create(how.Scheme!.Name, arrival.Name)]);
        draft.Labels = labels;
        if (GatewayOf(arrival) is not { } gateway || intake.Things.Find(gateway) is not { } entry) return draft;
        draft.Gateway = gateway;
        if (entry.Organisation is { } organisation) draft.Organisation = organisation;
        if (entry.Region is { } region) draft.Region = region;
        if (entry.HasOwnZone) draft.Zone = entry.Zone.Id;
        return draft;
    }

    /// <summary>What a thing registered that way would be, for a trial.</summary>
    public static ThingEntry Imagine(MessageIntake intake, Mapping mapping, string title, Caller publisher)
    {
        var gateway = (mapping.Thing.Gateway ?? publisher.Thing) is { } id ? intake.Things.Find(id) : null;
        return new ThingEntry
        {
            Id = ThingId.New(intake.Clock), Name = LocalizedText.Of(title), Zone = gateway?.Zone ?? TimeZoneInfo.Utc,
            Model = mapping.Register!.Model is { } model ? intake.Things.Models.GetValueOrDefault(model) : null,
        };
    }

    /// <summary>A name people can read, whatever the message holds.</summary>
    public static string TitleOf(string text)
    {
        var title = new string([.. text.Where(c => !char.IsControl(c) && !char.IsSurrogate(c)).Take(ThingRules.MaxName)]).Trim();
        return title.Length == 0 ? "?" : title;
    }

    public void Dispose() => _turn.Dispose();
}
