using System.Text;
using System.Text.Json;

namespace Wanwu.Telemetry.Sql;

/// <summary>Takes the rows of an answer. The store's transaction is open meanwhile: an output gathers, it does not send.</summary>
internal abstract class SqlOutput : IDisposable
{
    /// <summary>Room taken so far, in bytes.</summary>
    public abstract long Bytes { get; }

    public abstract void Begin(IReadOnlyList<SqlResultColumn> columns);

    /// <param name="cells">As <see cref="SqlCell.Read"/> gives them; reused for the next row.</param>
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

    public override void Begin(IReadOnlyList<SqlResultColumn> columns) => Columns = columns;

    public override void Row(object?[] cells)
    {
        _rows.Add([.. cells]);
        foreach (var cell in cells) _bytes += BytesPerCell + (cell is string text ? text.Length * 2 : 0);
    }
}

/// <summary>Rows as they go out.</summary>
internal abstract class SqlText(TimeZoneInfo zone) : SqlOutput
{
    protected TimeZoneInfo Zone => zone;

    protected MemoryStream Content { get; } = new();

    public abstract string ContentType { get; }

    public override long Bytes => Content.Length;

    /// <summary>All of it, with what comes behind the last row.</summary>
    public virtual ReadOnlyMemory<byte> Finish(SqlAnswer answer) => Content.GetBuffer().AsMemory(0, (int)Content.Length);

    public override void Dispose()
    {
        Content.Dispose();
        base.Dispose();
    }
}

/// <summary><c>{"columns":[{"name","type"}],"rows":[[…]],"rowCount":1,"cut":null,"milliseconds":12}</c></summary>
internal sealed class SqlJsonText : SqlText
{
    private readonly Utf8JsonWriter _writer;

    public SqlJsonText(TimeZoneInfo zone) : base(zone) => _writer = new Utf8JsonWriter(Content, SqlJson.Options);

    public override string ContentType => "application/json; charset=utf-8";

    public override long Bytes => Content.Length + _writer.BytesPending;

    public override void Begin(IReadOnlyList<SqlResultColumn> columns)
    {
        _writer.WriteStartObject();
        _writer.WriteStartArray("columns"u8);
        foreach (var column in columns)
        {
            _writer.WriteStartObject();
            _writer.WriteString("name"u8, column.Name);
            _writer.WriteString("type"u8, column.Type);
            _writer.WriteEndObject();
        }
        _writer.WriteEndArray();
        _writer.WriteStartArray("rows"u8);
    }

    public override void Row(object?[] cells)
    {
        _writer.WriteStartArray();
        foreach (var cell in cells) SqlCell.Write(_writer, cell, Zone);
        _writer.WriteEndArray();
    }

    public override ReadOnlyMemory<byte> Finish(SqlAnswer answer)
    {
        _writer.WriteEndArray();
        _writer.WriteNumber("rowCount"u8, answer.Rows);
        _writer.WriteString("cut"u8, answer.Cut);
        _writer.WriteNumber("milliseconds"u8, (long)answer.Took.TotalMilliseconds);
        _writer.WriteEndObject();
        _writer.Flush();
        return base.Finish(answer);
    }

    public override void Dispose()
    {
        _writer.Dispose();
        base.Dispose();
    }
}

/// <summary>One object a line. Two columns of one name: the later is called <c>name_2</c>.</summary>
internal sealed class SqlLinesText : SqlText
{
    private readonly Utf8JsonWriter _writer;
    private JsonEncodedText[] _names = [];

    public SqlLinesText(TimeZoneInfo zone) : base(zone) => _writer = new Utf8JsonWriter(Content, SqlJson.Options);

    public override string ContentType => "application/x-ndjson; charset=utf-8";

    public override void Begin(IReadOnlyList<SqlResultColumn> columns)
    {
        var names = new List<string>();
        foreach (var column in columns)
        {
            var name = column.Name;
            for (var i = 2; names.Contains(name); i++) name = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{column.Name}_{i}");
            names.Add(name);
        }
        _names = [.. names.Select(name => JsonEncodedText.Encode(name, SqlJson.Options.Encoder))];
    }

    public override void Row(object?[] cells)
    {
        _writer.Reset();
        _writer.WriteStartObject();
        for (var i = 0; i < cells.Length; i++)
        {
            _writer.WritePropertyName(_names[i]);
            SqlCell.Write(_writer, cells[i], Zone);
        }
        _writer.WriteEndObject();
        _writer.Flush();
        Content.WriteByte((byte)'\n');
    }

    public override void Dispose()
    {
        _writer.Dispose();
        base.Dispose();
    }
}

/// <summary>RFC 4180.</summary>
internal sealed class SqlCsvText(TimeZoneInfo zone) : SqlText(zone)
{
    private readonly StringBuilder _line = new();

    public override string ContentType => "text/csv; charset=utf-8; header=present";

    public override void Begin(IReadOnlyList<SqlResultColumn> columns) => Line(columns.Select(column => column.Name));

    public override void Row(object?[] cells) => Line(cells.Select(cell => SqlCell.Text(cell, Zone)));

    private void Line(IEnumerable<string> cells)
    {
        _line.Clear();
        var isFirst = true;
        foreach (var cell in cells)
        {
            if (!isFirst) _line.Append(',');
            isFirst = false;
            if (cell.AsSpan().IndexOfAny(",\"\r\n") < 0) _line.Append(cell);
            else _line.Append('"').Append(cell.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        }
        Content.Write(Encoding.UTF8.GetBytes(_line.Append("\r\n").ToString()));
    }
}
