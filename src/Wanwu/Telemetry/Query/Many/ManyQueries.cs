using Microsoft.Extensions.Options;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>A question that cannot be answered at present, or not as it was put: what the asker may do about it.</summary>
internal sealed class QueryException(int status, string detail) : Exception(detail)
{
    public int Status => status;
}

/// <summary>Answers questions about many series, portion by portion: each takes its turn, runs on a thread that stands back, and is broken off when its time is over.</summary>
internal sealed class ManyQueries : IDisposable
{
    private const int PortionRows = 50_000;
    private readonly StoreDatabase _database;
    private readonly StoreLoader _loader;
    private readonly QueryThreads _threads;
    private readonly QueryOptions _options;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly Dictionary<CancellationTokenSource, double> _running = [];

    public ManyQueries(StoreDatabase database, StoreLoader loader, QueryTurns turns, QueryThreads threads, IOptions<QueryOptions> options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_database, _loader, Turns, _threads, _options, _clock) = (database, loader, turns, threads, options.Value, clock);
        _database.ShortOfMemory += BreakOffLargest;
    }

    public QueryTurns Turns { get; }

    public QueryOptions Options => _options;

    public CancellationTokenSource AnswerDeadline() => new(TimeSpan.FromSeconds(_options.AnswerSeconds), _clock);

    /// <summary>Waits until the store has what was committed when the question was put.</summary>
    /// <exception cref="StoreException">The store cannot be brought up to date at present.</exception>
    public Task UpToDateAsync(Question question, CancellationToken stop) => question.IsInMemory ? Task.CompletedTask : _loader.LoadedAsync(question.Needed, stop);

    /// <summary>One portion of at most <paramref name="most"/> rows, gathered in <paramref name="rows"/>.</summary>
    /// <exception cref="QueryException">It took too long, or memory ran out.</exception>
    public async Task<Portion> AskAsync(string caller, Question question, Place place, long most, RowFormat rows, CancellationToken stop)
    {
        if (question.IsInMemory) return question.Ask(default, place, Math.Min(most, PortionRows), rows);
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(_options.DeadlineSeconds), _clock);
        using var shortOfMemory = new CancellationTokenSource();
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token, shortOfMemory.Token);
        try
        {
            await Turns.BeginAsync(caller, any.Token);
            try
            {
                lock (_gate) _running[shortOfMemory] = question.Weight;
                return await _threads.RunAsync(() => Ask(question, place, Math.Min(most, PortionRows), rows, any.Token));
            }
            finally
            {
                lock (_gate) _running.Remove(shortOfMemory);
                Turns.End(caller);
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw shortOfMemory.IsCancellationRequested ? OutOfMemory() : new QueryException(StatusCodes.Status503ServiceUnavailable,
                $"The store did not answer within {_options.DeadlineSeconds} seconds. Ask for less time, for fewer series or for wider buckets.");
        }
        catch (Exception fault) when (StoreDatabase.IsShortOfMemory(fault))
        {
            throw OutOfMemory();
        }
    }

    private Portion Ask(Question question, Place place, long most, RowFormat rows, CancellationToken stop) => _database.Query((connection, cold, token) =>
    {
        // What an attempt before this one, at a file that proved damaged, had gathered.
        rows.Discard();
        using var interruption = new Interruption(connection, token);
        return question.Ask(new Asked(connection, cold, token), place, most, rows);
    }, stop);

    private static QueryException OutOfMemory() => new(StatusCodes.Status503ServiceUnavailable,
        "The store has not enough memory for this question beside what comes in. Ask for less time, for fewer series or without percentiles.");

    /// <summary>What comes in goes before what is asked.</summary>
    private void BreakOffLargest()
    {
        lock (_gate)
        {
            if (_running.Count > 0) _running.MaxBy(running => running.Value).Key.Cancel();
        }
    }

    public void Dispose() => _database.ShortOfMemory -= BreakOffLargest;
}
