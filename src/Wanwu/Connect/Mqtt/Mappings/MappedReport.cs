using System.Text;
using Wanwu.Connect.Intake;
using Wanwu.Registry.Mappings;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Things;
using Wanwu.Things.Expressions;

namespace Wanwu.Connect.Mqtt.Mappings;

/// <summary>Turns one message, or one element of its array, into observations of the thing it is about.</summary>
internal ref struct MappedReport(MessageIntake intake, MappedRoute route, Timestamp received, ReportBuffer into, ReadOnlySpan<byte> payload)
{
    private readonly ReadOnlySpan<byte> _payload = payload;

    private readonly Mapping Mapping => route.Mapping;

    public readonly bool IsFull => intake.Reader.IsOverfull(_payload, into);

    public readonly void RefuseWhole(string detail) => into.Refuse(RefusalReason.Malformed, detail, _payload);

    public readonly void Read(in ExpressionScope scope)
    {
        if (FindThing(scope) is not { } thing) return;
        into.BeginPart(thing.Id);
        var report = intake.Reader.Begin(_payload, thing, received, into);
        var before = into.Count;
        if (MappedTimes.TryRead(Mapping.Time, scope, thing, report.Latest, out var time, out var detail) is { } reason)
        {
            into.Refuse(reason, detail, _payload, count: Math.Max(1, CountThere(scope)));
            return;
        }
        report.Begin(time ?? thing.Series.NextTime(received));
        if (Mapping.Quality is { } quality) report.Quality = ReadQuality(quality, scope);
        foreach (var value in Mapping.Values)
        {
            if (value.IsMembers) MappedMembers.Read(value, scope, report);
            else ReadValue(value, scope, report);
        }
        if (into.Count == before) RefuseWhole($"The message has none of the values the mapping '{route.Entry.Id}' looks for: {Sources()}.");
    }

    private readonly ReportingThing? FindThing(in ExpressionScope scope)
    {
        var name = "";
        if (Mapping.Thing.Value is { } expression)
        {
            var value = expression.Evaluate(scope);
            if (value.Kind is not (OperandKind.Text or OperandKind.Number))
            {
                into.Refuse(RefusalReason.UnknownThing, value.IsFault ? value.Text! : $"The name of the thing, {expression}, is {value} in this message.", _payload);
                return null;
            }
            name = value.Kind == OperandKind.Text ? value.Text! : value.ToString();
        }
        var found = route.Things.Find(name);
        if (found is { IsUnknown: true, Thing: null, Fault: { } fault }) found.Refuse(RefusalReason.UnknownThing, fault);
        else if (found is { IsUnknown: true, Thing: null } && Mapping.Register is { } register && MayRegister())
            route.Arrival ??= new DeviceArrival(route.Entry, route.Things.Publisher, name, TitleOf(register, scope, name), found);
        found.Fault = null;
        if (found.Thing is null) into.Refuse(found.Reason, found.Detail, _payload, count: Math.Max(1, CountThere(scope)));
        return found.Thing;
    }

    /// <summary>Only who may report for the thing afterwards: its gateway to be, or who may report for any.</summary>
    private readonly bool MayRegister() => route.Things.Publisher.Thing is { } own ? (Mapping.Thing.Gateway ?? own) == own : intake.Rules.May(route.Things.Publisher, Permission.Report);

    private static string TitleOf(MappedRegistration register, in ExpressionScope scope, string name) =>
        DeviceArrivals.TitleOf(register.Name?.Evaluate(scope) is { Kind: OperandKind.Text } title ? title.Text! : name);

    private static void ReadValue(MappedValue value, in ExpressionScope scope, in Report report)
    {
        if (!MappedValues.IsThere(value, scope) || !report.TryFindSlot(value.NameUtf8, out var slot)) return;
        report.IsFirst(slot);
        if (MappedValues.TryRead(value, scope, slot.Model, out var read, out var detail) is { } reason) report.Refuse(reason, detail, slot);
        else report.Add(slot, read);
    }

    private static Quality ReadQuality(MappedQuality quality, in ExpressionScope scope)
    {
        var value = quality.Value.Evaluate(scope);
        if (value.Kind is OperandKind.Nothing or OperandKind.Null) return Quality.Good;
        var name = value.Kind == OperandKind.Text ? value.Text! : value.ToString();
        if (quality.Map is { } map) name = map.TryFind(name, out var mapped) && mapped.Kind == ValueKind.Text ? mapped.AsText : "";
        return Qualities.TryParse(Encoding.UTF8.GetBytes(name), out var read) ? read : Qualities.Unreadable;
    }

    /// <summary>How many observations are lost with the message, as far as it can be told.</summary>
    private readonly int CountThere(in ExpressionScope scope)
    {
        var count = 0;
        foreach (var value in Mapping.Values)
            if (value.IsMembers || MappedValues.IsThere(value, scope)) count++;
        return count;
    }

    private readonly string Sources() =>
        string.Join(", ", Mapping.Values.Take(8).Select(value => value.Value.Source)) + (Mapping.Values.Count > 8 ? ", …" : "");
}
