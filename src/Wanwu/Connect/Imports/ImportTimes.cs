using System.Data.Common;
using System.Globalization;
using DuckDB.NET.Data;

namespace Wanwu.Connect.Imports;

/// <param name="Series">Number within the dry run.</param>
internal readonly record struct SeriesSpan(int Series, long First, long Last);

/// <summary>Every series and time of a file, on disk beside it, to be held against each other and against the store in bounded memory.</summary>
internal sealed class ImportTimes : IDisposable
{
    private readonly string _path;
    private readonly DuckDBConnection _connection;
    private DuckDBAppender? _appender;
    private DuckDBAppender? _storedAppender;

    public ImportTimes(string path, int megabytes)
    {
        _path = path;
        Remove();
        var settings = new DbConnectionStringBuilder
        {
            ["DataSource"] = path, ["memory_limit"] = string.Create(CultureInfo.InvariantCulture, $"{megabytes}MiB"), ["threads"] = "1", ["preserve_insertion_order"] = "false",
        };
        _connection = new DuckDBConnection(settings.ConnectionString);
        _connection.Open();
        Execute("CREATE TABLE wanted (series INTEGER, t BIGINT); CREATE TABLE stored (series INTEGER, t BIGINT)");
        _appender = _connection.CreateAppender("wanted");
    }

    public void Add(int series, long time) => _appender!.CreateRow().AppendValue(series).AppendValue(time).EndRow();

    /// <summary>All times of the file are here: the series there are, and their spans.</summary>
    public List<SeriesSpan> End()
    {
        _appender!.Dispose();
        _appender = null;
        var spans = new List<SeriesSpan>();
        using (var command = Command("SELECT series, min(t), max(t) FROM wanted GROUP BY series ORDER BY series"))
        using (var reader = command.ExecuteReader())
            while (reader.Read()) spans.Add(new SeriesSpan(reader.GetInt32(0), reader.GetInt64(1), reader.GetInt64(2)));
        _storedAppender = _connection.CreateAppender("stored");
        return spans;
    }

    public void AddStored(int series, long time) => _storedAppender!.CreateRow().AppendValue(series).AppendValue(time).EndRow();

    public long CountNew()
    {
        _storedAppender!.Dispose();
        _storedAppender = null;
        using var command = Command("SELECT count(*) FROM (SELECT DISTINCT series, t FROM wanted) w ANTI JOIN stored s ON w.series = s.series AND w.t = s.t");
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private void Execute(string sql)
    {
        using var command = Command(sql);
        command.ExecuteNonQuery();
    }

    private DuckDBCommand Command(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    private void Remove()
    {
        File.Delete(_path);
        File.Delete(_path + ".wal");
        if (Directory.Exists(_path + ".tmp")) Directory.Delete(_path + ".tmp", recursive: true);
    }

    public void Dispose()
    {
        _appender?.Dispose();
        _storedAppender?.Dispose();
        _connection.Dispose();
        Remove();
    }
}
