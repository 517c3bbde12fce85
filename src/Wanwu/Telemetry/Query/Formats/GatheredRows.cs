using System.IO.Pipelines;

namespace Wanwu.Telemetry.Query.Formats;

/// <summary>An answer's rows kept in memory, column by column, for who shows them itself: nothing is sent.</summary>
internal sealed class GatheredRows(IReadOnlyList<Column> columns) : RowFormat
{
    public ColumnRows Columns { get; } = new(columns);

    public override string ContentType => "";

    public override RowWriter Row => Columns;

    public override long Pending => Columns.Bytes;

    public override void BeginRow() => Columns.Begin();

    public override void EndRow() => Columns.End();

    public override void Discard() => Columns.Clear();

    public override Task SendAsync(PipeWriter output, CancellationToken stop) => Task.CompletedTask;

    public override Task EndAsync(string? next, PipeWriter output, CancellationToken stop) => Task.CompletedTask;

    public override void Dispose()
    {
        // Memory alone.
    }
}
