using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Rollups.Kept;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary>Rollups that stay when their observations go: written, and named by the transaction that lets these go.</summary>
/// <param name="Hot">The hot rows they were made of, as a condition on <c>observations</c>.</param>
/// <param name="Sum">Of these rows, as they were.</param>
internal sealed record KeptRollups(IReadOnlyList<KeptFile> Files, string Hot, string Sum)
{
    public static readonly KeptRollups None = new([], "", "");

    public long Bytes => Files.Sum(file => file.Rollup.File.Bytes);
}

/// <summary>Sums up what is about to expire where a policy keeps rollups longer: a file's rows as they stand, with the hot rows that stand before them.</summary>
/// <remarks>
/// Belongs to one run. An observation that comes when rollups of its time are kept already may be one of those they were made of, so it goes without being added to them.
/// </remarks>
internal sealed class RollupKeeping(ExpiryRooms rooms, SeriesTerms terms, DuckDBConnection connection, TimeProvider clock)
{
    private const string Keeping = "keeping", Columns = "series, t, quality, kind, number, number2";

    /// <summary>Says in a connection what is to be kept.</summary>
    public void Fill(DuckDBConnection where) => Stretches.Fill(where, Keeping, terms.Limited().Select(one => (one.Series, one.Terms.Keeping)));

    /// <param name="file">The file whose rows go; null for hot rows alone.</param>
    /// <param name="hot">The hot rows that go, of those that have expired.</param>
    public KeptRollups Make(ColdWriter writer, ColdSpan span, ColdFile? file, string hot)
    {
        var cold = rooms.Database.Cold;
        var sum = SumOf(hot);
        var stage = Path.Combine(cold.Folder, ColdFiles.WorkFolder, $"{Guid.CreateVersion7(clock.GetUtcNow()):N}{ColdFiles.Extension}");
        try
        {
            var isHot = Stage(hot, stage) > 0;
            if (file is null && !isHot) return new KeptRollups([], hot, sum);
            var known = KeptManifest.Read(connection).Where(kept => kept.Level == RollupLevel.Hour && kept.File.Span.Meets(span) && !cold.Damaged.ContainsKey(kept.File.Name)).Select(kept => kept.File);
            var files = new KeptWriter(writer, rooms.Database.Zones)
                .Make(span, Rows(file is null ? null : cold.PathOf(file), isHot ? stage : null), [.. known], ColdManifest.Generation(connection) + 1, Timestamp.Now(clock));
            return new KeptRollups(files, hot, sum);
        }
        finally
        {
            File.Delete(stage);
        }
    }

    /// <summary>To be called within the transaction, while nothing is loaded.</summary>
    /// <exception cref="StoreException">The hot rows are not those any more that were summed up.</exception>
    public void Name(KeptRollups kept)
    {
        if (kept.Hot.Length > 0 && SumOf(kept.Hot) != kept.Sum) throw new StoreException("Observations came while those of their time were summed up to go; they stay until the next look.");
        KeptManifest.Add(connection, kept.Files);
    }

    private static string HotRows(string hot) => $"FROM observations SEMI JOIN {Keeping} g ON {Stretches.Fits("observations.t", "observations")} WHERE {hot}";

    private string SumOf(string hot)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Built of constants and numbers of ours.
        command.CommandText = $"SELECT count(*) || ' ' || coalesce(bit_xor(hash({Columns})), 0) {HotRows(hot)}";
#pragma warning restore CA2100
        return (string)command.ExecuteScalar()!;
    }

    private long Stage(string hot, string path)
    {
        if (connection.Scalar($"SELECT count(*) {HotRows(hot)}") == 0) return 0;
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The same, and a quoted path of ours.
        command.CommandText = $"COPY (SELECT {Columns} {HotRows(hot)}) TO {ColdSql.Quote(path)} (FORMAT parquet)";
#pragma warning restore CA2100
        return command.ExecuteNonQuery();
    }

    private static string Rows(string? file, string? stage)
    {
        var hot = stage is null ? null : $"SELECT {Columns} FROM {ColdSql.Parquet([stage])}";
        if (file is null) return hot!;
        var replaced = hot is null ? "" : $" ANTI JOIN ({hot}) h ON h.series = c.series AND h.t = epoch_us(c.t)";
        var cold = $"SELECT c.series, epoch_us(c.t) AS t, c.quality, c.kind, c.number, c.number2 FROM {ColdSql.Parquet([file])} c SEMI JOIN {Keeping} g ON {Stretches.Fits("epoch_us(c.t)", "c")}{replaced}";
        return hot is null ? cold : $"{cold} UNION ALL {hot}";
    }
}
