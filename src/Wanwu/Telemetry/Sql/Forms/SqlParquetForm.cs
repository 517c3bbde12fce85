using Parquet;
using Parquet.Schema;
using Wanwu.Telemetry.Query.Formats;

namespace Wanwu.Telemetry.Sql.Forms;

/// <summary>A Parquet file, a group of rows for each portion, compressed with Zstandard. TIME and INTERVAL are texts: Parquet's interval has but milliseconds.</summary>
internal sealed class SqlParquetForm : SqlColumnForm<SqlParquetColumn, SqlParquetColumn[]>
{
    public override string ContentType => "application/vnd.apache.parquet";

    protected override SqlParquetColumn Open(SqlResultColumn column) => SqlParquetColumn.Of(column.Name, column.Of);

    protected override int Add(SqlParquetColumn column, object? cell) => column.Add(cell, 0, 0, 0);

    protected override SqlParquetColumn[] Finish(SqlParquetColumn[] columns, int rows) => columns;

    public override async Task SendAsync(SqlAnswer answer, HttpResponse response, CancellationToken stop)
    {
        Close();
        using var bytes = new PassedBytes();
        var schema = new ParquetSchema(Gathered.Select(column => column.Field));
        var writer = await ParquetWriter.CreateAsync(schema, bytes, new ParquetOptions { CompressionMethod = CompressionMethod.Zstd }, cancellationToken: stop);
        await using (writer)
        {
            foreach (var portion in Portions)
            {
                using (var group = writer.CreateRowGroup())
                    foreach (var (leaf, field) in portion.SelectMany(column => column.Leaves).Zip(schema.DataFields)) await leaf.WriteAsync(group, field, stop);
                await bytes.PassAsync(response.BodyWriter, stop);
            }
        }
        await bytes.PassAsync(response.BodyWriter, stop);
    }
}
