using System.Globalization;
using System.Numerics;
using DuckDB.NET.Native;
using Wanwu.Telemetry.Query.Formats;

namespace Wanwu.Telemetry.Sql.Forms;

/// <summary>What the forms of an answer have in common.</summary>
internal static class SqlForms
{
    /// <summary>A record batch, or a group of rows, has so many at most.</summary>
    public const int RowsOfPortion = 32_768, BytesOfPortion = 4 << 20;

    public const int WidestDecimal = 38;

    /// <summary>1970-01-01 as .NET counts days.</summary>
    public const int Day1970 = 719_162;

    private static readonly BigInteger Most = BigInteger.Pow(10, WidestDecimal);

    public static SqlForm Open(AnswerFormat format, TimeZoneInfo zone) => format switch
    {
        AnswerFormat.Ndjson => new SqlLinesForm(zone),
        AnswerFormat.Csv => new SqlCsvForm(zone),
        AnswerFormat.Arrow => new SqlArrowForm(),
        AnswerFormat.Parquet => new SqlParquetForm(),
        _ => new SqlJsonForm(zone),
    };

    /// <summary>Of two columns of one name the later is called <c>name_2</c>.</summary>
    public static IReadOnlyList<SqlResultColumn> Distinct(IReadOnlyList<SqlResultColumn> columns)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        return [.. columns.Select(column =>
        {
            var name = column.Name;
            for (var i = 2; !names.Add(name); i++) name = string.Create(CultureInfo.InvariantCulture, $"{column.Name}_{i}");
            return column with { Name = name };
        })];
    }

    /// <summary>Whether its cells are texts.</summary>
    public static bool IsText(SqlType type) => type.Id is DuckDBType.Varchar or DuckDBType.Enum or DuckDBType.Uuid or DuckDBType.Bit or DuckDBType.TimeTz or DuckDBType.SqlNull;

    /// <exception cref="InvalidOperationException">It has more digits than a decimal of Arrow or Parquet.</exception>
    public static Int128 Whole(BigInteger number) => BigInteger.Abs(number) < Most ? (Int128)number : throw new InvalidOperationException($"{number} has more than {WidestDecimal} digits.");
}

/// <summary>Gathers rows column by column, in portions of bounded size, until all of them are sent.</summary>
internal abstract class SqlColumnForm<TColumn, TPortion> : SqlForm
{
    private int _rows, _size;
    private long _bytes;

    protected IReadOnlyList<SqlResultColumn> Columns { get; private set; } = [];

    /// <summary>Of the portion that is being gathered; empty once all are.</summary>
    protected TColumn[] Gathered { get; private set; } = [];

    protected List<TPortion> Portions { get; } = [];

    public override long Bytes => _bytes;

    protected abstract TColumn Open(SqlResultColumn column);

    /// <returns>About how many bytes the cell takes.</returns>
    protected abstract int Add(TColumn column, object? cell);

    protected abstract TPortion Finish(TColumn[] columns, int rows);

    public override void Begin(IReadOnlyList<SqlResultColumn> columns)
    {
        Columns = SqlForms.Distinct(columns);
        Open();
    }

    private void Open() => (Gathered, _rows, _size) = ([.. Columns.Select(Open)], 0, 0);

    public override void Row(object?[] cells)
    {
        var size = 0;
        for (var i = 0; i < cells.Length; i++) size += Add(Gathered[i], cells[i]);
        (_rows, _size, _bytes) = (_rows + 1, _size + size, _bytes + size);
        if (_rows == SqlForms.RowsOfPortion || _size > SqlForms.BytesOfPortion) Close();
    }

    /// <summary>Ends the last portion.</summary>
    protected void Close()
    {
        if (_rows > 0) Portions.Add(Finish(Gathered, _rows));
        Open();
    }
}

/// <summary>Rows as they go out: gathered while the store is read, sent when it has been let go.</summary>
internal abstract class SqlForm : SqlOutput
{
    public abstract string ContentType { get; }

    /// <summary>Sends all of it, with what comes behind the last row.</summary>
    public abstract Task SendAsync(SqlAnswer answer, HttpResponse response, CancellationToken stop);
}
