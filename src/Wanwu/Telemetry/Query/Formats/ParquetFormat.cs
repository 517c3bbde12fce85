using System.IO.Pipelines;
using Parquet;
using Parquet.Schema;

namespace Wanwu.Telemetry.Query.Formats;

/// <summary>A Parquet file, a group of rows for each portion, compressed with Zstandard. Times are microseconds of UTC. Without its end, which comes last, it is no file.</summary>
internal sealed class ParquetFormat : RowFormat
{
    private readonly ColumnRows _rows;
    private readonly PassedBytes _bytes = new();
    private readonly ParquetSchema _schema;
    private ParquetWriter? _writer;

    public ParquetFormat(IReadOnlyList<Column> columns)
    {
        _rows = new ColumnRows(columns);
        _schema = new ParquetSchema(_rows.All.Select(FieldOf));
    }

    public override string ContentType => "application/vnd.apache.parquet";

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
            using var group = _writer!.CreateRowGroup();
            for (var i = 0; i < _rows.All.Count; i++) await WriteAsync(group, _schema.DataFields[i], _rows.All[i], stop);
        }
        _rows.Clear();
        await _bytes.PassAsync(output, stop);
    }

    public override async Task EndAsync(string? next, PipeWriter output, CancellationToken stop)
    {
        await BeginAsync(stop);
        await _writer!.DisposeAsync();
        await _bytes.PassAsync(output, stop);
    }

    private async Task BeginAsync(CancellationToken stop) =>
        _writer ??= await ParquetWriter.CreateAsync(_schema, _bytes, new ParquetOptions { CompressionMethod = CompressionMethod.Zstd }, cancellationToken: stop);

    private static DataField FieldOf(ColumnRows.Gathered column) => column switch
    {
        ColumnRows.Texts => new DataField<string>(column.Name, true),
        ColumnRows.Instants => new DateTimeDataField(column.Name, DateTimeFormat.Timestamp, isAdjustedToUTC: true, unit: DateTimeTimeUnit.Micros, isNullable: false),
        ColumnRows.Integers => new DataField<long>(column.Name, true),
        ColumnRows.Flags => new DataField<bool>(column.Name, false),
        _ => new DataField<double>(column.Name, true),
    };

    private static Task WriteAsync(ParquetRowGroupWriter group, DataField field, ColumnRows.Gathered column, CancellationToken stop) => column switch
    {
        ColumnRows.Texts texts => group.WriteAsync(field, texts.Cells!),
        ColumnRows.Instants instants => group.WriteAsync<DateTime>(field, instants.Cells.Select(time => time.ToDateTimeOffset().UtcDateTime).ToArray(), cancellationToken: stop),
        ColumnRows.Integers integers => group.WriteAsync<long>(field, (ReadOnlyMemory<long?>)integers.Cells.ToArray(), cancellationToken: stop),
        ColumnRows.Flags flags => group.WriteAsync<bool>(field, flags.Cells.ToArray(), cancellationToken: stop),
        _ => group.WriteAsync<double>(field, (ReadOnlyMemory<double?>)((ColumnRows.Numbers)column).Cells.ToArray(), cancellationToken: stop),
    };

    public override void Dispose() => _bytes.Dispose();
}
