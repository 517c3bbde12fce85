using System.Globalization;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Rollups.Kept;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Erasure;

/// <summary>Rollups that have outlived their observations: there is nothing to make them of again, so every row that sums up some of it goes whole.</summary>
internal sealed class KeptErasure(ErasureRooms rooms) : IErasurePlace
{
    public ErasureTurn Turn => ErasureTurn.Rows;

    private ColdFiles Cold => rooms.Database.Cold;

    private static string Goes(ErasureSubject subject) => subject.Rollups("k", "k.first_t", "k.last_t");

    public Task<IReadOnlyList<ErasedCount>> CountAsync(ErasureSubject subject, CancellationToken stop) => rooms.Database.QueryAsync((connection, _, token) =>
    {
        subject.Fill(connection);
        var count = 0L;
        foreach (var kept in Meeting(KeptManifest.Read(connection), subject).Where(kept => !Cold.Damaged.ContainsKey(kept.File.Name)))
        {
            token.ThrowIfCancellationRequested();
            count += connection.Scalar($"SELECT count(*) FROM {Rows(kept)} WHERE {Goes(subject)}");
        }
        return (IReadOnlyList<ErasedCount>)[new ErasedCount("rollups", count)];
    }, stop);

    private static IEnumerable<RollupFile> Meeting(List<RollupFile> files, ErasureSubject subject) => subject.Series.Count == 0 ? [] : files.Where(kept =>
        kept.File.FirstTime < subject.Order.To.Microseconds && kept.File.LastTime >= subject.Order.From.Microseconds
        && kept.File.FirstSeries <= subject.Series.Max(series => series.Number) && kept.File.LastSeries >= subject.Series.Min(series => series.Number));

    private string Rows(RollupFile kept) => $"(SELECT {RollupSql.FromFile} FROM {ColdSql.Parquet([Cold.PathOf(kept.File)])}) k";

    public async Task EraseAsync(ErasureSubject subject, CancellationToken stop)
    {
        using var rows = new ErasureRows(rooms, subject, stop);
        foreach (var kept in Meeting(KeptManifest.Read(rows.Connection), subject))
        {
            stop.ThrowIfCancellationRequested();
            if (Cold.Damaged.TryGetValue(kept.File.Name, out var damage)) throw ErasureRows.Damaged(kept.File, damage);
            using (await rooms.Compaction.PauseAsync(stop)) await Task.Run(() => Erase(rows, subject, kept), stop);
        }
        rooms.Faults.At?.Invoke(ErasureStep.KeptErased);
    }

    private void Erase(ErasureRows rows, ErasureSubject subject, RollupFile kept)
    {
        var gone = rows.Writer.Scalar($"SELECT count(*) FROM {Rows(kept)} WHERE {Goes(subject)}");
        if (gone == 0) return;
        rows.Prove(kept.File);
        var made = new KeptWriter(rows.Writer, rooms.Database.Zones).Copy(kept.Level, kept.File.Span, [kept.File], $"WHERE NOT ({Goes(subject)})", rows.Generation, rows.Now);
        if ((made?.Rollup.File.Rows ?? 0) != kept.File.Rows - gone)
            throw new StoreException(string.Create(CultureInfo.InvariantCulture, $"{kept.File.Rows - gone} rows of {kept.File.Name} were to stay, and others were written; it stays as it is."));
        rows.Faults.At?.Invoke(ErasureStep.FileWritten);
        rows.Switch(subject.Order.Id, ExpiryKind.Rollups, kept.File.Name, kept.File.Span.Period, kept.File.Bytes - (made?.Rollup.File.Bytes ?? 0), () =>
        {
            KeptManifest.Remove(rows.Connection, kept.File);
            KeptManifest.Add(rows.Connection, made is null ? [] : [made]);
            ColdManifest.Replace(rows.Connection, [], [], RollupChange.None);
            ErasureJournal.Write(rows.Connection, subject.Order.Id, rows.Now, kept.File, made?.Rollup.File, gone);
            return gone;
        });
        Cold.Retire([kept.File]);
    }
}
