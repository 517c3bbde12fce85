using Parquet;
using Parquet.Schema;
using Wanwu.Telemetry.Query.Formats;

namespace Wanwu.Telemetry.Sql.Forms;

/// <summary>A Parquet file, a group of rows for each portion, compressed with Zstandard. TIME and INTERVAL are texts: Parquet's interval has but milliseconds.</summary>
internal sealed class SqlParquetForm : SqlForm
{
    private readonly List<SqlParquetColumn[]> _portions = [];
    private IReadOnlyList<SqlResultColumn> _columns = [];
    private SqlParquetColumn[] _gathered = [];
    private int _rows, _size;
    private long _bytes;

    public override string ContentType => "application/vnd.apache.parquet";

    public override long Bytes => _bytes;

    public override void Begin(IReadOnlyList<SqlResultColumn> columns)
    {
        _columns = SqlForms.Distinct(columns);
        Open();
    }

    private void Open() => (_gathered, _rows, _size) = ([.. _columns.Select(column => SqlParquetColumn.Of(column.Name, column.Of))], 0, 0);

    public override void Row(object?[] cells)
    {
        var size = 0;
        for (var i = 0; i < cells.Length; i++) size += _gathered[i].Add(cells[i], 0, 0, 0);
        (_rows, _size, _bytes) = (_rows + 1, _size + size, _bytes + size);
        if (_rows == SqlForms.RowsOfPortion || _size > SqlForms.BytesOfPortion) Close();
    }

    private void Close()
    {
        if (_rows > 0) _portions.Add(_gathered);
        Open();
    }

    public override async Task SendAsync(SqlAnswer answer, HttpResponse response, CancellationToken stop)
    {
        Close();
        using var bytes = new PassedBytes();
        var schema = new ParquetSchema(_gathered.Select(column => column.Field));
        var writer = await ParquetWriter.CreateAsync(schema, bytes, new ParquetOptions { CompressionMethod = CompressionMethod.Zstd }, cancellationToken: stop);
        await using (writer)
        {
            foreach (var portion in _portions)
            {
                using (var group = writer.CreateRowGroup())
                    foreach (var (leaf, field) in portion.SelectMany(column => column.Leaves).Zip(schema.DataFields)) await leaf.WriteAsync(group, field, stop);
                await bytes.PassAsync(response.BodyWriter, stop);
            }
        }
        await bytes.PassAsync(response.BodyWriter, stop);
    }
}
