using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Rollups;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query;

/// <summary>Reads the buckets of one series, within one transaction.</summary>
internal sealed class BucketReading(DuckDBConnection connection, ColdView cold, Series series, BucketQuery query)
{
    private readonly BucketCalendar _calendar = new(query.Every, query.Zone);
    private readonly RollupReading _reading = new(connection, cold, series, query.Series.Qualities ?? BucketQuery.DefaultQualities,
        query.Aggregates.Aggregate(RollupParts.Usual, (parts, aggregate) => parts | PartsOf(aggregate)));

    /// <summary>Goes through the range in windows about a page wide, so that a page costs what it shows and not what the range holds; gaps are jumped over.</summary>
    /// <returns>One bucket more than the page has, if there are more.</returns>
    public List<Bucket> Read(long from, long to, CancellationToken stop)
    {
        var items = new List<Bucket>();
        var limit = query.Series.Limit + 1;
        Before? before = null;
        for (long window = limit; items.Count < limit && from < to; window *= 4)
        {
            stop.ThrowIfCancellationRequested();
            var end = _calendar.Skip(_calendar.Floor(from), window);
            if (end < to)
            {
                if (_reading.FirstAt(from, to) is not { } first) break;
                from = first;
                end = _calendar.Skip(_calendar.Floor(from), window);
            }
            end = Math.Min(end, to);
            before = Add(items, limit, _reading.Rows(from, end, _calendar, query.Every), before ?? _reading.Before(from));
            from = end;
        }
        return items;
    }

    private Before Add(List<Bucket> items, int limit, List<RollupRow> rows, Before before)
    {
        for (var i = 0; i < rows.Count && items.Count < limit;)
        {
            var (start, sum) = (_calendar.Floor(rows[i].FirstT), new BucketSum());
            for (var end = _calendar.Next(start); i < rows.Count && rows[i].FirstT < end; i++) before = sum.Add(rows[i], before);
            items.Add(new Bucket(new Timestamp(start), [.. query.Aggregates.Select(aggregate => Value(aggregate, sum))]));
        }
        return before;
    }

    private static RollupParts PartsOf(Aggregate aggregate) => aggregate switch
    {
        Aggregate.Increase or Aggregate.Distance => RollupParts.All,
        Aggregate.First or Aggregate.Last => RollupParts.Ends,
        Aggregate.Stddev => RollupParts.Deviations,
        _ => RollupParts.Usual,
    };

    private static double? Value(Aggregate aggregate, BucketSum sum) => aggregate switch
    {
        Aggregate.Avg => sum.Mean,
        Aggregate.Min => sum.Min,
        Aggregate.Max => sum.Max,
        Aggregate.Sum => sum.N == 0 ? null : sum.Sum,
        Aggregate.First => sum.First,
        Aggregate.Last => sum.Last,
        Aggregate.Increase => sum.Increase,
        Aggregate.Distance => sum.Distance,
        Aggregate.Stddev => sum.StandardDeviation,
        _ => sum.Count,
    };
}
