using System.Globalization;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Erasure;

/// <summary>Cold files: each that has some of it is written anew without, with its rollups, and switched in one transaction with the hot rows that stand before its own.</summary>
internal sealed class ColdErasure(ErasureRooms rooms) : IErasurePlace
{
    /// <summary>Hot rows that go and may stand before rows of a file: alone they would leave the older value behind.</summary>
    private const string Keys = "erased_before";

    public ErasureTurn Turn => ErasureTurn.Rows;

    private ColdFiles Cold => rooms.Database.Cold;

    public Task<IReadOnlyList<ErasedCount>> CountAsync(ErasureSubject subject, CancellationToken stop) => rooms.Database.QueryAsync((connection, cold, token) =>
    {
        subject.Fill(connection);
        var (count, first, last) = (0L, long.MaxValue, long.MinValue);
        foreach (var file in cold.Sound.Where(file => MayHave(file, subject)))
        {
            token.ThrowIfCancellationRequested();
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Built of numbers and quoted texts.
            command.CommandText = $"SELECT count(*), coalesce(min(epoch_us(c.t)), {long.MaxValue}), coalesce(max(epoch_us(c.t)), {-long.MaxValue}) FROM {cold.Parquet([file])} c WHERE {subject.Cold("c")}";
#pragma warning restore CA2100
            using var reader = command.ExecuteReader();
            reader.Read();
            (count, first, last) = (count + reader.GetInt64(0), Math.Min(first, reader.GetInt64(1)), Math.Max(last, reader.GetInt64(2)));
        }
        return (IReadOnlyList<ErasedCount>)[count == 0 ? new ErasedCount("cold", 0) : new ErasedCount("cold", count, new Timestamp(first), new Timestamp(last))];
    }, stop);

    public async Task EraseAsync(ErasureSubject subject, CancellationToken stop)
    {
        using var rows = new ErasureRows(rooms, subject, stop);
        rooms.Store.Counts.Refresh(rows.Connection, stop);
        foreach (var file in ColdManifest.Read(rows.Connection).Where(file => MayHave(file, subject)))
        {
            stop.ThrowIfCancellationRequested();
            if (Cold.Damaged.TryGetValue(file.Name, out var damage)) throw ErasureRows.Damaged(file, damage);
            if (!HasSeries(rows, file)) continue;
            using (await rooms.Compaction.PauseAsync(stop)) await Task.Run(() => Erase(rows, subject, file), stop);
        }
    }

    private static bool MayHave(ColdFile file, ErasureSubject subject) => subject.Series.Count > 0 && file.FirstTime < subject.Order.To.Microseconds && file.LastTime >= subject.Order.From.Microseconds
        && file.FirstSeries <= subject.Series.Max(series => series.Number) && file.LastSeries >= subject.Series.Min(series => series.Number);

    private static bool HasSeries(ErasureRows rows, ColdFile file) =>
        rows.Connection.Scalar($"SELECT count(*) FROM {FileCounts.Table} n SEMI JOIN {ErasureSubject.Table} s ON s.series = n.series WHERE n.file = {ColdSql.Quote(file.Name)}") > 0;

    private void Erase(ErasureRows rows, ErasureSubject subject, ColdFile file)
    {
        rows.Prove(file);
        FillKeys(rows, subject, file);
        var path = ColdSql.Parquet([Cold.PathOf(file)]);
        var goes = $"({subject.Cold("c")} OR EXISTS (FROM {Keys} k WHERE k.series = c.series AND k.t = epoch_us(c.t)))";
        var gone = rows.Writer.Scalar($"SELECT count(*) FROM {path} c WHERE {goes}");
        if (gone == 0) return;
        ColdFile? made = null;
        if (gone < file.Rows)
        {
            made = rows.Writer.Write(file.Span, $"SELECT c.* FROM {path} c WHERE NOT {goes}", rows.Generation, rows.Now);
            if (made.Rows != file.Rows - gone)
                throw new StoreException(string.Create(CultureInfo.InvariantCulture, $"{made.Name} has {made.Rows} rows where {file.Rows - gone} were to stay; {file.Name} stays as it is."));
        }
        rows.Faults.At?.Invoke(ErasureStep.FileWritten);
        Switch(rows, subject, file, made, gone);
    }

    private static void FillKeys(ErasureRows rows, ErasureSubject subject, ColdFile file)
    {
        rows.Writer.Execute($"CREATE OR REPLACE TEMP TABLE {Keys} (series INTEGER NOT NULL, t BIGINT NOT NULL)");
        using var appender = new ColumnAppender(rows.Writer.Connection, Keys, "temp");
        foreach (var (series, time) in rows.Connection.LongPairs($"SELECT series, t FROM observations o WHERE {ColdSql.HotIn(file.Span)} AND {subject.Hot("o")}"))
        {
            appender.Int32(0, (int)series);
            appender.Int64(1, time);
            appender.Next();
        }
        appender.Finish();
    }

    private void Switch(ErasureRows rows, ErasureSubject subject, ColdFile file, ColdFile? made, long gone)
    {
        var rollups = rows.RollupsOfRest(file, made);
        var id = subject.Order.Id;
        rows.Switch(id, ExpiryKind.Erased, file.Name, file.Span.Period, file.Bytes - (made?.Bytes ?? 0), () =>
        {
            var hot = HotOver(rows, subject, file);
            ColdManifest.Replace(rows.Connection, [file], made is null ? [] : [made], rollups);
            FileCounts.Forget(rows.Connection, file.Name);
            if (made is not null) rows.Connection.Execute(FileCounts.Insert(made.Name, Cold.PathOf(made)));
            ErasureJournal.Write(rows.Connection, id, rows.Now, file, made, gone);
            foreach (var old in rollups.Replaced) ErasureJournal.Write(rows.Connection, id, rows.Now, old.File, null, 0);
            foreach (var anew in rollups.Made) ErasureJournal.Write(rows.Connection, id, rows.Now, null, anew.File, 0);
            return gone + hot;
        });
        Cold.Retire([file, .. rollups.Replaced.Select(rollup => rollup.File)]);
    }

    /// <summary>Takes the hot rows out that stand before rows of the file.</summary>
    /// <returns>What is to be added to the rows of the file that went, so that observations are counted: one that has a hot row which stays is not gone.</returns>
    private long HotOver(ErasureRows rows, ErasureSubject subject, ColdFile file)
    {
        var inFile = $"SELECT series, epoch_us(t) AS t FROM {ColdSql.Parquet([Cold.PathOf(file)])} c WHERE c.series IN (FROM {ErasureSubject.Table})";
        // One that stays was received after the order, or has another value: it goes on standing there, and the observation is not gone.
        var staying = rows.Connection.Scalar($"""
            SELECT count(*) FROM observations o SEMI JOIN ({inFile} AND {subject.Cold("c")}) c ON c.series = o.series AND c.t = o.t WHERE {ColdSql.HotIn(file.Span)} AND NOT ({subject.Hot("o")})
            """);
        if (rows.Connection.Scalar($"SELECT count(*) FROM observations o WHERE {ColdSql.HotIn(file.Span)} AND {subject.Hot("o")}") > 0)
            rows.Connection.Execute($"DELETE FROM observations AS o WHERE {ColdSql.HotIn(file.Span)} AND {subject.Hot("o")} AND EXISTS (FROM ({inFile}) c WHERE c.series = o.series AND c.t = o.t)");
        return -staying;
    }
}
