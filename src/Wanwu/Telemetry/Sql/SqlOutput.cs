namespace Wanwu.Telemetry.Sql;

/// <summary>Takes the rows of an answer. The store's transaction is open meanwhile: an output gathers, it does not send.</summary>
internal abstract class SqlOutput : IDisposable
{
    /// <summary>Room taken so far, in bytes.</summary>
    public abstract long Bytes { get; }

    public abstract void Begin(IReadOnlyList<SqlResultColumn> columns);

    /// <param name="cells">As <see cref="SqlVector"/> gives them; reused for the next row.</param>
    public abstract void Row(object?[] cells);

    public virtual void Dispose() { }
}

/// <summary>Rows as they are, for a page of the console.</summary>
internal sealed class SqlTable : SqlOutput
{
    private const int BytesPerCell = 32;
    private readonly List<object?[]> _rows = [];
    private long _bytes;

    public IReadOnlyList<SqlResultColumn> Columns { get; private set; } = [];

    public IReadOnlyList<object?[]> Rows => _rows;

    public override long Bytes => _bytes;

    private static long RoomOf(object? cell) => BytesPerCell + cell switch
    {
        string text => text.Length * 2,
        byte[] bytes => bytes.Length,
        object?[] list => list.Sum(RoomOf),
        SqlStruct structure => structure.Values.Sum(RoomOf),
        SqlMap map => map.Entries.Sum(entry => RoomOf(entry.Key) + RoomOf(entry.Value)),
        _ => 0,
    };

    public override void Begin(IReadOnlyList<SqlResultColumn> columns) => Columns = columns;

    public override void Row(object?[] cells)
    {
        _rows.Add([.. cells]);
        foreach (var cell in cells) _bytes += RoomOf(cell);
    }
}
