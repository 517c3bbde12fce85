using System.Buffers.Text;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query;

/// <summary>A page on its way out, written row by row as JSON or CSV: no object per row, no text of the whole.</summary>
/// <param name="columns">The names of a row's members, which are the headings of the CSV.</param>
/// <param name="next">The cursor of the next page, or null.</param>
/// <param name="rows">Writes row <c>i</c>; called once for each.</param>
internal sealed class PageAnswer(string[] columns, int count, string? next, Action<RowWriter, int> rows) : IResult
{
    private const int FlushAt = 32 * 1024;
    // Chinese and other scripts are written as they are; the answer is JSON of its own and never part of a page.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        return WantsCsv(httpContext.Request) ? CsvAsync(httpContext) : JsonAsync(httpContext);
    }

    private static bool WantsCsv(HttpRequest request) => request.Query["format"] is [{ Length: > 0 } format, ..]
        ? format == "csv"
        : request.GetTypedHeaders().Accept.FirstOrDefault()?.MediaType.Value == "text/csv";

    private async Task JsonAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        var output = context.Response.BodyWriter;
        await using var writer = new Utf8JsonWriter(output, Options);
        var row = new JsonRow(writer, [.. columns.Select(column => JsonEncodedText.Encode(column, Options.Encoder))]);
        writer.WriteStartObject();
        writer.WriteStartArray("items"u8);
        for (var i = 0; i < count; i++)
        {
            writer.WriteStartObject();
            row.Begin();
            rows(row, i);
            writer.WriteEndObject();
            if (writer.BytesPending > FlushAt) await FlushAsync(writer, output, context.RequestAborted);
        }
        writer.WriteEndArray();
        if (next is null) writer.WriteNull("next"u8);
        else writer.WriteString("next"u8, next);
        writer.WriteEndObject();
        await FlushAsync(writer, output, context.RequestAborted);
    }

    private static async Task FlushAsync(Utf8JsonWriter writer, PipeWriter output, CancellationToken stop)
    {
        await writer.FlushAsync(stop);
        await output.FlushAsync(stop);
    }

    private async Task CsvAsync(HttpContext context)
    {
        context.Response.ContentType = "text/csv; charset=utf-8; header=present";
        if (next is not null) context.Response.Headers["Wanwu-Next"] = next;
        var output = context.Response.BodyWriter;
        var text = new StringBuilder().AppendJoin(',', columns).Append("\r\n");
        var row = new CsvRow(text);
        for (var i = 0; i < count; i++)
        {
            row.Begin();
            rows(row, i);
            text.Append("\r\n");
            if (text.Length > FlushAt) await FlushAsync(text, output, context.RequestAborted);
        }
        await FlushAsync(text, output, context.RequestAborted);
    }

    private static async Task FlushAsync(StringBuilder text, PipeWriter output, CancellationToken stop)
    {
        foreach (var chunk in text.GetChunks()) Encoding.UTF8.GetBytes(chunk.Span, output);
        text.Clear();
        await output.FlushAsync(stop);
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
