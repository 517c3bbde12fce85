using System.Globalization;
using System.Security.Cryptography;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Cold;

/// <summary>Sorts rows into a file and proves that the file holds just these rows, before anyone is told of it.</summary>
/// <remarks>Works in a DuckDB of its own, with its own bounds on memory and threads, so that the store goes on undisturbed. One thread at a time.</remarks>
internal sealed class ColdWriter : IDisposable
{
    public const int LayoutVersion = 1;
    private const int MostSlices = 6;
    private const long RowGroup = 122_880;
    private readonly ColdFiles _cold;
    private readonly DuckDBConnection _connection;
    private readonly CancellationTokenRegistration _interrupt;

    public ColdWriter(ColdFiles cold, ColdOptions options, CancellationToken stop)
    {
        _cold = cold;
        Directory.CreateDirectory(Path.Combine(cold.Folder, ColdFiles.WorkFolder));
        _connection = new DuckDBConnection("DataSource=:memory:");
        try
        {
            _connection.Open();
            _connection.Execute(string.Create(CultureInfo.InvariantCulture, $"""
                SET memory_limit = '{options.MemoryMegabytes}MiB'; SET threads = {options.Threads}; SET TimeZone = 'UTC'; SET preserve_insertion_order = false; SET enable_external_file_cache = false;
                SET temp_directory = {ColdSql.Quote(Path.Combine(cold.Folder, ColdFiles.WorkFolder))}
                """));
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
        _interrupt = stop.Register(static connection => ((DuckDBConnection)connection!).NativeConnection.Interrupt(), _connection);
    }

    /// <summary>Where sources are read: what they name beside files is put here first.</summary>
    public DuckDBConnection Connection => _connection;

    /// <summary>Writes what <paramref name="source"/> selects; the file is durable when this returns, and counts once the manifest names it.</summary>
    /// <param name="source">A SELECT of a file's columns, series and time without repeat.</param>
    /// <exception cref="StoreException">The file does not hold what was to be written.</exception>
    public ColdFile Write(ColdSpan span, string source, long generation, Timestamp now)
    {
        var name = ColdName.Of(span, generation);
        var draft = Path.Combine(_cold.Folder, ColdFiles.WorkFolder, Path.GetFileName(name));
        var content = Sum(source);
        _connection.Execute(string.Create(CultureInfo.InvariantCulture, $$"""
            COPY (SELECT {{ColdSql.Columns}} FROM ({{source}}) ORDER BY {{Order(span, content.Rows, "t", "epoch_us(t)")}}) TO {{ColdSql.Quote(draft)}}
            (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, KV_METADATA {"wanwu.cold": '{{LayoutVersion}}', "wanwu.from": '{{new Timestamp(span.From)}}', "wanwu.to": '{{new Timestamp(span.To)}}'})
            """));
        var (bytes, sha256) = Flush(draft);
        var file = Describe(draft, new ColdFile(name, span, 0, 0, 0, 0, 0, bytes, sha256, now.Microseconds, null), content);
        MoveIntoPlace(draft, _cold.PathOf(file));
        return file;
    }

    /// <summary>
    /// Slices of time, and in each by series and time. What is asked of one series is found in a few row groups, one in each slice; what is asked of all of them at some
    /// time is found in one slice. A slice has two row groups or more, for fewer would part nothing.
    /// </summary>
    private static string Order(ColdSpan span, long rows, string time, string microseconds)
    {
        var slices = Math.Min(MostSlices, rows / (2 * RowGroup));
        return slices < 2 ? $"series, {time}" : string.Create(CultureInfo.InvariantCulture, $"({microseconds} - {span.From}) // {(span.To - span.From + slices - 1) / slices}, series, {time}");
    }

    /// <summary>Reads the file back: bounds for the planner, and the proof against what it was made of.</summary>
    private ColdFile Describe(string path, ColdFile file, (long Rows, string Hash) content)
    {
        var written = Sum($"FROM {ColdSql.Parquet([path])}");
        if (written != content)
            throw new StoreException($"{file.Name} does not hold the rows it was made of; it is not used and its rows stay where they are.");
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // A path of ours, quoted.
        command.CommandText = $"SELECT min(epoch_us(t)), max(epoch_us(t)), min(series), max(series) FROM {ColdSql.Parquet([path])}";
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        reader.Read();
        return file with
        {
            Rows = written.Rows, FirstTime = reader.GetInt64(0), LastTime = reader.GetInt64(1), FirstSeries = reader.GetInt32(2), LastSeries = reader.GetInt32(3),
        };
    }

    private (long Rows, string Hash) Sum(string source)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Built of constants, numbers and quoted paths of ours.
        command.CommandText = $"SELECT count(*), coalesce(bit_xor(hash({ColdSql.Columns})), 0)::VARCHAR FROM ({source})";
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        reader.Read();
        return (reader.GetInt64(0), reader.GetString(1));
    }

    /// <summary>A year of one series is read out of many others' days: what unpacks in half the time, and as numbers with dictionaries is no larger.</summary>
    private static string Packing(RollupLevel level) => level is RollupLevel.Day ? "COMPRESSION lz4_raw, PARQUET_VERSION v1" : "COMPRESSION zstd, PARQUET_VERSION v2";

    /// <summary>Writes the rollups of a level that were made for the span, sorted; otherwise as <see cref="Write"/>.</summary>
    /// <param name="isKept">Whether they are to outlive their observations.</param>
    /// <exception cref="StoreException">The file does not hold what was to be written.</exception>
    public ColdFile WriteRollups(RollupLevel level, ColdSpan span, long generation, Timestamp now, bool isKept = false)
    {
        var name = isKept ? ColdName.OfKept(level, span, generation) : ColdName.Of(level, span, generation);
        var draft = Path.Combine(_cold.Folder, ColdFiles.WorkFolder, $"{level.Name()}.{Path.GetFileName(name)}");
        var source = string.Create(CultureInfo.InvariantCulture, $"FROM made_{level.Name()} WHERE series BETWEEN {span.LowSeries} AND {span.HighSeries}");
        var start = $"made_{level.Name()}.start";
        // Days are asked for by the year, and of one series mostly.
        var order = level is RollupLevel.Day ? $"series, {start}" : Order(span, _connection.Scalar($"SELECT count(*) {source}"), start, start);
        _connection.Execute(string.Create(CultureInfo.InvariantCulture, $$"""
            COPY (SELECT {{RollupSql.ToFile}} {{source}} ORDER BY {{order}}, quality) TO {{ColdSql.Quote(draft)}}
            (FORMAT parquet, {{Packing(level)}}, KV_METADATA {"wanwu.rollup": '{{RollupSql.LayoutVersion}}', "wanwu.level": '{{level.Name()}}', "wanwu.from": '{{new Timestamp(span.From)}}', "wanwu.to": '{{new Timestamp(span.To)}}'})
            """));
        var (bytes, sha256) = Flush(draft);
        var written = $"(SELECT {RollupSql.FromFile} FROM {ColdSql.Parquet([draft])})";
        if (Scalar($"SELECT count(*) FROM ((SELECT hash({RollupSql.Columns}) {source}) EXCEPT ALL (SELECT hash({RollupSql.Columns}) FROM {written}))") > 0)
            throw new StoreException($"{name} does not hold the rollups it was made of; it is not used.");
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // A path of ours, quoted.
        command.CommandText = $"SELECT count(*), min(first_t), max(last_t), min(series), max(series) FROM {written}";
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        reader.Read();
        var file = new ColdFile(name, span, reader.GetInt64(1), reader.GetInt64(2), reader.GetInt32(3), reader.GetInt32(4), reader.GetInt64(0), bytes, sha256, now.Microseconds, null);
        MoveIntoPlace(draft, _cold.PathOf(file));
        return file;
    }

    public string Parquet(IReadOnlyList<ColdFile> files) => ColdSql.Parquet(files.Select(_cold.PathOf));

    public void Execute(string sql) => _connection.Execute(sql);

    public long Scalar(string sql) => _connection.Scalar(sql);

    /// <summary>Fills a temporary table of two columns.</summary>
    public void Fill(string table, IReadOnlyDictionary<int, int> pairs)
    {
        using var appender = new ColumnAppender(_connection, table, "temp");
        foreach (var (key, value) in pairs)
        {
            appender.Int32(0, key);
            appender.Int32(1, value);
            appender.Next();
        }
        appender.Finish();
    }

    /// <summary>How many rows each series has among the files.</summary>
    public List<(int Series, long Rows)> Counts(IReadOnlyList<ColdFile> files) => Counts([.. files.Select(_cold.PathOf)]);

    public List<(int Series, long Rows)> Counts(params string[] paths) =>
        _connection.Pairs($"SELECT series, count(*) FROM {ColdSql.Parquet(paths)} GROUP BY series ORDER BY series");

    private static (long Bytes, string Sha256) Flush(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        var hash = Convert.ToHexStringLower(SHA256.HashData(file));
        file.Flush(flushToDisk: true);
        return (file.Length, hash);
    }

    private void MoveIntoPlace(string draft, string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        File.Move(draft, path, overwrite: true);
        LinuxFiles.FlushFolder(folder);
        LinuxFiles.FlushFolder(_cold.Folder);
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _connection.Dispose();
    }
}
