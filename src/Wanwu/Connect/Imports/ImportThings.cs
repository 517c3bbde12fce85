using System.Text;
using Wanwu.Connect.Intake;
using Wanwu.Protocols.Mqtt;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Imports;

/// <summary>A name of a file and what it stands for: a thing that the importer may report for, or why there is none.</summary>
internal sealed record NamedThing(ReportingThing? Thing, RefusalReason Reason, string Detail);

/// <summary>The things a file names. Each name is looked up once, and again when the registry has changed.</summary>
/// <remarks>Belongs to one reading loop.</remarks>
/// <param name="scratch">Where a dry run keeps its series; null for those of the platform.</param>
internal sealed class ImportThings(MessageIntake intake, Caller caller, ColumnPlan plan, SeriesTable? scratch)
{
    private const int Most = 100_000, MaxName = 512;
    private readonly Dictionary<byte[], NamedThing> _found = new(BytesComparer.Instance);
    private readonly Dictionary<ThingId, NamedThing> _open = [];
    private long _version = -1;

    /// <param name="name">What stands in the line; not looked at where the mapping names the thing.</param>
    public NamedThing Find(ReadOnlySpan<byte> name)
    {
        if (plan.Mapping.Thing is not null) name = default;
        if (_version != intake.Version || _found.Count >= Most) Forget();
        if (_found.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out var found)) return found;
        return _found[name.ToArray()] = name.Length > MaxName ? Unknown("The name of the thing is too long.") : Look(plan.Mapping.Thing ?? Encoding.UTF8.GetString(name).Trim());
    }

    private void Forget()
    {
        _version = intake.Version;
        _found.Clear();
        _open.Clear();
    }

    private NamedThing Look(string name)
    {
        if (plan.Mapping.Things?.TryGetValue(name, out var meant) == true) name = meant;
        if (name.Length == 0) return Unknown("The line names no thing.");
        if (ThingId.TryParse(name, null, out var id)) return Open(id);
        if (plan.Scheme is { } scheme && scheme.Check(name).Value is { } value)
            return intake.Things.FindByIdentifier(scheme.Name, value) is { } known ? Open(known.Id) : Unknown($"No thing bears {scheme.Name}:{value}.");
        if (!Identifier.TryParse(name, out var identifier, out var fault))
            return Unknown($"'{ThingRules.Short(name)}' is neither a thing's id nor scheme:identifier. {(plan.Scheme is null ? "Give the scheme of such names, or say under things which thing is meant." : fault)}");
        return intake.Things.FindByIdentifier(identifier.Scheme.Name, identifier.Value) is { } bearer ? Open(bearer.Id) : Unknown($"No thing bears {ThingRules.Short(name)}.");
    }

    private NamedThing Open(ThingId id)
    {
        // Two names of one thing share its slots: a value under either is of the same series.
        if (_open.TryGetValue(id, out var open)) return open;
        var thing = intake.Open(caller, id, out var reason, out var detail, scratch);
        return _open[id] = new NamedThing(thing, reason, detail);
    }

    private static NamedThing Unknown(string detail) => new(null, RefusalReason.UnknownThing, detail);
}
