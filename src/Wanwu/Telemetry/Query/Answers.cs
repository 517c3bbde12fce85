using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query;

/// <summary>A page on its way out, in the form that was asked for: no object per row, no text of the whole.</summary>
/// <param name="columns">What a row has.</param>
/// <param name="next">The cursor of the next page, or null.</param>
/// <param name="rows">Writes row <c>i</c>; called once for each.</param>
internal sealed class PageAnswer(IReadOnlyList<Column> columns, int count, string? next, Action<RowWriter, int> rows) : IResult
{
    private const int SendAt = 1 << 20;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var format = AnswerFormats.Of(httpContext.Request, new QueryParameters(httpContext.Request.Query));
        using var answer = AnswerFormats.Open(format, columns);
        var (response, stop) = (httpContext.Response, httpContext.RequestAborted);
        response.ContentType = answer.ContentType;
        if (next is not null && format != AnswerFormat.Json) response.Headers["Wanwu-Next"] = next;
        for (var i = 0; i < count; i++)
        {
            answer.BeginRow();
            rows(answer.Row, i);
            answer.EndRow();
            if (answer.Pending > SendAt) await answer.SendAsync(response.BodyWriter, stop);
        }
        await answer.SendAsync(response.BodyWriter, stop);
        await answer.EndAsync(next, response.BodyWriter, stop);
    }
}

/// <summary>Takes a row's cells from left to right.</summary>
internal abstract class RowWriter
{
    public abstract void Begin();
    public abstract void Cell(Timestamp time);
    public abstract void Cell(Value value);
    public abstract void Cell(double? number);
    public abstract void Cell(string? text);
    public abstract void Cell(bool flag);
}

internal sealed class JsonRow(Utf8JsonWriter writer, JsonEncodedText[] columns) : RowWriter
{
    private int _column;

    public override void Begin() => _column = 0;

    public override void Cell(Timestamp time)
    {
        writer.WritePropertyName(columns[_column++]);
        Times.Write(writer, time);
    }

    public override void Cell(Value value)
    {
        writer.WritePropertyName(columns[_column++]);
        value.WriteTo(writer);
    }

    public override void Cell(double? number)
    {
        if (number is { } finite && double.IsFinite(finite)) writer.WriteNumber(columns[_column++], finite);
        else writer.WriteNull(columns[_column++]);
    }

    public override void Cell(string? text) => writer.WriteString(columns[_column++], text);

    public override void Cell(bool flag) => writer.WriteBoolean(columns[_column++], flag);
}

/// <summary>RFC 4180.</summary>
internal sealed class CsvRow(StringBuilder output) : RowWriter
{
    private bool _first;

    public override void Begin() => _first = true;
    public override void Cell(Timestamp time) => Write(time.ToString());
    public override void Cell(Value value) => Write(value.ToString());
    public override void Cell(double? number) => Write(number?.ToString("R", CultureInfo.InvariantCulture));
    public override void Cell(string? text) => Write(text);
    public override void Cell(bool flag) => Write(flag ? "true" : "false");

    private void Write(string? cell)
    {
        if (!_first) output.Append(',');
        _first = false;
        if (cell.AsSpan().IndexOfAny(",\"\r\n") < 0) output.Append(cell);
        else output.Append('"').Append(cell!.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
    }
}

internal static class Times
{
    /// <summary>Writes a time as <see cref="Timestamp.ToString"/> does, without making the string.</summary>
    public static void Write(Utf8JsonWriter writer, Timestamp time)
    {
        Span<byte> text = stackalloc byte[33];
        var utc = time.ToDateTimeOffset().UtcDateTime;
        // "O" is yyyy-MM-ddTHH:mm:ss.fffffffZ; the fraction is cut to none, three or six digits.
        if (!Utf8Formatter.TryFormat(utc, text, out var written, 'O') || written < 28) throw new InvalidOperationException("A time has no text.");
        var digits = (time.Microseconds % 1_000_000, time.Microseconds % 1_000) switch { (0, _) => 0, (_, 0) => 3, _ => 6 };
        var length = digits == 0 ? 19 : 20 + digits;
        text[length] = (byte)'Z';
        writer.WriteStringValue(text[..(length + 1)]);
    }
}
