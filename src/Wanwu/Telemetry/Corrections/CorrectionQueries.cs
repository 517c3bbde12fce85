using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Corrections;

/// <summary>A question for what was put right, newest first.</summary>
internal sealed record CorrectionQuery(ThingId Thing)
{
    public PropertyName? Property { get; init; }
    /// <summary>One correction, whatever it touched.</summary>
    public long? Number { get; init; }
    public int Limit { get; init; } = 100;
    /// <summary>Go on behind this one (a page's last).</summary>
    public (long Number, long Time)? After { get; init; }
}

/// <param name="Next">Where the next page begins; null at the end.</param>
internal sealed record CorrectionPage(IReadOnlyList<Correction> Items, (long Number, long Time)? Next);

/// <summary>What may be asked of corrections.</summary>
internal sealed class CorrectionQueries(SeriesTable table, StoreDatabase database, StoreLoader loader)
{
    /// <exception cref="StoreException">The store cannot be brought up to date at present.</exception>
    public async Task<CorrectionPage> ReadAsync(CorrectionQuery query, CancellationToken stop)
    {
        var series = await SeriesOf(query.Thing, query.Property, stop);
        if (series.Count == 0) return new CorrectionPage([], null);
        var items = await database.QueryAsync((connection, _) => Read(connection, query, series), stop);
        if (items.Count <= query.Limit) return new CorrectionPage(items, null);
        items.RemoveAt(items.Count - 1);
        return new CorrectionPage(items, (items[^1].Note.Number, items[^1].Time.Microseconds));
    }

    /// <summary>The times of a series in [<paramref name="from"/>, <paramref name="to"/>] that have been put right.</summary>
    /// <exception cref="StoreException">The store cannot be brought up to date at present.</exception>
    public async Task<IReadOnlySet<Timestamp>> TimesAsync(ThingId thing, PropertyName property, Timestamp from, Timestamp to, CancellationToken stop)
    {
        var series = await SeriesOf(thing, property, stop);
        if (series.Count == 0) return new HashSet<Timestamp>();
        var sql = Sql($"SELECT DISTINCT t, 0::BIGINT FROM corrections WHERE series = {series[0].Number} AND t BETWEEN {from.Microseconds} AND {to.Microseconds}");
        return await database.QueryAsync((connection, _) => connection.LongPairs(sql).Select(pair => new Timestamp(pair.Key)).ToHashSet(), stop);
    }

    /// <summary>Those that have corrections, once the store has everything committed of the thing.</summary>
    private async Task<List<Series>> SeriesOf(ThingId thing, PropertyName? property, CancellationToken stop)
    {
        if (table.FindThing(thing) is not { } known) return [];
        var asked = known.All.ToArray().Where(series => property is null || series.Property == property).ToList();
        foreach (var series in asked) await loader.LoadedAsync(Volatile.Read(ref series.CommittedUpTo), stop);
        return [.. asked.Where(series => series.HasCorrections)];
    }

    private List<Correction> Read(DuckDBConnection connection, CorrectionQuery query, List<Series> series)
    {
        var where = $"series IN ({string.Join(',', series.Select(one => one.Number.ToString(CultureInfo.InvariantCulture)))})";
        if (query.Number is { } number) where += Sql($" AND number = {number}");
        if (query.After is { } after) where += Sql($" AND (number, t) < ({after.Number}, {after.Time})");
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Numbers of ours.
        command.CommandText = Sql($"SELECT {CorrectionTable.Columns} FROM corrections WHERE {where} ORDER BY number DESC, t DESC LIMIT {query.Limit + 1}");
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var items = new List<Correction>();
        while (reader.Read())
            if (CorrectionTable.Read(reader, table) is { } correction) items.Add(correction);
        return items;
    }

    private static string Sql(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
