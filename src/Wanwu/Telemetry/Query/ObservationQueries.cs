using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query;

/// <summary>Everything that may be asked of observations: the one way for the API, the console and every other room.</summary>
/// <remarks>
/// Whoever was told that an observation is committed finds it here: history first makes sure that the store has what was committed of the series when the
/// question was put. A series at rest has nothing to wait for, and askers of one moment share a load. The caller's rights are checked by the caller.
/// </remarks>
internal sealed class ObservationQueries(SeriesTable series, LatestValues latest, StoreDatabase database, StoreLoader loader, Accounts accounts)
{
    private const long ManyDays = 32 * 86_400_000_000L;
    private const int MostLooked = 20_000;

    /// <summary>The latest of every property, from memory; empty if the thing never reported.</summary>
    public IReadOnlyList<LatestValue> Latest(ThingId thing) => latest.TryGet(thing, out var values) ? values : [];

    /// <summary>The properties the thing has reported, in order of name.</summary>
    public IReadOnlyList<PropertyName> Properties(ThingId thing) =>
        series.FindThing(thing) is { } known ? [.. known.All.ToArray().Select(one => one.Property).Order()] : [];

    /// <exception cref="StoreException">The store cannot be brought up to date at present.</exception>
    public async Task<SeriesPage> ReadAsync(SeriesQuery query, CancellationToken stop)
    {
        if (await UpToDateAsync(query, stop) is not { } known) return new SeriesPage([], null);
        var (from, to) = Bounds(query, known);
        if (from >= to) return new SeriesPage([], null);
        var items = await database.QueryAsync((connection, cold, _) =>
            new SeriesReading(connection, cold, known, query.Qualities).Page(from, to, query.Descending, query.Limit + 1), stop);
        if (items.Count <= query.Limit) return new SeriesPage(items, null);
        items.RemoveAt(items.Count - 1);
        return new SeriesPage(items, items[^1].Time);
    }

    /// <exception cref="StoreException">The store cannot be brought up to date at present.</exception>
    public async Task<BucketPage> AggregateAsync(BucketQuery query, CancellationToken stop)
    {
        if (await UpToDateAsync(query.Series, stop) is not { } known) return new BucketPage([], null);
        var (from, to) = Bounds(query.Series, known);
        // Behind a bucket means behind all of it, not only behind its start.
        if (query.Series.After is { } last) from = Math.Max(from, new BucketCalendar(query.Every, query.Zone).Next(last.Microseconds));
        if (from >= to) return new BucketPage([], null);
        var items = await database.QueryAsync((connection, cold, token) => new BucketReading(connection, cold, known, query).Read(from, to, token), stop);
        if (items.Count <= query.Series.Limit) return new BucketPage(items, null);
        items.RemoveRange(query.Series.Limit, items.Count - query.Series.Limit);
        return new BucketPage(items, items[^1].Start);
    }

    /// <summary>How many observations of each quality there are, by the qualities' names.</summary>
    /// <exception cref="StoreException">The store cannot be brought up to date at present.</exception>
    public async Task<IReadOnlyDictionary<string, long>> QualitiesAsync(SeriesQuery query, CancellationToken stop)
    {
        if (await UpToDateAsync(query, stop) is not { } known) return new Dictionary<string, long>();
        var (from, to) = Bounds(query, known);
        if (from >= to) return new Dictionary<string, long>();
        return await database.QueryAsync((connection, cold, token) => to - from < ManyDays
            ? new SeriesReading(connection, cold, known, query.Qualities).Qualities(from, to)
            : SummedQualities(connection, cold, known, query, from, to, token), stop);
    }

    /// <summary>The same from rollups: much time costs a few rows a day.</summary>
    private static Dictionary<string, long> SummedQualities(DuckDBConnection connection, ColdView cold, Series known, SeriesQuery query, long from, long to, CancellationToken stop)
    {
        var counts = new Dictionary<string, long>();
        foreach (var quality in query.Qualities ?? Enum.GetValues<Quality>())
        {
            var only = new BucketQuery(query with { Qualities = [quality], After = null, Limit = SeriesQuery.MaxLimit }, new BucketWidth(1, BucketUnit.Year), TimeZoneInfo.Utc, [Aggregate.Count]);
            var count = new BucketReading(connection, cold, known, only).Read(from, to, stop).Sum(bucket => bucket.Values[0] ?? 0);
            if (count > 0) counts.Add(QualityNames.NameOf(quality), (long)count);
        }
        return counts;
    }

    private async Task<Series?> UpToDateAsync(SeriesQuery query, CancellationToken stop)
    {
        if (series.FindThing(query.Thing)?.Find(query.Property) is not { } known) return null;
        await loader.LoadedAsync(known.CommittedBefore(query.To.Microseconds), stop);
        return known;
    }

    private static (long From, long To) Bounds(SeriesQuery query, Series series)
    {
        var from = Math.Max(query.From.Microseconds, series.Plan.StoredFirst);
        var to = Math.Min(query.To.Microseconds, series.Plan.StoredLast == long.MinValue ? long.MinValue : series.Plan.StoredLast + 1);
        if (query.After is not { } after) return (from, to);
        return query.Descending ? (from, Math.Min(to, after.Microseconds)) : (Math.Max(from, after.Microseconds + 1), to);
    }

    /// <summary>What was received and what became of it, in all and by protocol, with everything committed when the question was put.</summary>
    public async Task<(AccountView All, IReadOnlyDictionary<string, AccountView> Protocols)> AccountAsync(CancellationToken stop)
    {
        await loader.LoadedAsync(stop);
        return accounts.Read();
    }

    /// <summary>How many stored observations retention has let go.</summary>
    public long Expired => accounts.Expired;

    public async Task<AccountView> AccountAsync(ThingId thing, CancellationToken stop)
    {
        await loader.LoadedAsync(stop);
        return accounts.Read(thing);
    }

    /// <summary>What was refused, newest first.</summary>
    /// <param name="visible">Of which things; null: of all, and what belongs to none. With it a page looks at a bounded number of rows, and may be short and have a next.</param>
    public async Task<RefusedPage> RefusedAsync(RefusedQuery query, Func<ThingId, bool>? visible, CancellationToken stop)
    {
        await loader.LoadedAsync(stop);
        var (items, looked) = await database.QueryAsync((connection, _) => Refused(connection, query, visible), stop);
        if (items.Count <= query.Limit) return new RefusedPage(items, looked);
        items.RemoveAt(items.Count - 1);
        return new RefusedPage(items, items[^1].Number);
    }

    [SuppressMessage("Security", "CA2100:Review SQL queries for security vulnerabilities", Justification = "Built of constants; every value is a parameter.")]
    private static (List<RefusedItem> Items, long? LookedTo) Refused(DuckDBConnection connection, RefusedQuery query, Func<ThingId, bool>? visible)
    {
        using var command = connection.CreateCommand();
        var where = new List<string> { "true" };
        void Only(string column, string sign, object? value)
        {
            if (value is null) return;
            command.Parameters.Add(new DuckDBParameter(column, value));
            where.Add($"{column} {sign} ${column}");
        }
        Only("thing", "=", query.Thing?.ToString());
        Only("protocol", "=", query.Protocol);
        Only("reason", "=", (int?)query.Reason);
        Only("received", ">=", query.From?.Microseconds);
        Only("id", "<", query.Before);
        command.CommandText = "SELECT id, received, protocol, thing, reason, detail, property, source, bytes, count FROM refused WHERE "
            + string.Join(" AND ", where) + " ORDER BY id DESC LIMIT " + (visible is null ? query.Limit + 1 : MostLooked).ToString(CultureInfo.InvariantCulture);
        using var reader = command.ExecuteReader();
        var (items, looked, last) = (new List<RefusedItem>(), 0, 0L);
        while (items.Count <= query.Limit && reader.Read())
        {
            (looked, last) = (looked + 1, reader.GetInt64(0));
            if (visible is null || (!reader.IsDBNull(3) && visible(ThingId.Parse(reader.GetString(3), null)))) items.Add(Item(reader));
        }
        return (items, visible is not null && looked == MostLooked ? last : null);
    }

    private static RefusedItem Item(DuckDBDataReader reader)
    {
        ThingId? thing = reader.IsDBNull(3) ? null : ThingId.Parse(reader.GetString(3), null);
        using var bytes = new MemoryStream();
        using (var stored = reader.GetStream(8)) stored.CopyTo(bytes);
        var refusal = new Refusal((RefusalReason)reader.GetFieldValue<ushort>(4), reader.GetString(5), thing, reader.IsDBNull(6) ? null : reader.GetString(6),
            reader.GetInt32(9), bytes.ToArray(), reader.IsDBNull(7) ? null : reader.GetString(7));
        return new RefusedItem(reader.GetInt64(0), new Timestamp(reader.GetInt64(1)), reader.GetString(2), refusal);
    }
}
