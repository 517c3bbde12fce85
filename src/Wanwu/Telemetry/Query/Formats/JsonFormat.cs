using System.Buffers;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Wanwu.Telemetry.Query.Formats;

/// <summary><c>{"items":[{…},…],"next":…}</c>, or with one row a line and nothing around them.</summary>
internal sealed class JsonFormat : RowFormat
{
    // Chinese and other scripts are written as they are; the answer is JSON of its own and never part of a page.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private readonly ArrayBufferWriter<byte> _bytes = new(64 * 1024);
    private readonly Utf8JsonWriter _writer;
    private readonly JsonRow _row;
    private readonly bool _byLine;
    private bool _hasBegun, _hasSentRows;

    public JsonFormat(IReadOnlyList<Column> columns, bool byLine)
    {
        _byLine = byLine;
        _writer = new Utf8JsonWriter(_bytes, Options);
        _row = new JsonRow(_writer, [.. columns.Select(column => JsonEncodedText.Encode(column.Name, Options.Encoder))]);
    }

    public override string ContentType => _byLine ? "application/x-ndjson" : "application/json; charset=utf-8";

    public override RowWriter Row => _row;

    public override long Pending => _bytes.WrittenCount;

    public override void BeginRow()
    {
        if (!_byLine && (_hasSentRows || _bytes.WrittenCount > 0)) _bytes.Write(","u8);
        _writer.Reset();
        _writer.WriteStartObject();
        _row.Begin();
    }

    public override void EndRow()
    {
        _writer.WriteEndObject();
        _writer.Flush();
        if (_byLine) _bytes.Write("\n"u8);
    }

    public override void Discard()
    {
        _writer.Reset();
        _bytes.ResetWrittenCount();
    }

    public override async Task SendAsync(PipeWriter output, CancellationToken stop)
    {
        Begin(output);
        _hasSentRows |= _bytes.WrittenCount > 0;
        await output.WriteAsync(_bytes.WrittenMemory, stop);
        _bytes.ResetWrittenCount();
    }

    public override async Task EndAsync(string? next, PipeWriter output, CancellationToken stop)
    {
        Begin(output);
        if (!_byLine)
        {
            output.Write("],\"next\":"u8);
            output.Write(next is null ? "null"u8 : JsonSerializer.SerializeToUtf8Bytes(next));
            output.Write("}"u8);
        }
        await output.FlushAsync(stop);
    }

    private void Begin(PipeWriter output)
    {
        if (_hasBegun) return;
        _hasBegun = true;
        if (!_byLine) output.Write("{\"items\":["u8);
    }

    public override void Dispose() => _writer.Dispose();
}
