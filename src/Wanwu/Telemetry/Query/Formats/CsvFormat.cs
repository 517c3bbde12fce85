using System.IO.Pipelines;
using System.Text;

namespace Wanwu.Telemetry.Query.Formats;

/// <summary>RFC 4180, with headings.</summary>
internal sealed class CsvFormat : RowFormat
{
    private readonly StringBuilder _text = new();
    private readonly CsvRow _row;
    private readonly string _headings;
    private bool _hasBegun;

    public CsvFormat(IReadOnlyList<Column> columns) =>
        (_row, _headings) = (new CsvRow(_text), string.Join(',', columns.Select(column => column.Name)) + "\r\n");

    public override string ContentType => "text/csv; charset=utf-8; header=present";

    public override RowWriter Row => _row;

    public override long Pending => _text.Length;

    public override void BeginRow() => _row.Begin();

    public override void EndRow() => _text.Append("\r\n");

    public override void Discard() => _text.Clear();

    public override async Task SendAsync(PipeWriter output, CancellationToken stop)
    {
        if (!_hasBegun) Encoding.UTF8.GetBytes(_headings, output);
        _hasBegun = true;
        foreach (var chunk in _text.GetChunks()) Encoding.UTF8.GetBytes(chunk.Span, output);
        _text.Clear();
        await output.FlushAsync(stop);
    }

    public override Task EndAsync(string? next, PipeWriter output, CancellationToken stop) => SendAsync(output, stop);

    public override void Dispose() { }
}
