using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Erasure;

/// <summary>What an order takes, for whoever looks through rows, records and messages.</summary>
/// <remarks>What was received after the order is not taken: it is for another order.</remarks>
internal sealed class ErasureSubject
{
    /// <summary>The series, as a table to select by.</summary>
    public const string Table = "erased_series";
    private readonly Dictionary<int, Series> _series = [];
    private readonly Dictionary<ThingId, ErasedThing> _things;
    private readonly Func<string, string> _hashOf;

    /// <param name="hashOf">The keyed hash of a text.</param>
    public ErasureSubject(ErasureOrder order, SeriesTable series, Func<string, string> hashOf)
    {
        (Order, _hashOf) = (order, hashOf);
        _things = order.Things.ToDictionary(thing => thing.Thing);
        foreach (var thing in order.Things)
            foreach (var property in thing.Properties)
                if (series.FindThing(thing.Thing)?.Find(property) is { } one) _series[one.Number] = one;
    }

    public ErasureOrder Order { get; }

    public IReadOnlyCollection<Series> Series => _series.Values;

    /// <summary>The value in clear, in memory alone; null where the order is about all values, or the one it is about is in no row.</summary>
    public string? Value { get; set; }

    public bool Has(ThingId thing) => _things.ContainsKey(thing);

    public bool Has(ThingId thing, PropertyName property) => _things.TryGetValue(thing, out var one) && one.Properties.Contains(property);

    /// <summary>Whether it takes what lies at a time.</summary>
    public bool HasTime(Timestamp time, Timestamp received) => time >= Order.From && time < Order.To && received <= Order.Ordered;

    public bool Takes(int series, Timestamp time, Timestamp received, in Value value) => _series.ContainsKey(series) && HasTime(time, received) && TakesValue(value);

    public bool TakesValue(in Value value) =>
        Order.ValueHash is not { } hash || (value.Kind is ValueKind.Text or ValueKind.Object or ValueKind.Integer && _hashOf(value.ToString()) == hash);

    public bool IsTheValue(string text) => _hashOf(text) == Order.ValueHash;

    /// <summary>Puts the series where a connection's statements find them.</summary>
    public void Fill(DuckDBConnection connection)
    {
        connection.Execute($"CREATE OR REPLACE TEMP TABLE {Table} (series INTEGER NOT NULL)");
        using var appender = new ColumnAppender(connection, Table, "temp");
        foreach (var number in _series.Keys)
        {
            appender.Int32(0, number);
            appender.Next();
        }
        appender.Finish();
    }

    /// <summary>The condition on a row of the hot store; never null.</summary>
    public string Hot(string row) => $"{InTime(row, $"{row}.t", $"{row}.received")}{OfValue(row)}";

    /// <summary>The condition on a row of a cold file; never null.</summary>
    public string Cold(string row) => $"{InTime(row, $"epoch_us({row}.t)", $"epoch_us({row}.t) + {row}.delay")} AND {ColdSql.TimeBetween($"{row}.t", Order.From.Microseconds, Order.To.Microseconds)}{OfValue(row)}";

    /// <summary>The same whatever the value, for those who look for it.</summary>
    public string AnyHot(string row) => InTime(row, $"{row}.t", $"{row}.received");

    /// <inheritdoc cref="AnyHot"/>
    public string AnyCold(string row) => InTime(row, $"epoch_us({row}.t)", $"epoch_us({row}.t) + {row}.delay");

    /// <summary>The condition on a correction: one that was made of such a value, or into one.</summary>
    public string Corrections(string row) => InTime(row, $"{row}.t", $"{row}.corrected") + (Order.ValueHash is null ? "" : $" AND ({IsValue(row, "old_")} OR {IsValue(row, "new_")})");

    /// <summary>The condition on a row of rollups, which sums up some of it or may.</summary>
    /// <param name="first">The earliest time it sums up; <paramref name="last"/>: the latest.</param>
    public string Rollups(string row, string first, string last)
    {
        var span = string.Create(CultureInfo.InvariantCulture, $"{OfSeries(row)} AND {first} < {Order.To.Microseconds} AND {last} >= {Order.From.Microseconds}");
        // Of texts a rollup has nothing but their number; a whole number may be its smallest, its largest, or its sum.
        return Order.ValueHash is null ? span
            : Value is not null && long.TryParse(Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? string.Create(CultureInfo.InvariantCulture, $"{span} AND {row}.n > 0 AND {number} BETWEEN {row}.min AND {row}.max")
            : "false";
    }

    private string OfSeries(string row) => _series.Count == 0 ? "false"
        : string.Create(CultureInfo.InvariantCulture, $"{row}.series BETWEEN {_series.Keys.Min()} AND {_series.Keys.Max()} AND {row}.series IN (FROM {Table})");

    private string InTime(string row, string time, string received) => string.Create(CultureInfo.InvariantCulture,
        $"{OfSeries(row)} AND {time} >= {Order.From.Microseconds} AND {time} < {Order.To.Microseconds} AND {received} <= {Order.Ordered.Microseconds}");

    private string OfValue(string row) => Order.ValueHash is null ? "" : $" AND {IsValue(row, "")}";

    private string IsValue(string row, string prefix) => Value is null ? "false" : $"coalesce({StoredValue.Word($"{row}.{prefix}")} = {ColdSql.Quote(Value)}, false)";
}
