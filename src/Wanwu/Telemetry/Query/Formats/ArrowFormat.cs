using System.IO.Pipelines;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

namespace Wanwu.Telemetry.Query.Formats;

/// <summary>Arrow's IPC stream: a schema, then a record batch for each portion. Times are microseconds of UTC.</summary>
internal sealed class ArrowFormat : RowFormat
{
    private static readonly TimestampType Instant = new(TimeUnit.Microsecond, "UTC");
    private readonly ColumnRows _rows;
    private readonly PassedBytes _bytes = new();
    private readonly Schema _schema;
    private readonly ArrowStreamWriter _writer;
    private bool _hasBegun;

    public ArrowFormat(IReadOnlyList<Column> columns)
    {
        _rows = new ColumnRows(columns);
        _schema = new Schema(_rows.All.Select(column => new Field(column.Name, TypeOf(column), nullable: column is not (ColumnRows.Instants or ColumnRows.Flags))), metadata: null);
        _writer = new ArrowStreamWriter(_bytes, _schema, leaveOpen: true);
    }

    public override string ContentType => "application/vnd.apache.arrow.stream";

    public override RowWriter Row => _rows;

    public override long Pending => _rows.Bytes;

    public override void BeginRow() => _rows.Begin();

    public override void EndRow() => _rows.End();

    public override void Discard() => _rows.Clear();

    public override async Task SendAsync(PipeWriter output, CancellationToken stop)
    {
        await BeginAsync(stop);
        if (_rows.Rows > 0)
        {
            using var batch = new RecordBatch(_schema, _rows.All.Select(ArrayOf), _rows.Rows);
            await _writer.WriteRecordBatchAsync(batch, stop);
        }
        _rows.Clear();
        await _bytes.PassAsync(output, stop);
    }

    public override async Task EndAsync(string? next, PipeWriter output, CancellationToken stop)
    {
        await BeginAsync(stop);
        await _writer.WriteEndAsync(stop);
        await _bytes.PassAsync(output, stop);
    }

    private async Task BeginAsync(CancellationToken stop)
    {
        if (_hasBegun) return;
        _hasBegun = true;
        await _writer.WriteStartAsync(stop);
    }

    private static IArrowType TypeOf(ColumnRows.Gathered column) => column switch
    {
        ColumnRows.Texts => StringType.Default,
        ColumnRows.Instants => Instant,
        ColumnRows.Integers => Int64Type.Default,
        ColumnRows.Flags => BooleanType.Default,
        _ => DoubleType.Default,
    };

    private static IArrowArray ArrayOf(ColumnRows.Gathered column)
    {
        switch (column)
        {
            case ColumnRows.Texts texts:
                var strings = new StringArray.Builder().Reserve(texts.Cells.Count);
                foreach (var cell in texts.Cells)
                    if (cell is null) strings.AppendNull();
                    else strings.Append(cell);
                return strings.Build();
            case ColumnRows.Instants instants:
                var times = new Int64Array.Builder().Reserve(instants.Cells.Count);
                foreach (var cell in instants.Cells) times.Append(cell.Microseconds);
                var whole = times.Build();
                return new TimestampArray(Instant, whole.ValueBuffer, whole.NullBitmapBuffer, whole.Length, 0, 0);
            case ColumnRows.Integers integers:
                var longs = new Int64Array.Builder().Reserve(integers.Cells.Count);
                foreach (var cell in integers.Cells) longs.Append(cell);
                return longs.Build();
            case ColumnRows.Flags flags:
                return new BooleanArray.Builder().AppendRange(flags.Cells).Build();
            default:
                var numbers = (ColumnRows.Numbers)column;
                var doubles = new DoubleArray.Builder().Reserve(numbers.Cells.Count);
                foreach (var cell in numbers.Cells) doubles.Append(cell);
                return doubles.Build();
        }
    }

    public override void Dispose()
    {
        _writer.Dispose();
        _bytes.Dispose();
    }
}
