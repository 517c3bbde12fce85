using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Microsoft.Extensions.Options;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Corrections;
using Wanwu.Telemetry.Erasure;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Rollups.Kept;

namespace Wanwu.Telemetry.Store;

/// <summary>The DuckDB file: opened with bounds on memory and threads, and with no way to other files than the cold ones or the network.</summary>
/// <remarks>One connection writes (the loader's); readers borrow one each. Thread-safe.</remarks>
internal sealed class StoreDatabase : IDisposable
{
    public const string FileName = "telemetry.duckdb";
    public const int SchemaVersion = 3;
    private const int MostMemory = 8;
    private readonly StoreOptions _options;
    private readonly ConcurrentBag<DuckDBConnection> _readers = [];
    private readonly SemaphoreSlim _turns;
    private readonly StoreGate _gate = new();
    private string _path = "";

    public StoreDatabase(IOptions<StoreOptions> options, ColdFiles cold, SeriesZones zones)
    {
        ArgumentNullException.ThrowIfNull(options);
        (Cold, Zones) = (cold, zones);
        _options = options.Value;
        _turns = new SemaphoreSlim(_options.ConcurrentQueries);
    }

    public string Path => _path;

    public ColdFiles Cold { get; }

    public SeriesZones Zones { get; }

    /// <summary>The loader's connection. Null while the database could not be opened again after a fault.</summary>
    public DuckDBConnection? Writer { get; private set; }

    /// <summary>Opens the file, makes its tables if it is new, and refuses one made by a later version.</summary>
    public void Open(string path)
    {
        _path = path;
        Cold.Begin(System.IO.Path.GetDirectoryName(path)!);
        Writer = Connect();
        Writer.Execute(StoreSchema.CreateState);
        var version = Writer.Scalar("SELECT version FROM state");
        if (version > SchemaVersion)
            throw new InvalidDataException($"{path} has schema version {version}; this version of Wanwu reads up to {SchemaVersion}.");
        Writer.Execute(StoreSchema.Create);
        Writer.Execute(ColdManifest.Create);
        Writer.Execute(FileCounts.Create);
        Writer.Execute(ExpiryJournal.Create);
        Writer.Execute(ErasureJournal.Create);
        Writer.Execute(CorrectionTable.Create);
        Writer.Execute(RollupManifest.Create);
        Writer.Execute(KeptManifest.Create);
        if (version < SchemaVersion) Writer.Execute(string.Create(CultureInfo.InvariantCulture, $"UPDATE state SET version = {SchemaVersion}"));
        Confine(Writer);
    }

    /// <summary>Nothing but the cold files may be touched from SQL, and a connection may set nothing but its own zone and where it looks for names. A reader that is still busy keeps the database as it is, confined already.</summary>
    private void Confine(DuckDBConnection connection)
    {
        if (connection.Scalar("SELECT current_setting('lock_configuration')::INTEGER") == 1) return;
        // A question opens as many cold files as there are in its time; they never change.
        connection.Execute($"SET parquet_metadata_cache = true; SET allowed_directories = [{ColdSql.Quote(Cold.Folder + "/")}]; SET enable_external_access = false; SET allowed_configs = ['TimeZone', 'search_path']; SET lock_configuration = true");
    }

    /// <summary>A connection of the caller's own.</summary>
    /// <param name="factor">Of the usual bound of memory; without effect while another connection is open.</param>
    public DuckDBConnection Connect(int factor = 1)
    {
        var settings = new DbConnectionStringBuilder
        {
            ["DataSource"] = _path,
            ["memory_limit"] = string.Create(CultureInfo.InvariantCulture, $"{(long)_options.MemoryMegabytes * factor}MiB"),
            ["threads"] = _options.ThreadCount.ToString(CultureInfo.InvariantCulture),
            ["preserve_insertion_order"] = "false",
            ["max_temp_directory_size"] = string.Create(CultureInfo.InvariantCulture, $"{_options.TemporaryMegabytes}MiB"),
        };
        var connection = new StoreConnection(settings.ConnectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>After a fault of the database: drops every idle connection and opens anew. In use readers end on their own.</summary>
    /// <param name="isShortOfMemory">Whether it was memory that was missing. Writing the file anew may need more of it than its bound leaves, and then would for ever: the bound gives way until it is written.</param>
    public void Reopen(bool isShortOfMemory = false)
    {
        Close();
        if (isShortOfMemory) WriteAnew();
        Open(_path);
    }

    private void WriteAnew()
    {
        for (var factor = 2; ; factor *= 2)
        {
            using var connection = Connect(factor);
            try
            {
                connection.Execute("CHECKPOINT");
                return;
            }
            catch (StoreException fault) when (factor < MostMemory && IsShortOfMemory(fault))
            {
                // Tried again with more.
            }
            catch (StoreException)
            {
                // A reader that has not ended yet keeps the old one as it is. The next load says whether that was enough.
                return;
            }
        }
    }

    /// <summary>Runs a query on a connection of its own, off the caller's thread; a cancelled one is interrupted.</summary>
    public async Task<T> QueryAsync<T>(Func<DuckDBConnection, CancellationToken, T> query, CancellationToken stop)
    {
        await _turns.WaitAsync(stop);
        try
        {
            return await Task.Run(() => Query(query, stop), stop);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>The same for what may have become cold: hot rows and the files beside them, as of one moment.</summary>
    public Task<T> QueryAsync<T>(Func<DuckDBConnection, ColdView, CancellationToken, T> query, CancellationToken stop) =>
        QueryAsync((connection, token) => Cold.Read(connection, view => query(connection, view, token)), stop);

    /// <summary>The same on the caller's thread and without waiting for a turn: the caller has bounds of its own.</summary>
    public T Query<T>(Func<DuckDBConnection, ColdView, CancellationToken, T> query, CancellationToken stop) =>
        Query((connection, token) => Cold.Read(connection, view => query(connection, view, token)), stop);

    /// <summary>Raised when a load found no memory: whoever runs large queries breaks one off.</summary>
    public event Action? ShortOfMemory;

    public void TellShortOfMemory() => ShortOfMemory?.Invoke();

    /// <summary>Whether it was memory that was missing.</summary>
    public static bool IsShortOfMemory(Exception fault) => fault is DuckDBException { ErrorType: DuckDBErrorType.OutOfMemory } or StoreReadException { ErrorType: DuckDBErrorType.OutOfMemory }
        || (fault is StoreException && (fault.Message.StartsWith("Out of Memory", StringComparison.Ordinal) || fault.Message.Contains(" MiB used)", StringComparison.Ordinal)));

    /// <summary>
    /// A query on a connection that is closed behind it, with whatever was made on it; on the caller's thread and without waiting for a turn. It is somebody's own
    /// and gives way where a load finds no memory.
    /// </summary>
    /// <exception cref="GaveWayException">It did.</exception>
    public T Alone<T>(Func<DuckDBConnection, ColdView, CancellationToken, T> query, CancellationToken stop)
    {
        using var own = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var gate = new Lock();
        var isOver = false;
        void GiveWay()
        {
            // Whoever raises the event may hold on to this after it was taken away.
            lock (gate)
                if (!isOver) own.Cancel();
        }

        using var visit = _gate.Enter(GiveWay);
        using var connection = Connect();
        using var interrupt = new Interruption(connection, own.Token);
        ShortOfMemory += GiveWay;
        try
        {
            return Cold.Read(connection, view => query(connection, view, own.Token));
        }
        catch (Exception fault) when (fault is DuckDBException or StoreException or OperationCanceledException)
        {
            stop.ThrowIfCancellationRequested();
            if (own.IsCancellationRequested) throw new GaveWayException();
            throw;
        }
        finally
        {
            ShortOfMemory -= GiveWay;
            lock (gate) isOver = true;
        }
    }

    private T Query<T>(Func<DuckDBConnection, CancellationToken, T> query, CancellationToken stop)
    {
        while (true)
        {
            var running = new Running();
            using var visit = _gate.Enter(running.Interrupt);
            var connection = _readers.TryTake(out var idle) ? idle : Connect();
            running.Begin(connection);
            try
            {
                using var interrupt = stop.Register(static reader => ((DuckDBConnection)reader!).NativeConnection.Interrupt(), connection);
                var answer = query(connection, stop);
                running.End();
                _readers.Add(connection);
                return answer;
            }
            catch (Exception fault)
            {
                running.End();
                connection.Dispose();
                if (fault is not (DuckDBException or StoreException or StoreReadException)) throw;
                stop.ThrowIfCancellationRequested();
                if (!visit.GaveWay) throw;
            }
        }
    }

    /// <summary>Puts a new file with the same rows in the place of the file: what was deleted is in none of its blocks. Nothing may be loaded or moved meanwhile; who asks waits a moment.</summary>
    /// <param name="copy">Writes the new file; questions go on meanwhile.</param>
    /// <param name="beforeSwitch">Called when it is written.</param>
    /// <exception cref="StoreException">The file could not be closed whole; it stays as it is.</exception>
    public void Renew(Action<string> copy, Action? beforeSwitch = null)
    {
        var made = _path + ".new";
        File.Delete(made);
        copy(made);
        using (var file = new FileStream(made, FileMode.Open, FileAccess.ReadWrite)) file.Flush(flushToDisk: true);
        beforeSwitch?.Invoke();
        _gate.Close();
        try
        {
            Writer?.Execute("CHECKPOINT");
            Close();
            // What the file's own log holds would be read into the new one at the next start.
            if (File.Exists(_path + ".wal")) throw new StoreException("The store's file could not be closed whole, and stays in its place.");
            File.Move(made, _path, overwrite: true);
            LinuxFiles.FlushFolder(System.IO.Path.GetDirectoryName(_path)!);
        }
        finally
        {
            File.Delete(made);
            try
            {
                Open(_path);
            }
            finally
            {
                _gate.Open();
            }
        }
    }

    /// <summary>A question that can be interrupted from outside as long as it runs.</summary>
    private sealed class Running
    {
        private readonly Lock _gate = new();
        private DuckDBConnection? _connection;

        public void Begin(DuckDBConnection connection)
        {
            lock (_gate) _connection = connection;
        }

        public void End()
        {
            lock (_gate) _connection = null;
        }

        public void Interrupt()
        {
            lock (_gate) _connection?.NativeConnection.Interrupt();
        }
    }

    private void Close()
    {
        Writer?.Dispose();
        Writer = null;
        while (_readers.TryTake(out var reader)) reader.Dispose();
    }

    public void Dispose()
    {
        Close();
        _turns.Dispose();
    }
}

/// <summary>Interrupts what runs on a connection from the moment a token says so until it is disposed of: an interrupt that comes between two statements is forgotten by DuckDB.</summary>
internal sealed class Interruption : IDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(50);
    private readonly Lock _gate = new();
    private readonly DuckDBConnection _connection;
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _registration;
    private bool _isOver;

    public Interruption(DuckDBConnection connection, CancellationToken stop)
    {
        _connection = connection;
        _timer = TimeProvider.System.CreateTimer(static interruption => ((Interruption)interruption!).Interrupt(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _registration = stop.Register(static interruption => ((Interruption)interruption!)._timer.Change(TimeSpan.Zero, Again), this);
    }

    private void Interrupt()
    {
        lock (_gate)
            if (!_isOver) _connection.NativeConnection.Interrupt();
    }

    public void Dispose()
    {
        _registration.Dispose();
        _timer.Dispose();
        lock (_gate) _isOver = true;
    }
}

/// <summary>A query was ended because the store needed its memory.</summary>
internal sealed class GaveWayException() : Exception("The store needed the query's memory.");

internal static class StoreSchema
{
    public const string CreateState = """
        CREATE TABLE IF NOT EXISTS state (version INTEGER NOT NULL, position BIGINT NOT NULL);
        INSERT INTO state SELECT 1, 0 WHERE NOT EXISTS (FROM state)
        """;

    /// <summary>
    /// An integer beyond 2^53 stands in <c>integer</c> too, because <c>number</c> cannot hold it exactly; a point is latitude in <c>number</c> and longitude in
    /// <c>number2</c>; texts and objects stand in <c>text</c>. Empty columns cost nothing. The thing accounts are sums over rows.
    /// </summary>
    public const string Create = """
        CREATE TABLE IF NOT EXISTS series (number INTEGER NOT NULL, thing VARCHAR NOT NULL, property VARCHAR NOT NULL);
        CREATE TABLE IF NOT EXISTS observations (series INTEGER NOT NULL, t BIGINT NOT NULL, received BIGINT NOT NULL,
            quality UTINYINT NOT NULL, kind UTINYINT NOT NULL, number DOUBLE, number2 DOUBLE, integer BIGINT, text VARCHAR);
        CREATE TABLE IF NOT EXISTS refused (id BIGINT NOT NULL, received BIGINT NOT NULL, protocol VARCHAR NOT NULL, thing VARCHAR, reason USMALLINT NOT NULL,
            detail VARCHAR NOT NULL, property VARCHAR, source VARCHAR, bytes BLOB NOT NULL, count INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS protocol_accounts (protocol VARCHAR NOT NULL, received BIGINT NOT NULL, stored BIGINT NOT NULL, repeated BIGINT NOT NULL, refused BIGINT NOT NULL);
        CREATE TABLE IF NOT EXISTS thing_accounts (thing VARCHAR NOT NULL, received BIGINT NOT NULL, stored BIGINT NOT NULL, repeated BIGINT NOT NULL, refused BIGINT NOT NULL);
        """;
}

internal static class StoreCommands
{
    /// <exception cref="StoreException">The statement failed.</exception>
    public static void Execute(this DuckDBConnection connection, string sql)
    {
        // Not through a command: it asks again and again whether the statement has ended, and takes the processor from the threads that would end it.
        var state = NativeMethods.Query.DuckDBQuery(connection.NativeConnection, sql, out var result);
        var fault = state.IsSuccess() ? null : NativeMethods.Query.DuckDBResultError(ref result);
        NativeMethods.Query.DuckDBDestroyResult(ref result);
        if (fault is not null) throw new StoreException(fault);
    }

    public static long Scalar(this DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    /// <summary>A number that every question asks for by the same words.</summary>
    public static long Known(this DuckDBConnection connection, string sql) => connection is StoreConnection own ? own.Known(sql) : connection.Scalar(sql);

    /// <summary>Ends a transaction that failed.</summary>
    public static void RollBack(this DuckDBConnection connection)
    {
        try
        {
            connection.Execute("ROLLBACK");
        }
        catch (StoreException)
        {
            // A commit that failed has ended the transaction already; the fault on its way up says what happened.
        }
    }

    public static List<(int Key, long Count)> Pairs(this DuckDBConnection connection, string sql) =>
        [.. connection.LongPairs(sql).Select(pair => ((int)pair.Key, pair.Count))];

    /// <summary>Rows of two whole numbers.</summary>
    public static List<(long Key, long Count)> LongPairs(this DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var pairs = new List<(long, long)>();
        while (reader.Read()) pairs.Add((Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), reader.GetInt64(1)));
        return pairs;
    }
}
