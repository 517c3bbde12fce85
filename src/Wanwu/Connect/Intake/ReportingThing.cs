using System.Diagnostics.CodeAnalysis;
using System.Text;
using Wanwu.Registry;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Intake;

/// <summary>One property of a reporting thing: found by the bytes of its name, with the series it goes to and the model it is held against.</summary>
internal sealed class PropertySlot(byte[] nameUtf8, Series series, ModelProperty? model)
{
    public byte[] NameUtf8 { get; } = nameUtf8;
    public Series Series { get; } = series;
    public ModelProperty? Model { get; } = model;
    /// <summary>The report that last used the name: a second use in the same report is a duplicate.</summary>
    public long SeenIn { get; set; }
    /// <summary>The report for which <see cref="Quality"/> was given.</summary>
    public long QualityIn { get; set; }
    public Quality Quality { get; set; }
}

/// <summary>A thing as a session sees it while it reports: the registry's entry at one version, and every property it has used.</summary>
/// <remarks>
/// Belongs to one reading loop. A device sends its properties in the same order each time, so the next name is first compared with the one that came next
/// in the last report: no hash, no string, no allocation for a report like the one before.
/// </remarks>
internal sealed class ReportingThing
{
    private const int MaxSlots = 4096;
    private readonly List<PropertySlot> _slots = [];
    private readonly Dictionary<byte[], int> _byName = new(Wanwu.Protocols.Mqtt.BytesComparer.Instance);
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;
    private readonly int _maxProperties;
    private int _next;
    private long _report;

    public ReportingThing(ThingEntry entry, ThingSeries series, int maxProperties)
    {
        (Entry, Series, _maxProperties) = (entry, series, maxProperties);
        _bySpan = _byName.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public ThingEntry Entry { get; }
    public ThingSeries Series { get; }
    public ThingId Id => Entry.Id;

    /// <summary>Begins a report; names used from here on are compared with each other.</summary>
    public long BeginReport()
    {
        _next = 0;
        return ++_report;
    }

    public bool TryFind(ReadOnlySpan<byte> name, [NotNullWhen(true)] out PropertySlot? slot)
    {
        slot = null;
        if (_next < _slots.Count && name.SequenceEqual(_slots[_next].NameUtf8))
        {
            slot = _slots[_next++];
            return true;
        }
        if (!_bySpan.TryGetValue(name, out var index)) return false;
        slot = _slots[index];
        _next = index + 1;
        return true;
    }

    /// <summary>Makes room for a name not used before. The refusal says why not.</summary>
    public PropertySlot? Add(ReadOnlySpan<byte> name, out RefusalReason reason, out string detail)
    {
        (reason, detail) = (RefusalReason.UnknownProperty, "");
        ModelProperty? model = null;
        if (Entry.Model is { } known && !known.TryGetProperty(name, out model))
        {
            detail = $"The model {known.Id} has no property '{Show(name)}'. It has: {Names(known)}.";
            return null;
        }
        if (!PropertyName.TryParse(Encoding.UTF8.GetString(name[..Math.Min(name.Length, PropertyName.MaxLength * 4 + 1)]), null, out var property))
        {
            reason = RefusalReason.BadPropertyName;
            detail = $"'{Show(name)}' is not a property name: 1 to {PropertyName.MaxLength} letters, digits and _ - . : ~ @ % ( ).";
            return null;
        }
        if (!Series.TryFind(name, out var series))
        {
            if (model is null && Series.All.Length >= _maxProperties)
            {
                reason = RefusalReason.TooManyValues;
                detail = $"The thing already has {_maxProperties} properties. Give it a model, or raise Connect:Intake:MaxPropertiesPerThing.";
                return null;
            }
            series = Series.GetOrAdd(property);
        }
        series.Plausible = model?.Affordance.Plausibility;
        return Keep(new PropertySlot(name.ToArray(), series, model));
    }

    /// <summary>The place of an event's observations: a series of the event's name.</summary>
    public PropertySlot? FindEvent(ReadOnlySpan<byte> name, out RefusalReason reason, out string detail)
    {
        (reason, detail) = (RefusalReason.BadPropertyName, $"'{Show(name)}' is not an event's name: 1 to {PropertyName.MaxLength} letters, digits and _ - . : ~ @ % ( ).");
        if (!PropertyName.TryParse(Encoding.UTF8.GetString(name[..Math.Min(name.Length, PropertyName.MaxLength * 4 + 1)]), null, out var property)) return null;
        if (Entry.Model is { } model && model.TryGetProperty(name, out _))
        {
            (reason, detail) = (RefusalReason.UnknownProperty, $"'{property}' is a property in the model {model.Id}, not an event: report it to v1/report.");
            return null;
        }
        if (Entry.Model is { } known && !known.HasEvent(property.ToString()))
        {
            (reason, detail) = (RefusalReason.UnknownProperty, $"The model {known.Id} has no event '{property}'.");
            return null;
        }
        if (Series.TryFind(name, out var series)) return new PropertySlot(series.NameUtf8, series, null);
        if (Series.All.Length < _maxProperties) return new PropertySlot(name.ToArray(), Series.GetOrAdd(property), null);
        (reason, detail) = (RefusalReason.TooManyValues, $"The thing already has {_maxProperties} properties and events.");
        return null;
    }

    private PropertySlot Keep(PropertySlot slot)
    {
        if (_slots.Count >= MaxSlots)
        {
            _slots.Clear();
            _byName.Clear();
        }
        _byName[slot.NameUtf8] = _slots.Count;
        _slots.Add(slot);
        _next = _slots.Count;
        return slot;
    }

    internal static string Show(ReadOnlySpan<byte> name) => Encoding.UTF8.GetString(name.Length > 64 ? name[..64] : name);

    private static string Names(ModelEntry model) =>
        string.Join(", ", model.Properties.Take(12).Select(property => property.Name.ToString())) + (model.Properties.Count > 12 ? ", …" : "");
}
