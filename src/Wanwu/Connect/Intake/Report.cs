using System.Text.Json;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Intake;

/// <summary>A message while it is being read: whose it is, how late its times may be, and where its observations go.</summary>
internal ref struct Report(ReportingThing thing, Timestamp received, Timestamp latest, ReportBuffer into, ReadOnlySpan<byte> payload)
{
    private long _number;

    public readonly ReportingThing Thing => thing;
    public readonly Timestamp Received => received;
    /// <summary>A time after this one is in the future.</summary>
    public readonly Timestamp Latest => latest;
    public readonly ReportBuffer Into => into;
    public readonly ReadOnlySpan<byte> Payload { get; } = payload;
    /// <summary>False for the common report: a search for a word is cheaper than a look ahead.</summary>
    public readonly bool MayHaveEnvelope { get; } = payload.IndexOf("\"values\""u8) >= 0;

    /// <summary>The time of what is read next.</summary>
    public Timestamp Time { get; set; }
    /// <summary>The quality of what is read next, unless the value has its own.</summary>
    public Quality Quality { get; set; } = Quality.Good;

    /// <summary>Begins one report of the message: a name may be used once from here on.</summary>
    public void Begin(Timestamp time)
    {
        _number = thing.BeginReport();
        (Time, Quality) = (time, Quality.Good);
    }

    /// <summary>Reads a member from its name to the end of its value.</summary>
    public readonly void ReadProperty(ref Utf8JsonReader reader)
    {
        if (!TryFindSlot(ref reader, out var slot))
        {
            reader.Read();
            reader.Skip();
            return;
        }
        reader.Read();
        if (!IsFirst(slot))
        {
            Refuse(RefusalReason.Malformed, $"'{slot.Series.Property}' appears twice in one report; the first value stands.", slot);
            reader.Skip();
            return;
        }
        if (ValueReader.TryRead(ref reader, Payload, slot.Model, out var value, out var detail) is { } reason) Refuse(reason, detail, slot);
        else Add(slot, value);
    }

    /// <summary>Whether the slot has had no value in this report yet; from now on it has.</summary>
    public readonly bool IsFirst(PropertySlot slot)
    {
        if (slot.SeenIn == _number) return false;
        slot.SeenIn = _number;
        return true;
    }

    public readonly void Add(PropertySlot slot, Value value)
    {
        var quality = slot.QualityIn == _number ? slot.Quality : Quality;
        if (quality == Qualities.Unreadable)
        {
            Refuse(RefusalReason.BadQuality, $"The quality of '{slot.Series.Property}' is none of {Qualities.Names}.", slot);
            return;
        }
        if (value.Kind == ValueKind.None && quality == Quality.Good) quality = Quality.Missing;
        into.Add(new Observation(slot.Series, Time, value, quality));
    }

    /// <summary>Reads a name; the quality of its value follows in the same report.</summary>
    public readonly void SetQuality(PropertySlot slot, Quality quality) => (slot.Quality, slot.QualityIn) = (quality, _number);

    /// <summary>Finds the slot of the name the reader stands on, without refusing what has none.</summary>
    public readonly PropertySlot? FindSlot(ref Utf8JsonReader reader)
    {
        var name = reader.ValueSpan;
        return reader.ValueIsEscaped || thing.TryFind(name, out var slot) is false && (slot = thing.Add(name, out _, out _)) is null ? null : slot;
    }

    /// <summary>Finds the slot of the name the reader stands on, or refuses the name.</summary>
    public readonly bool TryFindSlot(ref Utf8JsonReader reader, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PropertySlot? slot)
    {
        if (!reader.ValueIsEscaped) return TryFindSlot(reader.ValueSpan, out slot);
        slot = null;
        Span<byte> name = stackalloc byte[PropertyName.MaxLength * 6];
        if (reader.ValueSpan.Length <= name.Length && JsonEscapes.AreSound(reader.ValueSpan))
            return TryFindSlot(name[..reader.CopyString(name)], out slot);
        into.Refuse(RefusalReason.BadPropertyName, $"'{ReportingThing.Show(reader.ValueSpan)}' is not a property name.", Payload);
        return false;
    }

    public readonly bool TryFindSlot(scoped ReadOnlySpan<byte> name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PropertySlot? slot)
    {
        if (thing.TryFind(name, out slot)) return true;
        slot = thing.Add(name, out var reason, out var detail);
        if (slot is not null) return true;
        into.Refuse(reason, detail, Payload, ReportingThing.Show(name));
        return false;
    }

    public readonly void Refuse(RefusalReason reason, string detail, PropertySlot slot) => into.Refuse(reason, detail, Payload, slot.Series.Property.ToString());
}
