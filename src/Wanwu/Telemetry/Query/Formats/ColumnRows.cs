using System.Buffers;
using System.IO.Pipelines;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query.Formats;

/// <summary>Cells gathered column by column, for the forms that are written so. A value becomes five columns: <c>value</c>, <c>integer</c>, <c>text</c>, <c>lat</c> and <c>lon</c>.</summary>
/// <remarks>
/// <c>value</c> has the number of numbers, integers and booleans (1 or 0); <c>integer</c> an integer exactly, which beyond 2^53 a number cannot hold; <c>text</c> texts, and
/// objects as JSON; <c>lat</c> and <c>lon</c> points.
/// </remarks>
internal sealed class ColumnRows : RowWriter
{
    private readonly List<Gathered> _columns = [];
    private int _column;

    public ColumnRows(IReadOnlyList<Column> columns)
    {
        foreach (var (name, kind) in columns)
        {
            _columns.Add(kind switch
            {
                ColumnKind.Text => new Texts(name),
                ColumnKind.Time => new Instants(name),
                ColumnKind.Flag => new Flags(name),
                _ => new Numbers(name),
            });
            if (kind == ColumnKind.Value) _columns.AddRange([new Integers("integer"), new Texts("text"), new Numbers("lat"), new Numbers("lon")]);
        }
    }

    /// <summary>One column, in its own type.</summary>
    internal abstract class Gathered(string name)
    {
        public string Name => name;
        public abstract void Clear();
    }

    internal sealed class Texts(string name) : Gathered(name)
    {
        public List<string?> Cells { get; } = [];
        public override void Clear() => Cells.Clear();
    }

    internal sealed class Instants(string name) : Gathered(name)
    {
        public List<Timestamp> Cells { get; } = [];
        public override void Clear() => Cells.Clear();
    }

    internal sealed class Numbers(string name) : Gathered(name)
    {
        public List<double?> Cells { get; } = [];
        public override void Clear() => Cells.Clear();
    }

    internal sealed class Integers(string name) : Gathered(name)
    {
        public List<long?> Cells { get; } = [];
        public override void Clear() => Cells.Clear();
    }

    internal sealed class Flags(string name) : Gathered(name)
    {
        public List<bool> Cells { get; } = [];
        public override void Clear() => Cells.Clear();
    }

    public IReadOnlyList<Gathered> All => _columns;

    public int Rows { get; private set; }

    /// <summary>About how much memory the cells take.</summary>
    public long Bytes { get; private set; }

    public override void Begin() => _column = 0;

    public void End()
    {
        Rows++;
        Bytes += 8 * _columns.Count;
    }

    public void Clear()
    {
        foreach (var column in _columns) column.Clear();
        (Rows, Bytes) = (0, 0);
    }

    public override void Cell(bool flag) => ((Flags)_columns[_column++]).Cells.Add(flag);

    public override void Cell(Timestamp time) => ((Instants)_columns[_column++]).Cells.Add(time);

    public override void Cell(double? number) => ((Numbers)_columns[_column++]).Cells.Add(number is { } finite && double.IsFinite(finite) ? number : null);

    public override void Cell(string? text)
    {
        ((Texts)_columns[_column++]).Cells.Add(text);
        Bytes += text?.Length ?? 0;
    }

    public override void Cell(Value value)
    {
        Cell(double.IsNaN(value.AsNumber) ? null : (double?)value.AsNumber);
        ((Integers)_columns[_column++]).Cells.Add(value.Kind == ValueKind.Integer ? value.AsInteger : null);
        Cell(value.Kind is ValueKind.Text or ValueKind.Object ? value.AsText : null);
        Cell(value.Kind == ValueKind.Point ? (double?)value.Latitude : null);
        Cell(value.Kind == ValueKind.Point ? (double?)value.Longitude : null);
    }
}

/// <summary>Bytes on their way to a pipe: what a library writes is gathered here and handed on, and its position is that in the whole.</summary>
internal sealed class PassedBytes : Stream
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private long _written;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => _written;
    public override long Position { get => _written; set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _bytes.Write(buffer);
        _written += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    /// <summary>Hands on what was gathered.</summary>
    public async Task PassAsync(PipeWriter output, CancellationToken stop)
    {
        await output.WriteAsync(_bytes.WrittenMemory, stop);
        _bytes.ResetWrittenCount();
    }

    public override void Flush() { }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
