using System.Globalization;
using Wanwu.Console.Language;
using Wanwu.Console.Parts;
using Wanwu.Telemetry.Sql;
using Wanwu.Things;

namespace Wanwu.Console.SqlRoom;

/// <summary>An answer as a chart: its first time along the axis, its numbers as lines; with a text beside one number, a line for each text.</summary>
internal static class SqlPicture
{
    private const int MostLines = 8, MostPoints = 4_000;

    /// <summary>Null where the answer has no time, or no number.</summary>
    public static ChartData? Of(SqlTable table, TimeZoneInfo zone)
    {
        var time = IndexOf(table, column => column.IsTime);
        List<int> numbers = [.. Enumerable.Range(0, table.Columns.Count).Where(at => table.Columns[at].IsNumber)];
        if (time < 0 || numbers.Count == 0) return null;
        var text = IndexOf(table, column => column.Type is "VARCHAR" or "ENUM");
        var lines = numbers.Count == 1 && text >= 0 ? ByText(table, time, numbers[0], text, zone) : ByColumn(table, time, numbers, zone);
        lines.RemoveAll(line => line.Points.Count == 0);
        if (lines.Count == 0) return null;
        var (from, to) = (lines.Min(line => line.Points[0].At), lines.Max(line => line.Points[^1].At));
        return new ChartData("", null, from, to > from ? to : from + 1_000, false, [], null, new Dictionary<string, string>())
        {
            Lines = [.. lines.Select(line => new ChartLine(line.Name, [.. line.Points.Select(point => new object?[] { point.At, point.Value })]))],
        };
    }

    private static int IndexOf(SqlTable table, Func<SqlResultColumn, bool> wanted) =>
        table.Columns.Select((column, at) => (column, at)).Where(pair => wanted(pair.column)).Select(pair => pair.at).DefaultIfEmpty(-1).First();

    private sealed record Line(string Name, List<(double At, double? Value)> Points);

    private static List<Line> ByColumn(SqlTable table, int time, List<int> numbers, TimeZoneInfo zone) =>
        [.. numbers.Take(MostLines).Select(number => new Line(table.Columns[number].Name, Points(table.Rows, time, number, zone)))];

    private static List<Line> ByText(SqlTable table, int time, int number, int text, TimeZoneInfo zone) =>
        [.. table.Rows.GroupBy(row => row[text] as string ?? Figures.None).Take(MostLines).Select(rows => new Line(rows.Key, Points(rows, time, number, zone)))];

    private static List<(double At, double? Value)> Points(IEnumerable<object?[]> rows, int time, int number, TimeZoneInfo zone) =>
        [.. rows.Select(row => (At: MomentOf(row[time], zone), Value: NumberOf(row[number]))).Where(point => point.At is not null).Select(point => (point.At!.Value, point.Value))
            .OrderBy(point => point.Item1).Take(MostPoints)];

    private static double? MomentOf(object? cell, TimeZoneInfo zone) => cell switch
    {
        SqlTime { IsInstant: true } time => Figures.WallClock(Timestamp.From(new DateTimeOffset(time.Time, TimeSpan.Zero)), zone),
        SqlTime time => (time.Time - DateTime.UnixEpoch).TotalMilliseconds,
        DateOnly date => (date.ToDateTime(default) - DateTime.UnixEpoch).TotalMilliseconds,
        _ => null,
    };

    private static double? NumberOf(object? cell) => cell is IConvertible and not string && Convert.ToDouble(cell, CultureInfo.InvariantCulture) is var number && double.IsFinite(number) ? number
        : cell switch { System.Numerics.BigInteger large => (double)large, SqlDecimal { AsDecimal: { } exact } => (double)exact, _ => null };
}
