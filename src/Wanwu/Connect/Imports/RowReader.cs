using System.Text;
using Wanwu.Connect.Intake;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Imports;

/// <summary>Makes observations of the lines of a table, held against the model as those of any other report.</summary>
/// <remarks>Belongs to one reading loop.</remarks>
internal sealed class RowReader(ColumnPlan plan, ImportThings things, ReportReader reports, string source)
{
    private readonly CellReader _cells = new(plan.Mapping.DecimalComma);
    private readonly TimeReader _times = new(plan.Mapping.TimeForm, plan.Zone);
    private readonly byte[] _joined = new byte[256];

    /// <summary>What the last line became.</summary>
    public ReportBuffer Row { get; } = new();

    /// <summary>Fields of the last line that had no value.</summary>
    public int Empty { get; private set; }

    public void Read(CsvRecords line, Timestamp received)
    {
        Empty = 0;
        Row.Begin(null, source);
        if (FaultOf(line) is { } fault)
        {
            Row.Refuse(RefusalReason.Malformed, fault, line.Raw);
            return;
        }
        var named = things.Find(line[Math.Max(0, plan.Thing)]);
        Row.Begin(named.Thing?.Id, source);
        if (named.Thing is null)
        {
            Row.Refuse(named.Reason, named.Detail, line.Raw);
            return;
        }
        if (_times.TryRead(TimeOf(line), named.Thing.Entry.Zone, out var time) is { } untimely)
        {
            Row.Refuse(RefusalReason.BadTime, untimely, line.Raw);
            return;
        }
        var report = reports.Begin(line.Raw, named.Thing, received, Row);
        if (ReportTime.Judge(time, report.Latest, out var detail) is { } reason)
        {
            Row.Refuse(reason, detail, line.Raw);
            return;
        }
        report.Begin(time);
        ReadValues(line, ref report);
    }

    private string? FaultOf(CsvRecords line) => line.Fault switch
    {
        RecordFault.TooLong => $"The line is longer than {CsvRecords.MaxRecord} bytes, or a quote is opened in it and never closed.",
        RecordFault.TooManyFields => $"The line has more than {CsvRecords.MaxFields} fields.",
        RecordFault.BrokenQuotes => "Something stands behind a closing quote: a quote within a quoted field is written twice.",
        _ => line.Count == plan.Fields ? null : $"The line has {line.Count} fields and the header {plan.Fields}.",
    };

    private ReadOnlySpan<byte> TimeOf(CsvRecords line)
    {
        if (plan.Time.Count == 1) return line[plan.Time[0]];
        var length = 0;
        foreach (var column in plan.Time)
        {
            var part = line[column];
            if (length + part.Length + 1 > _joined.Length) break;
            if (length > 0) _joined[length++] = (byte)'-';
            part.CopyTo(_joined.AsSpan(length));
            length += part.Length;
        }
        return _joined.AsSpan(0, length);
    }

    private void ReadValues(CsvRecords line, ref Report report)
    {
        var quality = plan.Quality < 0 ? default : line[plan.Quality].Trim(" \t"u8);
        if (!quality.IsEmpty) report.Quality = Qualities.TryParse(quality, out var known) ? known : Qualities.Unreadable;
        if (plan.Property < 0)
        {
            foreach (var column in plan.Values) ReadValue(line[column.Index], column.Property, column.Unit, isSaid: false, ref report);
            return;
        }
        if (plan.Kind >= 0 && line[plan.Kind] is { IsEmpty: false } kind)
        {
            ReadExact(kind, line[plan.Value], line[plan.Property], ref report);
            return;
        }
        var unit = plan.Unit < 0 ? default : line[plan.Unit].Trim(" \t"u8);
        // A quality beside nothing says why there is no value.
        ReadValue(line[plan.Value], line[plan.Property].Trim(" \t"u8), unit.IsEmpty ? null : Encoding.UTF8.GetString(unit), isSaid: !quality.IsEmpty, ref report);
    }

    private void ReadValue(ReadOnlySpan<byte> cell, ReadOnlySpan<byte> property, string? unit, bool isSaid, ref Report report)
    {
        var isEmpty = IsEmpty(cell);
        if (isEmpty && !isSaid)
        {
            Empty++;
            return;
        }
        if (!report.TryFindSlot(property, out var slot)) return;
        var value = Value.None;
        var detail = "";
        if (!report.IsFirst(slot)) report.Refuse(RefusalReason.Malformed, $"'{slot.Series.Property}' has two values in one line; the first one stands.", slot);
        else if (!isEmpty && _cells.TryRead(cell, unit, slot.Model, out value, out detail) is { } reason) report.Refuse(reason, detail, slot);
        else report.Add(slot, value);
    }

    /// <summary>A value whose kind is said: no field is empty, no text a number.</summary>
    private static void ReadExact(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> cell, ReadOnlySpan<byte> property, ref Report report)
    {
        if (!report.TryFindSlot(property, out var slot)) return;
        report.IsFirst(slot);
        if (!ValueKindNames.TryParse(kind, out var known))
            report.Refuse(RefusalReason.Malformed, $"'{ImportText.Show(kind)}' is no kind of value: {string.Join(", ", ValueKindNames.All)} are.", slot);
        else if (!ValueText.TryParse(known, cell, out var value))
            report.Refuse(RefusalReason.WrongType, $"'{ImportText.Show(cell)}' is not of the kind {ValueKindNames.NameOf(known)}.", slot);
        else if (known != ValueKind.None && slot.Model is { } model && ValueReader.Check(ref value, model, out var detail) is { } reason)
            report.Refuse(reason, detail, slot);
        else report.Add(slot, value);
    }

    private bool IsEmpty(ReadOnlySpan<byte> cell)
    {
        if (cell.IsEmpty) return true;
        foreach (var empty in plan.Empty)
            if (cell.SequenceEqual(empty)) return true;
        return false;
    }
}
