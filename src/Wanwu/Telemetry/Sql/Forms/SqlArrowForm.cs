using Apache.Arrow;
using Apache.Arrow.Ipc;
using Wanwu.Telemetry.Query.Formats;

namespace Wanwu.Telemetry.Sql.Forms;

/// <summary>Arrow's IPC stream: a schema, then a record batch for each portion of rows.</summary>
internal sealed class SqlArrowForm : SqlColumnForm<SqlArrowColumn, (ArrayData[] Columns, int Rows)>
{
    public override string ContentType => "application/vnd.apache.arrow.stream";

    protected override SqlArrowColumn Open(SqlResultColumn column) => SqlArrowColumn.Of(column.Of);

    protected override int Add(SqlArrowColumn column, object? cell) => column.Add(cell);

    protected override (ArrayData[] Columns, int Rows) Finish(SqlArrowColumn[] columns, int rows) => ([.. columns.Select(column => column.Build())], rows);

    public override async Task SendAsync(SqlAnswer answer, HttpResponse response, CancellationToken stop)
    {
        Close();
        using var bytes = new PassedBytes();
        var schema = new Schema(Columns.Select((column, index) => new Field(column.Name, Gathered[index].Type, nullable: true)), metadata: null);
        using var writer = new ArrowStreamWriter(bytes, schema, leaveOpen: true);
        await writer.WriteStartAsync(stop);
        foreach (var (columns, rows) in Portions)
        {
            using var batch = new RecordBatch(schema, columns.Select(ArrowArrayFactory.BuildArray), rows);
            await writer.WriteRecordBatchAsync(batch, stop);
            await bytes.PassAsync(response.BodyWriter, stop);
        }
        await writer.WriteEndAsync(stop);
        await bytes.PassAsync(response.BodyWriter, stop);
    }
}
