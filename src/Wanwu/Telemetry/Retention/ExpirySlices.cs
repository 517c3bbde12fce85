using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Corrections;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary>The steps of an expiry, each a transaction: what goes, goes together with its entry in the journal and with what is known of its series.</summary>
/// <remarks>Belongs to one run. Hot rows that stand before rows of a file go with them: alone they would leave the older value behind.</remarks>
internal sealed class ExpirySlices : IDisposable
{
    private const string Gone = "gone", Overdue = "overdue";
    private const int PoliciesNamed = 5;
    private readonly ExpiryRooms _rooms;
    private readonly SeriesTerms _terms;
    private readonly ExpiryFaults _faults;
    private readonly TimeProvider _clock;
    private readonly ColdOptions _options;
    private readonly DuckDBConnection _connection;
    private readonly LatestLeft _latest;
    private readonly RollupKeeping _keeping;
    private readonly CancellationToken _stop;
    private ColdWriter? _writer;

    public ExpirySlices(ExpiryRooms rooms, SeriesTerms terms, ExpiryFaults faults, TimeProvider clock, ColdOptions options, DuckDBConnection connection, CancellationToken stop)
    {
        (_rooms, _terms, _faults, _clock, _options, _connection, _stop) = (rooms, terms, faults, clock, options, connection, stop);
        _keeping = new RollupKeeping(rooms, terms, connection, clock);
        _keeping.Fill(connection);
        _latest = new LatestLeft(rooms, connection, (series, latest, _) => ClassTerms.IsIn(terms.Of(series.Number)!.Raw, latest.Time.Microseconds));
        Stretches.Fill(connection, Gone, terms.Limited().Select(one => (one.Series, one.Terms.Raw)));
        Stretches.Fill(connection, Overdue, terms.Limited().Select(one => (one.Series, one.Terms.Overdue)));
    }

    private StoreDatabase Database => _rooms.Database;

    /// <summary>All rows of the file have expired.</summary>
    public void Drop(ColdFile file, List<FileCount> counts) => Switch(file, null, Keep(file.Span, file, ColdSql.HotIn(file.Span)), counts, file.Rows);

    /// <summary>What stays of what is about to go.</summary>
    private KeptRollups Keep(ColdSpan span, ColdFile? file, string hot)
    {
        if (!_terms.KeepsRollups) return KeptRollups.None;
        var kept = _keeping.Make(Writer(), span, file, hot);
        _faults.At?.Invoke(ExpiryStep.RollupsKept);
        return kept;
    }

    /// <summary>Writes the file anew without what has expired, if that is worth it now that the rows are counted.</summary>
    public void Rewrite(ColdFile file, List<FileCount> counts)
    {
        var path = ColdSql.Parquet([Database.Cold.PathOf(file)]);
        var gone = _connection.Scalar($"SELECT count(*) FROM {path} c SEMI JOIN {Gone} g ON {Stretches.Fits("epoch_us(c.t)", "c")}");
        if (gone == 0 || (gone * 4 < file.Rows && _connection.Scalar($"SELECT count(*) FROM {path} c SEMI JOIN {Overdue} g ON {Stretches.Fits("epoch_us(c.t)", "c")}") == 0)) return;
        if (gone == file.Rows)
        {
            Drop(file, counts);
            return;
        }
        var writer = Writer();
        var source = $"SELECT c.* FROM {path} c ANTI JOIN {Gone} g ON {Stretches.Fits("epoch_us(c.t)", "c")}";
        var made = writer.Write(file.Span, source, ColdManifest.Generation(_connection) + 1, Timestamp.Now(_clock));
        if (made.Rows != file.Rows - gone)
            throw new StoreException(string.Create(CultureInfo.InvariantCulture, $"{made.Name} has {made.Rows} rows where {file.Rows - gone} were to stay; {file.Name} stays as it is."));
        _faults.At?.Invoke(ExpiryStep.Written);
        Switch(file, made, Keep(file.Span, file, ColdSql.HotIn(file.Span)), counts, gone);
    }

    /// <summary>Made when the first file is to be written.</summary>
    public ColdWriter Writer()
    {
        if (_writer is not null) return _writer;
        _writer = new ColdWriter(Database.Cold, _options, _stop);
        Stretches.Fill(_writer.Connection, Gone, _terms.Limited().Select(one => (one.Series, one.Terms.Raw)));
        _keeping.Fill(_writer.Connection);
        return _writer;
    }

    /// <summary>The rollups of what is about to go are written anew without it.</summary>
    private RollupChange RollupsLeft(ColdFile file, ColdFile? made)
    {
        var left = RollupRest.Make(Database, _connection, Writer, _options, file, made, Timestamp.Now(_clock));
        _faults.At?.Invoke(ExpiryStep.RollupsLeft);
        return left;
    }

    private void Switch(ColdFile file, ColdFile? made, KeptRollups kept, List<FileCount> counts, long rows)
    {
        var rollups = RollupsLeft(file, made);
        List<int> affected = [.. counts.Where(one => _terms.Of(one.Series) is { } of && ClassTerms.Share(of.Raw, one.First, one.Last) > 0).Select(one => one.Series)];
        _rooms.Loader.Pause((_, _) =>
        {
            InTransaction(_connection, _faults, () =>
            {
                _keeping.Name(kept);
                rows += DeleteHotOver(file);
                DeleteCorrections(ColdSql.HotIn(file.Span));
                ColdManifest.Replace(_connection, [file], made is null ? [] : [made], rollups);
                FileCounts.Forget(_connection, file.Name);
                if (made is not null) _connection.Execute(FileCounts.Insert(made.Name, Database.Cold.PathOf(made)));
                _latest.SumUp(affected);
                ExpiryJournal.Write(_connection, Timestamp.Now(_clock), made is null ? ExpiryKind.File : ExpiryKind.Rewritten, file.Name, file.Span.Period, rows, file.Bytes - (made?.Bytes ?? 0) - kept.Bytes, PoliciesOf(_terms, affected));
            });
            _rooms.Accounts.Expired = ExpiryJournal.Total(_connection);
            _latest.Replace(affected);
        });
        Database.Cold.Retire([file, .. rollups.Replaced.Select(rollup => rollup.File)]);
    }

    public static void InTransaction(DuckDBConnection connection, ExpiryFaults faults, Action work)
    {
        connection.Execute("BEGIN TRANSACTION");
        try
        {
            work();
            faults.At?.Invoke(ExpiryStep.BeforeCommit);
            connection.Execute("COMMIT");
        }
        catch
        {
            connection.RollBack();
            throw;
        }
        faults.At?.Invoke(ExpiryStep.AfterCommit);
    }

    /// <returns>Observations that went beside those of the file: hot rows that stood before one of them are the same observation.</returns>
    private long DeleteHotOver(ColdFile file)
    {
        var inSpan = $"FROM observations o SEMI JOIN {Gone} g ON {Stretches.Fits("o.t", "o")}";
        if (_connection.Scalar($"SELECT count(*) {inSpan} WHERE {ColdSql.HotIn(file.Span)}") == 0) return 0;
        var same = _connection.Scalar($"""
            SELECT count(*) {inSpan} SEMI JOIN (SELECT series, epoch_us(t) AS t FROM {ColdSql.Parquet([Database.Cold.PathOf(file)])}) c ON c.series = o.series AND c.t = o.t
            WHERE {ColdSql.HotIn(file.Span)}
            """);
        return Delete(ColdSql.HotIn(file.Span)) - same;
    }

    private long Delete(string condition)
    {
        using var delete = _connection.CreateCommand();
#pragma warning disable CA2100 // Numbers.
        delete.CommandText = $"DELETE FROM observations WHERE {condition} AND EXISTS (FROM {Gone} g WHERE {Stretches.Fits("observations.t", "observations")})";
#pragma warning restore CA2100
        return delete.ExecuteNonQuery();
    }

    /// <summary>What was corrected goes with its observation: a correction holds both values.</summary>
    private void DeleteCorrections(string condition) =>
        _connection.Execute($"DELETE FROM {CorrectionTable.Name} WHERE {condition} AND EXISTS (FROM {Gone} g WHERE {Stretches.Fits($"{CorrectionTable.Name}.t", CorrectionTable.Name)})");

    /// <summary>Days that have expired hot rows no file answers for.</summary>
    public List<long> HotDays()
    {
        const long Day = ColdPeriod.MicrosecondsPerDay;
        return [.. _connection.LongPairs($"""
            SELECT o.t - ((o.t % {Day} + {Day}) % {Day}) AS day, count(*) FROM observations o SEMI JOIN {Gone} g ON {Stretches.Fits("o.t", "o")}
            WHERE o.t < (SELECT coalesce(max(to_t), 0) FROM {Gone}) AND {HasNoFile("o")} GROUP BY day ORDER BY day
            """).Select(day => day.Key)];
    }

    private static string HasNoFile(string row) =>
        $"NOT EXISTS (FROM cold_files f WHERE {row}.t >= f.from_t AND {row}.t < f.to_t AND {row}.series BETWEEN f.low_series AND f.high_series)";

    public void DeleteHot(long day)
    {
        var period = ColdPeriod.Day(day);
        var where = string.Create(CultureInfo.InvariantCulture, $"t >= {period.From} AND t < {period.To} AND {HasNoFile("observations")}");
        var kept = Keep(new ColdSpan(period.From, period.To, 0, int.MaxValue), null, where);
        _rooms.Loader.Pause((_, _) =>
        {
            var affected = _connection.Pairs($"SELECT series, count(*) FROM observations WHERE {where} AND EXISTS (FROM {Gone} g WHERE {Stretches.Fits("observations.t", "observations")}) GROUP BY series")
                .ConvertAll(pair => pair.Key);
            if (affected.Count == 0) return;
            InTransaction(_connection, _faults, () =>
            {
                _keeping.Name(kept);
                var rows = Delete(where);
                DeleteCorrections(string.Create(CultureInfo.InvariantCulture, $"t >= {period.From} AND t < {period.To} AND {HasNoFile(CorrectionTable.Name)}"));
                _connection.Execute(string.Create(CultureInfo.InvariantCulture, $"""
                    INSERT INTO rollup_dirty SELECT DISTINCT series, start FROM rollup_hours h WHERE start >= {period.From} AND start < {period.To}
                        AND EXISTS (FROM {Gone} g WHERE g.series = h.series AND h.start < g.to_t AND h.finish > g.from_t)
                    """));
                ExpiryJournal.Write(_connection, Timestamp.Now(_clock), ExpiryKind.Hot, "", period, rows, 0, PoliciesOf(_terms, affected));
                if (kept.Files.Count > 0) ColdManifest.Replace(_connection, [], [], RollupChange.None);
            });
            _rooms.Accounts.Expired = ExpiryJournal.Total(_connection);
            _latest.Replace(affected);
        });
    }

    public static string PoliciesOf(SeriesTerms terms, IEnumerable<int> affected) =>
        string.Join(", ", affected.Select(series => terms.Of(series)!.Policy.Id).Distinct().Order(StringComparer.Ordinal).Take(PoliciesNamed));

    public void Dispose() => _writer?.Dispose();
}

/// <summary>Stretches of time by series, as a table to join rows with.</summary>
internal static class Stretches
{
    public static void Fill(DuckDBConnection connection, string table, IEnumerable<(int Series, ColdPeriod[] Periods)> all)
    {
        connection.Execute($"CREATE OR REPLACE TEMP TABLE {table} (series INTEGER NOT NULL, from_t BIGINT NOT NULL, to_t BIGINT NOT NULL)");
        using var appender = new ColumnAppender(connection, table, "temp");
        foreach (var (series, periods) in all)
            foreach (var period in periods)
            {
                appender.Int32(0, series);
                appender.Int64(1, period.From);
                appender.Int64(2, period.To);
                appender.Next();
            }
        appender.Finish();
    }

    /// <summary>Whether a row's time lies in a stretch <c>g</c> of its series.</summary>
    public static string Fits(string time, string row) => $"g.series = {row}.series AND {time} >= g.from_t AND {time} < g.to_t";
}
