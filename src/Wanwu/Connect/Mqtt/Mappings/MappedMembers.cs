using System.Text.Json;
using Wanwu.Connect.Intake;
using Wanwu.Registry.Mappings;
using Wanwu.Things;
using Wanwu.Things.Expressions;

namespace Wanwu.Connect.Mqtt.Mappings;

/// <summary>Takes the members of an object as properties of their own names.</summary>
/// <remarks>Left out: what the thing's model does not have, what an earlier value has named, objects and arrays, and texts and booleans where only numbers are taken.</remarks>
internal static class MappedMembers
{
    public static void Read(MappedValue mapped, in ExpressionScope scope, in Report report)
    {
        var place = mapped.Value.Locate(scope, out var json);
        if (place.Kind != JsonTokenType.StartObject) return;
        var members = place.Of(json);
        var reader = new Utf8JsonReader(members, new JsonReaderOptions { MaxDepth = 32 });
        Span<byte> name = stackalloc byte[PropertyName.MaxLength * 8];
        mapped.Prefix.CopyTo(name);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var raw = reader;
            reader.Read();
            if (Takes(mapped, raw, reader.TokenType)) ReadMember(mapped, raw, reader, name, members, report);
            reader.Skip();
        }
    }

    private static bool Takes(MappedValue mapped, in Utf8JsonReader name, JsonTokenType kind)
    {
        if (kind is JsonTokenType.StartObject or JsonTokenType.StartArray || (!mapped.TakesAll && kind != JsonTokenType.Number)) return false;
        if (name.ValueSpan.Length > PropertyName.MaxLength * 6 || !JsonEscapes.AreSound(name.ValueSpan)) return false;
        foreach (var except in mapped.Except)
            if (name.ValueTextEquals(except)) return false;
        return true;
    }

    private static void ReadMember(MappedValue mapped, in Utf8JsonReader raw, Utf8JsonReader value, Span<byte> name, ReadOnlySpan<byte> members, in Report report)
    {
        ReadOnlySpan<byte> full = name[..(mapped.Prefix.Length + raw.CopyString(name[mapped.Prefix.Length..]))];
        if (report.Thing.Entry.Model is { } model && !model.TryGetProperty(full, out _)) return;
        if (!report.TryFindSlot(full, out var slot) || !report.IsFirst(slot)) return;
        if (ValueReader.TryRead(ref value, members, slot.Model, out var read, out var detail) is { } reason) report.Refuse(reason, detail, slot);
        else report.Add(slot, read);
    }
}
