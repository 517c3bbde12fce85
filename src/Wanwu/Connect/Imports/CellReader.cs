using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Wanwu.Connect.Intake;
using Wanwu.Registry;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Imports;

/// <summary>Reads a field of a table as the value of a property and holds it against the model.</summary>
internal sealed class CellReader(bool decimalComma)
{
    private readonly byte[] _number = new byte[64];

    /// <summary>Null: it may be stored; otherwise why not, and in <paramref name="detail"/> what to do.</summary>
    public RefusalReason? TryRead(ReadOnlySpan<byte> cell, string? unit, ModelProperty? model, out Value value, out string detail)
    {
        detail = "";
        var trimmed = cell.Trim(" \t"u8);
        if (model?.Kind != ValueKind.Text && TryReadPlain(trimmed, model, out value))
        {
            if (unit is null) return model is null ? null : ValueReader.Check(ref value, model, out detail);
            return Convert(unit, model, ref value, out detail);
        }
        if (model?.Kind != ValueKind.Text && trimmed is [(byte)'{' or (byte)'[', ..]) return TryReadJson(trimmed, model, out value, out detail);
        return TryReadText(cell, model, out value, out detail);
    }

    private bool TryReadPlain(ReadOnlySpan<byte> cell, ModelProperty? model, out Value value)
    {
        value = default;
        if (cell.IsEmpty) return false;
        if (cell[0] > '9')
        {
            if (!Utf8Parser.TryParse(cell, out bool boolean, out var read) || read != cell.Length) return false;
            value = Value.OfBoolean(boolean);
            return true;
        }
        if (cell[0] == '+') cell = cell[1..];
        if (decimalComma) cell = WithPoint(cell);
        if (model?.Kind != ValueKind.Number && Utf8Parser.TryParse(cell, out long integer, out var all) && all == cell.Length)
        {
            value = Value.OfInteger(integer);
            return true;
        }
        if (!Utf8Parser.TryParse(cell, out double number, out all) || all != cell.Length || !double.IsFinite(number)) return false;
        value = Value.OfNumber(number);
        return true;
    }

    private ReadOnlySpan<byte> WithPoint(ReadOnlySpan<byte> cell)
    {
        if (cell.Length > _number.Length) return cell;
        cell.CopyTo(_number);
        var copy = _number.AsSpan(0, cell.Length);
        copy.Replace((byte)',', (byte)'.');
        return copy;
    }

    private static RefusalReason? Convert(string unit, ModelProperty? model, ref Value value, out string detail)
    {
        if (model?.Unit is null)
        {
            detail = $"A value in '{ImportText.Show(Encoding.UTF8.GetBytes(unit))}' needs a model that gives the property a unit; without one, leave the unit out.";
            return RefusalReason.WrongUnit;
        }
        if (value.Kind is not (ValueKind.Number or ValueKind.Integer)) return ValueReader.Check(ref value, model, out detail);
        var reason = QuantityReader.TryConvert(value.AsNumber, unit, senML: false, model, out value, out detail);
        return reason ?? ValueReader.Check(ref value, model, out detail);
    }

    private static RefusalReason? TryReadText(ReadOnlySpan<byte> cell, ModelProperty? model, out Value value, out string detail)
    {
        (value, detail) = (default, "");
        var text = Encoding.UTF8.GetString(cell);
        if (text.Length > Value.MaxTextLength)
        {
            detail = $"The text has {text.Length} characters; at most {Value.MaxTextLength} are kept.";
            return RefusalReason.TooLarge;
        }
        value = Value.OfText(text);
        return model is null ? null : ValueReader.Check(ref value, model, out detail);
    }

    private static RefusalReason? TryReadJson(ReadOnlySpan<byte> cell, ModelProperty? model, out Value value, out string detail)
    {
        (value, detail) = (default, "");
        try
        {
            var reader = new Utf8JsonReader(cell, new JsonReaderOptions { MaxDepth = 16 });
            reader.Read();
            var reason = ValueReader.TryRead(ref reader, cell, model, out value, out detail);
            // Behind the value there may be nothing more.
            if (reason is null) reader.Read();
            return reason;
        }
        catch (JsonException)
        {
            detail = "The field begins like JSON and is none.";
            return RefusalReason.BrokenJson;
        }
    }
}
