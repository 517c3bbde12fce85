using System.Globalization;
using DuckDB.NET.Data;
using Microsoft.Extensions.Options;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Cold;

/// <summary>What a compaction did.</summary>
/// <param name="Rows">Rows that left the hot store.</param>
/// <param name="Files">Files written.</param>
/// <param name="Merged">Files that were replaced by files of longer periods.</param>
/// <param name="PutOff">Spans left for the next time, because they changed meanwhile.</param>
/// <param name="LongestSwitchMilliseconds">How long loading was held up at most; acknowledgements never wait for it.</param>
internal sealed record CompactionView(long Rows, int Files, int Merged, int PutOff, double LongestSwitchMilliseconds, double Seconds);

/// <summary>Moves days that are over into Parquet files, in the background and file by file.</summary>
/// <remarks>One at a time; what is interrupted is taken up by the next. See <c>docs/formats/cold.md</c>.</remarks>
internal sealed partial class Compaction(
    StoreDatabase database, StoreLoader loader, ColdFaults faults, IOptions<ColdOptions> options, TimeProvider clock, ILogger<Compaction> logger) : IDisposable
{
    private readonly ColdOptions _options = options.Value;
    private readonly SemaphoreSlim _run = new(1), _slice = new(1);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>What goes before: letting go of what has expired. Given a way to run one step with nothing else moving, as every file here is one.</summary>
    internal Action<Action<IReadOnlyList<ColdFile>, Action>, CancellationToken>? Before { get; set; }

    internal void Start() => _loop = LoopAsync(_stop.Token);

    internal async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        // One that was asked for ends with the server too.
        await _run.WaitAsync();
        _run.Release();
    }

    private async Task LoopAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(_options.LookEveryMinutes), clock);
        while (true)
        {
            try
            {
                if (!await timer.WaitForNextTickAsync(stop)) return;
                await RunAsync(isEverythingDue: false, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            // The edge of the loop: a compaction that fails has changed nothing, and is tried again at the next tick.
#pragma warning disable CA1031
            catch (Exception fault)
#pragma warning restore CA1031
            {
                Failed(fault);
            }
        }
    }

    /// <summary>Does what is due.</summary>
    /// <param name="isEverythingDue">Whether late observations are taken in at once, however few.</param>
    public async Task<CompactionView> RunAsync(bool isEverythingDue, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _stop.Token);
        await _run.WaitAsync(either.Token);
        try
        {
            return await Task.Run(() => Run(isEverythingDue, either.Token), either.Token);
        }
        catch (Exception fault) when (fault is DuckDBException or StoreException && either.IsCancellationRequested)
        {
            throw new OperationCanceledException(either.Token);
        }
        finally
        {
            _run.Release();
            Ended?.Invoke();
        }
    }

    /// <summary>Raised when one has ended, however it did.</summary>
    internal event Action? Ended;

    /// <summary>Whether one is under way.</summary>
    public bool IsRunning => _run.CurrentCount == 0;

    /// <summary>Holds the compaction between two files: nothing moves before it ends.</summary>
    public async Task<IDisposable> PauseAsync(CancellationToken stop)
    {
        await _slice.WaitAsync(stop);
        return new Held(_slice);
    }

    /// <summary>Waits until none is under way and lets none begin before it ends; one that is asked for waits.</summary>
    public async Task<IDisposable> KeepOutAsync(CancellationToken stop)
    {
        await _run.WaitAsync(stop);
        return new Held(_run);
    }

    private CompactionView Run(bool isEverythingDue, CancellationToken stop)
    {
        var begun = clock.GetTimestamp();
        var tally = new Tally();
        Before?.Invoke((inputs, step) => InSlice(tally, inputs, step, stop), stop);
        if (_options.IsEnabled || isEverythingDue) Compact(tally, isEverythingDue, stop);
        var view = new CompactionView(tally.Rows, tally.Files, tally.Merged, tally.PutOff, tally.Longest.TotalMilliseconds, clock.GetElapsedTime(begun).TotalSeconds);
        if (view.Files > 0) Compacted(view.Rows, view.Files, view.Seconds, view.LongestSwitchMilliseconds);
        return view;
    }

    private void Compact(Tally tally, bool isEverythingDue, CancellationToken stop)
    {
        using (var connection = database.Connect())
        using (var writer = new ColdWriter(database.Cold, _options, stop))
        {
            database.Cold.Sweep(connection);
            var (days, files) = (HotDays(connection), Files(connection));
            foreach (var (file, late) in Late(connection, files, days).Where(one => IsDue(one.File, one.Late, isEverythingDue)))
                InSlice(tally, [file], () => Move(tally, writer, file.Span, file, stop), stop);
            foreach (var work in Plan(files).New(days)) InSlice(tally, [], () => Move(tally, writer, work.Span, null, stop), stop);
            foreach (var merge in Plan(Files(connection)).Merges()) Merge(tally, connection, writer, merge, stop);
            SumUp(tally, connection, writer, stop);
            foreach (var inputs in RollupMerge.Due(RollupManifest.Read(connection))) Merge(tally, connection, writer, inputs, stop);
        }
    }

    private ColdPlan Plan(IReadOnlyList<ColdFile> files) => new(files, ClosedBefore, _options.RowsPerFile);

    private long ClosedBefore => ColdPlan.ClosedBefore(Timestamp.Now(clock).Microseconds, TimeSpan.FromHours(_options.CloseAfterHours));

    /// <summary>Before that, microseconds, hot rows are about to become cold; nothing is where they stay hot.</summary>
    public long LeavesBefore => _options.IsEnabled ? ClosedBefore : long.MinValue;

    private List<ColdFile> Files(DuckDBConnection connection) =>
        [.. ColdManifest.Read(connection).Select(file => file with { Damage = database.Cold.Damaged.GetValueOrDefault(file.Name, file.Damage!) })];

    private static List<HotDay> HotDays(DuckDBConnection connection)
    {
        const long Day = ColdPeriod.MicrosecondsPerDay;
        return [.. connection.LongPairs($"SELECT t - ((t % {Day} + {Day}) % {Day}) AS day, count(*) FROM observations GROUP BY day ORDER BY day")
            .Select(pair => new HotDay(pair.Key, pair.Count))];
    }

    /// <summary>Sound files whose span has hot rows: late ones, and newer versions of theirs.</summary>
    private static List<(ColdFile File, long Late)> Late(DuckDBConnection connection, IReadOnlyList<ColdFile> files, List<HotDay> days) =>
        [.. files.Where(file => file.Damage is null && days.Exists(day => ColdPeriod.Day(day.Start).Meets(file.Span)))
            .Select(file => (file, connection.Scalar($"SELECT count(*) FROM observations WHERE {ColdSql.HotIn(file.Span)}"))).Where(one => one.Item2 > 0)];

    /// <summary>A file is written anew when enough has come to be worth it, or has waited long enough.</summary>
    private bool IsDue(ColdFile file, long late, bool isEverythingDue) =>
        isEverythingDue || late * 16 >= file.Rows || file.Written <= Timestamp.Now(clock).Microseconds - _options.RewriteAfterHours * 3_600_000_000L;

    private void Move(Tally tally, ColdWriter writer, ColdSpan span, ColdFile? replaced, CancellationToken stop)
    {
        var move = new HotMove(database, loader, faults, writer, Rollups(writer));
        var (files, rows) = move.Run(span, replaced, _options.RowsPerFile, clock, stop);
        tally.Rows += rows;
        tally.Files += files;
        if (move.Switch > tally.Longest) tally.Longest = move.Switch;
    }

    /// <summary>Files only: they do not change while they are read, so the list alone is switched, once all of the period is written.</summary>
    private void Merge(Tally tally, DuckDBConnection connection, ColdWriter writer, Merge merge, CancellationToken stop) => InSlice(tally, merge.Inputs, () =>
    {
        var whole = new ColdSpan(merge.Period.From, merge.Period.To, 0, int.MaxValue);
        var inputs = ColdSql.Parquet(merge.Inputs.Select(database.Cold.PathOf));
        var generation = ColdManifest.Generation(connection) + 1;
        var made = new List<ColdFile>();
        foreach (var span in ColdPlan.Cut(whole, writer.Counts(merge.Inputs), _options.RowsPerFile))
        {
            stop.ThrowIfCancellationRequested();
            made.Add(writer.Write(span, string.Create(CultureInfo.InvariantCulture,
                $"FROM {inputs} WHERE series BETWEEN {span.LowSeries} AND {span.HighSeries}"), generation, Timestamp.Now(clock)));
        }
        if (made.Sum(file => file.Rows) != merge.Inputs.Sum(file => file.Rows))
            throw new StoreException($"The files of {merge.Period.Label} do not add up; they stay as they are.");
        faults.At?.Invoke(ColdStep.MergeWritten);
        var summed = Rollups(writer).Make(made, merge.Inputs, RollupManifest.Read(connection), generation, Timestamp.Now(clock));
        loader.Pause((_, _) => Switch(connection, merge.Inputs, made, summed));
        faults.At?.Invoke(ColdStep.MergeCommitted);
        database.Cold.Retire([.. merge.Inputs, .. summed.Replaced.Select(rollup => rollup.File)]);
        tally.Files += made.Count;
        tally.Merged += merge.Inputs.Count;
    }, stop);

    /// <summary>Files of an earlier version, and those whose rollups were damaged, have none: they are made now.</summary>
    private void SumUp(Tally tally, DuckDBConnection connection, ColdWriter writer, CancellationToken stop)
    {
        var pending = RollupManifest.Pending(connection);
        foreach (var file in pending.Count == 0 ? [] : Files(connection).Where(file => file.Damage is null && pending.Contains(file.Name)))
            InSlice(tally, [file], () =>
            {
                var generation = ColdManifest.Generation(connection) + 1;
                var summed = Rollups(writer).Make([file], [file], RollupManifest.Read(connection), generation, Timestamp.Now(clock));
                loader.Pause((_, _) => Switch(connection, [], [], summed));
                database.Cold.Retire(summed.Replaced.Select(rollup => rollup.File));
            }, stop);
    }

    private void Merge(Tally tally, DuckDBConnection connection, ColdWriter writer, IReadOnlyList<RollupFile> inputs, CancellationToken stop) =>
        InSlice(tally, [.. inputs.Select(input => input.File)], () =>
        {
            var merged = new RollupMerge(writer, _options.RowsPerFile).Make(inputs, ColdManifest.Generation(connection) + 1, Timestamp.Now(clock));
            faults.At?.Invoke(ColdStep.MergeWritten);
            loader.Pause((_, _) => Switch(connection, [], [], merged));
            faults.At?.Invoke(ColdStep.MergeCommitted);
            database.Cold.Retire(inputs.Select(input => input.File));
        }, stop);

    private RollupWriter Rollups(ColdWriter writer) => new(writer, database.Zones, _options);

    private static void Switch(DuckDBConnection connection, IReadOnlyList<ColdFile> replaced, List<ColdFile> made, RollupChange rollups)
    {
        connection.Execute("BEGIN TRANSACTION");
        try
        {
            ColdManifest.Replace(connection, replaced, made, rollups);
            connection.Execute("COMMIT");
        }
        catch
        {
            connection.RollBack();
            throw;
        }
    }

    /// <summary>One piece of work with nothing else moving. A change that got in between puts it off.</summary>
    /// <param name="inputs">Files it reads. What is damaged must not be written anew with a fresh checksum, so their bytes are proven first.</param>
    private void InSlice(Tally tally, IReadOnlyList<ColdFile> inputs, Action work, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        _slice.Wait(stop);
        try
        {
            if (!IsDamaged(inputs)) work();
        }
        catch (Exception fault) when (fault is DuckDBException or StoreException && !stop.IsCancellationRequested)
        {
            tally.PutOff++;
            PutOff(fault);
        }
        finally
        {
            _slice.Release();
        }
    }

    private bool IsDamaged(IReadOnlyList<ColdFile> inputs)
    {
        if (inputs.Count == 0) return false;
        using var connection = database.Connect();
        return database.Cold.SetAsideDamaged(connection, inputs);
    }

    public void Dispose()
    {
        _stop.Dispose();
        _run.Dispose();
        _slice.Dispose();
    }

    private sealed class Tally
    {
        public long Rows;
        public int Files;
        public int Merged;
        public int PutOff;
        public TimeSpan Longest;
    }

    private sealed class Held(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }

    [LoggerMessage(3040, LogLevel.Information, "{Rows} rows became cold in {Files} files within {Seconds:F1} s; loading was held up {Longest:F0} ms at most")]
    private partial void Compacted(long rows, int files, double seconds, double longest);

    [LoggerMessage(3041, LogLevel.Warning, "A file could not be written now, its rows stay where they are; the next compaction tries again")]
    private partial void PutOff(Exception fault);

    [LoggerMessage(3042, LogLevel.Error, "The compaction failed; nothing was changed, and it is tried again")]
    private partial void Failed(Exception fault);
}
