using Apache.Arrow;
using Apache.Arrow.Ipc;
using Wanwu.Telemetry.Query.Formats;

namespace Wanwu.Telemetry.Sql.Forms;

/// <summary>Arrow's IPC stream: a schema, then a record batch for each portion of rows.</summary>
internal sealed class SqlArrowForm : SqlForm
{
    private readonly List<(ArrayData[] Columns, int Rows)> _portions = [];
    private IReadOnlyList<SqlResultColumn> _columns = [];
    private SqlArrowColumn[] _gathered = [];
    private int _rows, _size;
    private long _bytes;

    public override string ContentType => "application/vnd.apache.arrow.stream";

    public override long Bytes => _bytes;

    public override void Begin(IReadOnlyList<SqlResultColumn> columns)
    {
        _columns = SqlForms.Distinct(columns);
        Open();
    }

    private void Open() => (_gathered, _rows, _size) = ([.. _columns.Select(column => SqlArrowColumn.Of(column.Of))], 0, 0);

    public override void Row(object?[] cells)
    {
        var size = 0;
        for (var i = 0; i < cells.Length; i++) size += _gathered[i].Add(cells[i]);
        (_rows, _size, _bytes) = (_rows + 1, _size + size, _bytes + size);
        if (_rows == SqlForms.RowsOfPortion || _size > SqlForms.BytesOfPortion) Close();
    }

    private void Close()
    {
        if (_rows > 0) _portions.Add(([.. _gathered.Select(column => column.Build())], _rows));
        Open();
    }

    public override async Task SendAsync(SqlAnswer answer, HttpResponse response, CancellationToken stop)
    {
        Close();
        using var bytes = new PassedBytes();
        var schema = new Schema(_columns.Select((column, index) => new Field(column.Name, _gathered[index].Type, nullable: true)), metadata: null);
        using var writer = new ArrowStreamWriter(bytes, schema, leaveOpen: true);
        await writer.WriteStartAsync(stop);
        foreach (var (columns, rows) in _portions)
        {
            using var batch = new RecordBatch(schema, columns.Select(ArrowArrayFactory.BuildArray), rows);
            await writer.WriteRecordBatchAsync(batch, stop);
            await bytes.PassAsync(response.BodyWriter, stop);
        }
        await writer.WriteEndAsync(stop);
        await bytes.PassAsync(response.BodyWriter, stop);
    }
}
