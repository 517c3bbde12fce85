using System.Text;
using System.Text.Json;

namespace Wanwu.Telemetry.Sql.Forms;

/// <summary>Rows as text.</summary>
internal abstract class SqlTextForm(TimeZoneInfo zone) : SqlForm
{
    protected TimeZoneInfo Zone => zone;

    protected MemoryStream Content { get; } = new();

    public override long Bytes => Content.Length;

    /// <summary>Writes what comes behind the last row.</summary>
    protected virtual void Finish(SqlAnswer answer) { }

    public override async Task SendAsync(SqlAnswer answer, HttpResponse response, CancellationToken stop)
    {
        Finish(answer);
        response.ContentLength = Content.Length;
        await response.Body.WriteAsync(Content.GetBuffer().AsMemory(0, (int)Content.Length), stop);
    }

    public override void Dispose()
    {
        Content.Dispose();
        base.Dispose();
    }
}

/// <summary><c>{"columns":[{"name","type"}],"rows":[[…]],"rowCount":1,"cut":null,"milliseconds":12}</c></summary>
internal sealed class SqlJsonForm : SqlTextForm
{
    private readonly Utf8JsonWriter _writer;

    public SqlJsonForm(TimeZoneInfo zone) : base(zone) => _writer = new Utf8JsonWriter(Content, SqlJson.Options);

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

    protected override void Finish(SqlAnswer answer)
    {
        _writer.WriteEndArray();
        _writer.WriteNumber("rowCount"u8, answer.Rows);
        _writer.WriteString("cut"u8, answer.Cut);
        _writer.WriteNumber("milliseconds"u8, (long)answer.Took.TotalMilliseconds);
        _writer.WriteEndObject();
        _writer.Flush();
    }

    public override void Dispose()
    {
        _writer.Dispose();
        base.Dispose();
    }
}

/// <summary>One object a line. Two columns of one name: the later is called <c>name_2</c>.</summary>
internal sealed class SqlLinesForm : SqlTextForm
{
    private readonly Utf8JsonWriter _writer;
    private JsonEncodedText[] _names = [];

    public SqlLinesForm(TimeZoneInfo zone) : base(zone) => _writer = new Utf8JsonWriter(Content, SqlJson.Options);

    public override string ContentType => "application/x-ndjson; charset=utf-8";

    public override void Begin(IReadOnlyList<SqlResultColumn> columns) =>
        _names = [.. SqlForms.Distinct(columns).Select(column => JsonEncodedText.Encode(column.Name, SqlJson.Options.Encoder))];

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
internal sealed class SqlCsvForm(TimeZoneInfo zone) : SqlTextForm(zone)
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
