using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Rollups.Kept;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary>Lets go of rollups that have outlived their observations, when their own time is over: each step a transaction, as <see cref="ExpirySlices"/>.</summary>
internal sealed class KeptSlices(ExpiryRooms rooms, SeriesTerms terms, ExpiryFaults faults, TimeProvider clock, DuckDBConnection connection)
{
    private const string Gone = "rollups_gone", Overdue = "rollups_overdue";

    /// <summary>A row goes when all of what it sums up has expired.</summary>
    private const string Fits = "g.series = k.series AND k.first_t >= g.from_t AND k.last_t < g.to_t";

    public void Drop(RollupFile kept, List<FileCount> counts) => Switch(kept, null, counts, kept.File.Rows);

    /// <summary>Writes the file anew without what has expired, if that is worth it now that the rows are counted.</summary>
    public void Rewrite(ColdWriter writer, RollupFile kept, List<FileCount> counts)
    {
        Stretches.Fill(writer.Connection, Gone, terms.Limited().Select(one => (one.Series, one.Terms.Rollups)));
        Stretches.Fill(writer.Connection, Overdue, terms.Limited().Select(one => (one.Series, one.Terms.RollupsOverdue)));
        var rows = $"(SELECT {RollupSql.FromFile} FROM {writer.Parquet([kept.File])}) k";
        var gone = writer.Scalar($"SELECT count(*) FROM {rows} SEMI JOIN {Gone} g ON {Fits}");
        if (gone == 0 || (gone * Expiry.WorthIt < kept.File.Rows && writer.Scalar($"SELECT count(*) FROM {rows} SEMI JOIN {Overdue} g ON {Fits}") == 0)) return;
        var made = new KeptWriter(writer, rooms.Database.Zones)
            .Copy(kept.Level, kept.File.Span, [kept.File], $"ANTI JOIN {Gone} g ON {Fits}", ColdManifest.Generation(connection) + 1, Timestamp.Now(clock));
        var left = made?.Rollup.File.Rows ?? 0;
        if (left != kept.File.Rows - gone)
            throw new StoreException(string.Create(CultureInfo.InvariantCulture, $"{left} rows of {kept.File.Name} were written where {kept.File.Rows - gone} were to stay; it stays as it is."));
        faults.At?.Invoke(ExpiryStep.Written);
        Switch(kept, made, counts, gone);
    }

    private void Switch(RollupFile kept, KeptFile? made, List<FileCount> counts, long rows)
    {
        var policies = ExpirySlices.PoliciesOf(terms, counts.Where(one => terms.Of(one.Series) is { } of && ClassTerms.Share(of.Rollups, one.First, one.Last) > 0).Select(one => one.Series));
        rooms.Loader.Pause((_, _) => ExpirySlices.InTransaction(connection, faults, () =>
        {
            KeptManifest.Remove(connection, kept.File);
            KeptManifest.Add(connection, made is null ? [] : [made]);
            ColdManifest.Replace(connection, [], [], RollupChange.None);
            ExpiryJournal.Write(connection, Timestamp.Now(clock), ExpiryKind.Rollups, kept.File.Name, kept.File.Span.Period, rows, kept.File.Bytes - (made?.Rollup.File.Bytes ?? 0), policies);
        }));
        rooms.Database.Cold.Retire([kept.File]);
    }
}
