using DuckDB.NET.Data;
using Microsoft.Extensions.Options;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Rollups;

namespace Wanwu.Telemetry.Store;

/// <summary>Where tests stand in for a store that fails, and for a crash at each step of a load.</summary>
internal sealed class LoadFaults
{
    public Action<LoadStep>? At { get; set; }
}

internal enum LoadStep
{
    BeforeTransaction,
    AfterTransaction,
}

/// <summary>Loads what is committed in the log into the store: about once a second, when much has come together, or at once when a query needs it.</summary>
/// <remarks>One thread, because DuckDB's calls block. While the store cannot be written it is tried again; the log keeps everything and pushes back when full.</remarks>
internal sealed partial class StoreLoader : IDisposable
{
    private const int BytesPerLoad = 8 << 20;
    private readonly StoreDatabase _database;
    private readonly ObservationLog _log;
    private readonly Accounts _accounts;
    private readonly StoreOptions _options;
    private readonly LoadFaults _faults;
    private readonly ILogger<StoreLoader> _logger;
    private readonly LoadPlan _plan;
    private readonly DirtyHours _dirty = new();
    private readonly object _gate = new();
    private readonly List<(long Position, TaskCompletionSource Done)> _waiters = [];
    private readonly Lock _loading = new();
    private List<TailChunk>? _pending;
    private Thread? _thread;
    private ITimer? _timer;
    private bool _due;
    private bool _stopping;
    private bool _hasFailed, _wasShortOfMemory;
    private long _position;
    private long _nextRefusal = 1;

    public StoreLoader(StoreDatabase database, ObservationLog log, Accounts accounts, IOptions<StoreOptions> options, LoadFaults faults, ILogger<StoreLoader> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_database, _log, _accounts, _options, _faults, _logger) = (database, log, accounts, options.Value, faults, logger);
        _plan = new LoadPlan(accounts.Series);
    }

    /// <summary>Log position up to which the store has everything.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>Raised on the loader's thread after a load, with the position reached.</summary>
    public event Action<long>? Loaded;

    /// <summary>So much is worth a load of its own, and leaves senders room enough meanwhile.</summary>
    private long Enough => Math.Min(BytesPerLoad, _log.MaxUnloaded / 4);

    internal void Begin(long position, long nextRefusal, long watermark)
    {
        (_position, _nextRefusal) = (position, nextRefusal);
        _dirty.Begin(watermark);
    }

    internal void Start(TimeProvider clock)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "Wanwu store" };
        _thread.Start();
        var every = TimeSpan.FromMilliseconds(_options.LoadEveryMilliseconds);
        _timer = clock.CreateTimer(static loader => ((StoreLoader)loader!).Nudge(), this, every, every);
        _log.Tail.Notify(Enough, Nudge);
    }

    private void Nudge()
    {
        lock (_gate)
        {
            _due = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Completes once the store has everything up to <paramref name="position"/>; askers of one moment share a load.</summary>
    /// <exception cref="StoreException">The store cannot be written at present.</exception>
    public Task LoadedAsync(long position, CancellationToken stop)
    {
        if (Position >= position) return Task.CompletedTask;
        lock (_gate)
        {
            if (Position >= position) return Task.CompletedTask;
            if (_stopping) throw new StoreException("The server is stopping.");
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((position, done));
            Monitor.Pulse(_gate);
            return done.Task.WaitAsync(stop);
        }
    }

    /// <summary>Completes once every refusal committed so far is in the store.</summary>
    public Task LoadedAsync(CancellationToken stop) => LoadedAsync(_log.CommittedPosition, stop);

    /// <summary>Loads what is committed, then takes no more.</summary>
    public void Stop()
    {
        _timer?.Dispose();
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }
        _thread?.Join();
    }

    private void Run()
    {
        while (true)
        {
            bool stopping;
            lock (_gate)
            {
                while (!_due && _waiters.Count == 0 && !_stopping) Monitor.Wait(_gate);
                _due = false;
                stopping = _stopping;
            }
            var fault = LoadAll();
            Tell(fault);
            if (stopping) return;
        }
    }

    /// <returns>What went wrong, or null.</returns>
    private StoreException? LoadAll()
    {
        try
        {
            // What comes in meanwhile is left for the next time unless it is much: a load has costs of its own, and an endless run of small ones would be nothing but those.
            var asked = _log.CommittedPosition;
            while (LoadSome() && (Position < asked || _log.Tail.Bytes >= Enough)) { }
            _log.TellStoreProblem(null);
            return null;
        }
        // The edge of the loader's loop. Nothing is lost by a fault here: what could not be loaded stays in the log and is tried again.
#pragma warning disable CA1031
        catch (Exception fault)
#pragma warning restore CA1031
        {
            var problem = $"The store cannot be written: {fault.Message} It is tried again with the next load; what is acknowledged is safe in the log.";
            if (_log.State.StoreProblem is null) LoadFailed(fault, Position);
            if (StoreDatabase.IsShortOfMemory(fault))
            {
                _wasShortOfMemory = true;
                _database.TellShortOfMemory();
            }
            _log.TellStoreProblem(problem);
            return new StoreException(problem, fault);
        }
    }

    /// <summary>One transaction. False when there is nothing to load.</summary>
    internal bool LoadSome()
    {
        lock (_loading)
        {
            _pending ??= _log.Tail.Take(BytesPerLoad);
            if (_pending.Count == 0)
            {
                _pending = null;
                return false;
            }
            var end = _pending[^1].EndPosition;
            if (_hasFailed) _database.Reopen(_wasShortOfMemory);
            // A commit whose answer was lost may yet have happened: the store's own position tells.
            if (!_hasFailed || _database.Writer!.Scalar("SELECT position FROM state") < end) Load(_pending, end);
            _accounts.Take(_plan);
            _dirty.Commit();
            _nextRefusal += _plan.Refusals.Count;
            Volatile.Write(ref _position, end);
            _log.Tail.Release(_pending);
            _pending = null;
            (_hasFailed, _wasShortOfMemory) = (false, false);
            _accounts.CompactIfDue(_database.Writer!);
        }
        _log.TellRoom();
        Loaded?.Invoke(Position);
        return true;
    }

    private void Load(List<TailChunk> chunks, long end)
    {
        _hasFailed = true;
        _plan.Read(chunks);
        _faults.At?.Invoke(LoadStep.BeforeTransaction);
        new LoadTransaction(_database.Writer!, _database.Cold, _plan, _dirty).Run(end, _nextRefusal, _accounts.Protocols, _options.RefusalsKept);
        _faults.At?.Invoke(LoadStep.AfterTransaction);
    }

    private void Tell(StoreException? fault)
    {
        lock (_gate)
        {
            for (var i = _waiters.Count - 1; i >= 0; i--)
            {
                var (position, done) = _waiters[i];
                if (position <= Position) done.TrySetResult();
                else if (fault is not null) done.TrySetException(fault);
                else continue;
                _waiters.RemoveAt(i);
            }
        }
    }

    /// <summary>Holds loads back while <paramref name="work"/> runs: for a copy of the file. The log goes on taking messages meanwhile.</summary>
    public void Pause(Action<DuckDBConnection, long> work)
    {
        lock (_loading)
        {
            if (_database.Writer is null) _database.Reopen();
            work(_database.Writer!, Position);
        }
    }

    /// <summary>Begins a transaction that sums up hot rows, or moves them: it sees all that is loaded, and what is loaded from now on before the watermark is noted as out of date.</summary>
    /// <param name="watermark">Null to leave it where it is.</param>
    public void BeginSummary(DuckDBConnection connection, long? watermark)
    {
        lock (_loading)
        {
            _dirty.Forget();
            if (watermark is { } moved) _dirty.Announce(moved);
            connection.Execute("BEGIN TRANSACTION");
            // DuckDB takes its view of the file with the first statement that looks into it.
            connection.Scalar("SELECT position FROM state");
        }
    }

    public void Dispose() => _timer?.Dispose();

    [LoggerMessage(3020, LogLevel.Error, "The store could not be written behind log position {Position}; loading is tried again, nothing acknowledged is lost")]
    private partial void LoadFailed(Exception fault, long position);
}
