using DuckDB.NET.Data;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Corrections;

/// <summary>One observation that was put right, as the store keeps it for as long as the observation.</summary>
internal sealed record Correction(Series Series, Timestamp Time, Timestamp At, CorrectionNote Note, Original Original, Value Value, Quality Quality);

/// <summary>The table of corrections in the store. A correction and its observation are written by one transaction.</summary>
internal static class CorrectionTable
{
    public const string Name = "corrections";
    public static readonly string[] Tables = [Name];

    public const string Create = """
        CREATE TABLE IF NOT EXISTS corrections (number BIGINT NOT NULL, series INTEGER NOT NULL, t BIGINT NOT NULL, corrected BIGINT NOT NULL,
            by_kind UTINYINT NOT NULL, by_name VARCHAR NOT NULL, reason VARCHAR NOT NULL, old_received BIGINT NOT NULL,
            old_quality UTINYINT NOT NULL, old_kind UTINYINT NOT NULL, old_number DOUBLE, old_number2 DOUBLE, old_integer BIGINT, old_text VARCHAR,
            new_quality UTINYINT NOT NULL, new_kind UTINYINT NOT NULL, new_number DOUBLE, new_number2 DOUBLE, new_integer BIGINT, new_text VARCHAR)
        """;

    public const string Columns = "number, series, t, corrected, by_kind, by_name, reason, old_received, "
        + "old_quality, old_kind, old_number, old_number2, old_integer, old_text, new_quality, new_kind, new_number, new_number2, new_integer, new_text";

    public static void Append(DuckDBConnection connection, IReadOnlyList<Correction> corrections)
    {
        if (corrections.Count == 0) return;
        using var appender = new ColumnAppender(connection, Name);
        foreach (var correction in corrections)
        {
            var note = correction.Note;
            appender.Int64(0, note.Number);
            appender.Int32(1, correction.Series.Number);
            appender.Int64(2, correction.Time.Microseconds);
            appender.Int64(3, correction.At.Microseconds);
            appender.Byte(4, (byte)note.ByKind);
            appender.Text(5, note.By);
            appender.Text(6, note.Reason);
            appender.Int64(7, correction.Original.Received.Microseconds);
            AppendValue(appender, 8, correction.Original.Value, correction.Original.Quality);
            AppendValue(appender, 14, correction.Value, correction.Quality);
            appender.Next();
        }
        appender.Finish();
    }

    /// <summary>In the columns of <see cref="StoredValue"/>.</summary>
    private static void AppendValue(ColumnAppender appender, int first, in Value value, Quality quality)
    {
        var integer = value.Kind == ValueKind.Integer ? value.AsInteger : 0;
        appender.Byte(first, (byte)quality);
        appender.Byte(first + 1, (byte)value.Kind);
        if (value.Kind == ValueKind.Point) appender.Double(first + 2, value.Latitude);
        else if (double.IsNaN(value.AsNumber)) appender.Null(first + 2);
        else appender.Double(first + 2, value.AsNumber);
        if (value.Kind == ValueKind.Point) appender.Double(first + 3, value.Longitude);
        else appender.Null(first + 3);
        if (integer is > 1L << 53 or < -(1L << 53)) appender.Int64(first + 4, integer);
        else appender.Null(first + 4);
        if (value.Kind is ValueKind.Text or ValueKind.Object) appender.Text(first + 5, value.AsText);
        else appender.Null(first + 5);
    }

    /// <param name="reader">A row of <see cref="Columns"/>.</param>
    public static Correction? Read(DuckDBDataReader reader, SeriesTable table)
    {
        if (table.Find(reader.GetInt32(1)) is not { } series) return null;
        var (old, oldQuality) = StoredValue.Read(reader, 8);
        var (value, quality) = StoredValue.Read(reader, 14);
        var note = new CorrectionNote(reader.GetInt64(0), (CallerKind)reader.GetByte(4), reader.GetString(5), reader.GetString(6), []);
        return new Correction(series, new Timestamp(reader.GetInt64(2)), new Timestamp(reader.GetInt64(3)), note,
            new Original(old, oldQuality, new Timestamp(reader.GetInt64(7))), value, quality);
    }

    /// <summary>Tells each series whether it has corrections, and whether its latest value is one.</summary>
    public static void Restore(DuckDBConnection connection, SeriesTable table)
    {
        foreach (var (number, last) in connection.LongPairs("SELECT series, max(t) FROM corrections GROUP BY series"))
        {
            if (table.Find((int)number) is not { } series) continue;
            series.HasCorrections = true;
            series.ProtectLatest(new Timestamp(last));
        }
    }

    /// <summary>Which of a load's doubtful rows have been corrected: what a device sends for them again does not undo it.</summary>
    /// <param name="doubts">The table of doubts.</param>
    public static HashSet<(int Series, long Time)> Among(DuckDBConnection connection, string doubts) =>
        [.. connection.LongPairs($"SELECT DISTINCT c.series, c.t FROM corrections c SEMI JOIN {doubts} d ON d.series = c.series AND d.t = c.t").Select(pair => ((int)pair.Key, pair.Count))];
}
