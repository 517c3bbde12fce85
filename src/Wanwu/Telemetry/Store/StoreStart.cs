using DuckDB.NET.Data;
using Wanwu.Telemetry.Corrections;
using Wanwu.Telemetry.Rollups;
using Wanwu.Telemetry.Rollups.Kept;
using Wanwu.Things;

namespace Wanwu.Telemetry.Store;

/// <summary>What a start reads from the store: the position, the series with their bounds and latest values, the accounts.</summary>
internal sealed class StoreStart(StoreDatabase database, Accounts accounts, StoreLoader loader)
{
    /// <returns>The log position up to which the store has everything.</returns>
    public long Run(string path)
    {
        database.Open(path);
        var connection = database.Writer!;
        database.Cold.Start(connection);
        ReadSeries(connection);
        ReadLatest(connection);
        ReadKept(connection);
        CorrectionTable.Restore(connection, accounts.Series);
        accounts.Restore(connection);
        var position = connection.Scalar("SELECT position FROM state");
        loader.Begin(position, 1 + connection.Scalar("SELECT coalesce(max(id), 0) FROM refused"), RollupManifest.Watermark(connection));
        return position;
    }

    private void ReadSeries(DuckDBConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT number, thing, property FROM series";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var series = accounts.Series.Restore(reader.GetInt32(0), ThingId.Parse(reader.GetString(1), null), PropertyName.Parse(reader.GetString(2), null));
            if (series is not null) series.IsDefined = series.IsStored = true;
        }
    }

    /// <summary>
    /// Earliest, latest and the row of the latest for each series: what the cold tier keeps of it, then the hot rows in one pass over the two narrow columns and a
    /// second for the rows. Of two with the same time the hot one stands, because it comes last.
    /// </summary>
    private void ReadLatest(DuckDBConnection connection)
    {
        Take(connection, $"SELECT series, t, {StoredValue.Columns}, received, first_t FROM cold_series");
        Take(connection, $"""
            WITH bounds AS MATERIALIZED (SELECT series, min(t) AS first, max(t) AS last FROM observations GROUP BY series)
            SELECT o.series, o.t, {StoredValue.Columns}, o.received, b.first
            FROM observations o JOIN bounds b ON o.series = b.series AND o.t = b.last
            """);
    }

    /// <summary>Of observations that are gone and whose rollups are not, questions still find something.</summary>
    private void ReadKept(DuckDBConnection connection)
    {
        foreach (var (number, first, last) in KeptManifest.Bounds(connection))
        {
            if (accounts.Series.Find(number) is not { } series) continue;
            series.Plan.StoredFirst = Math.Min(series.Plan.StoredFirst, first);
            series.Plan.StoredLast = Math.Max(series.Plan.StoredLast, last);
        }
    }

    private void Take(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The two constants above.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            if (accounts.Series.Find(reader.GetInt32(0)) is not { } series) continue;
            var (value, quality) = StoredValue.Read(reader, 2);
            var (last, first) = (reader.GetInt64(1), reader.GetInt64(2 + StoredValue.Count + 1));
            series.Plan.StoredLast = Math.Max(series.Plan.StoredLast, last);
            series.Plan.StoredFirst = Math.Min(series.Plan.StoredFirst, first);
            series.OfferLatest(new Observation(series, new Timestamp(last), value, quality), new Timestamp(reader.GetInt64(2 + StoredValue.Count)));
        }
    }
}

/// <summary>The columns of the observations table that make up a value and its quality.</summary>
internal static class StoredValue
{
    public const string Columns = "quality, kind, number, number2, integer, text";
    public const int Count = 6;

    /// <summary>A text or a whole number as it is written, of a row's columns: null where the value is neither.</summary>
    /// <param name="prefix">What stands before the columns' names.</param>
    public static string Word(string prefix) => $"CASE WHEN {prefix}text IS NOT NULL THEN {prefix}text WHEN {prefix}kind = {(byte)ValueKind.Integer} THEN coalesce({prefix}integer, {prefix}number::BIGINT)::VARCHAR END";

    /// <param name="first">Index of the first of <see cref="Columns"/>.</param>
    public static (Value Value, Quality Quality) Read(System.Data.Common.DbDataReader reader, int first)
    {
        var quality = (Quality)reader.GetByte(first);
        var value = (ValueKind)reader.GetByte(first + 1) switch
        {
            ValueKind.Number => Value.OfNumber(reader.GetDouble(first + 2)),
            ValueKind.Integer => Value.OfInteger(reader.IsDBNull(first + 4) ? (long)reader.GetDouble(first + 2) : reader.GetInt64(first + 4)),
            ValueKind.Boolean => Value.OfBoolean(reader.GetDouble(first + 2) != 0),
            ValueKind.Point => Value.OfPoint(reader.GetDouble(first + 2), reader.GetDouble(first + 3)),
            ValueKind.Text => Value.OfText(reader.GetString(first + 5)),
            ValueKind.Object => Value.OfObject(reader.GetString(first + 5)),
            _ => Value.None,
        };
        return (value, quality);
    }
}
