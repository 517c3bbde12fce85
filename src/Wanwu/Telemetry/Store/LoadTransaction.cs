using System.Globalization;
using System.Text;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Corrections;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Rollups;
using Wanwu.Things;

namespace Wanwu.Telemetry.Store;

/// <summary>Writes one plan into the store together with the log position it ends at: all of it counts, or none.</summary>
/// <remarks>
/// That is what makes a replay exact: after a crash the log is read on from the position the rows themselves stand for. Nothing is changed in place: of a transaction
/// that does so DuckDB makes no checkpoint while anybody reads, and its own log, which a start must read, would grow for as long as somebody always does.
/// </remarks>
internal sealed class LoadTransaction(DuckDBConnection connection, ColdFiles cold, LoadPlan plan, DirtyHours dirty)
{
    internal const string DoubtTable = "doubts";

    public void Run(long position, long nextRefusal, IReadOnlyDictionary<string, Account> protocolTotals, int refusalsKept)
    {
        var doubts = Doubts();
        var corrected = Protect(doubts);
        var inFiles = doubts.Count == 0 ? [] : cold.Read(connection, view => ColdRepeats.Find(connection, view, doubts));
        connection.Execute("BEGIN TRANSACTION");
        try
        {
            var found = RemoveRepeated(doubts, inFiles);
            found.UnionWith(corrected);
            plan.Book(found);
            AppendSeries();
            AppendRows();
            CorrectionTable.Append(connection, plan.Corrections);
            dirty.Note(plan.Rows);
            dirty.Write(connection);
            AppendRefusals(nextRefusal, refusalsKept);
            AppendThingAccounts();
            WriteProtocolAccounts(protocolTotals);
            connection.Execute(string.Create(CultureInfo.InvariantCulture, $"DELETE FROM state; INSERT INTO state VALUES ({StoreDatabase.SchemaVersion}, {position})"));
            connection.Execute("COMMIT");
        }
        catch
        {
            connection.RollBack();
            throw;
        }
    }

    /// <summary>What the store must be asked for: in a table of its own, and in order of time.</summary>
    private List<(int Series, long Time)> Doubts()
    {
        List<(int Series, long Time)> doubts = [.. plan.Same.Where(pair => !pair.Value.IsFresh).Select(pair => (pair.Key.Item1.Number, pair.Key.Item2))];
        if (doubts.Count == 0) return doubts;
        doubts.Sort(static (a, b) => a.Time.CompareTo(b.Time));
        Tell(doubts);
        return doubts;
    }

    private void Tell(List<(int Series, long Time)> doubts)
    {
        connection.Execute($"CREATE TEMP TABLE IF NOT EXISTS {DoubtTable} (series INTEGER NOT NULL, t BIGINT NOT NULL); DELETE FROM {DoubtTable}");
        using var appender = new ColumnAppender(connection, DoubtTable, "temp");
        foreach (var (series, time) in doubts)
        {
            appender.Int32(0, series);
            appender.Int64(1, time);
            appender.Next();
        }
        appender.Finish();
    }

    /// <summary>Takes those out of the doubts that have been put right and now are only reported: the row in the store stays.</summary>
    private HashSet<(int Series, long Time)> Protect(List<(int Series, long Time)> doubts)
    {
        if (doubts.Count == 0 || !plan.MayUndo) return [];
        var kept = plan.Protect(CorrectionTable.Among(connection, DoubtTable));
        if (kept.Count == 0) return kept;
        doubts.RemoveAll(kept.Contains);
        Tell(doubts);
        return kept;
    }

    /// <summary>Takes the rows out that this load brings anew, and says which there were. A cold one stays in its file: the hot row stands before it.</summary>
    private HashSet<(int, long)> RemoveRepeated(List<(int Series, long Time)> doubts, HashSet<(int, long)> inFiles)
    {
        if (doubts.Count == 0) return inFiles;
        using var command = connection.CreateCommand();
        // The bounds let DuckDB pass over the blocks that cannot hold any of them.
        command.CommandText = $"""
            DELETE FROM observations WHERE t BETWEEN $low AND $high AND (series, t) IN (SELECT (series, t) FROM {DoubtTable}) RETURNING series, t
            """;
        command.Parameters.Add(new DuckDBParameter("low", doubts[0].Time));
        command.Parameters.Add(new DuckDBParameter("high", doubts[^1].Time));
        using var reader = command.ExecuteReader();
        while (reader.Read()) inFiles.Add((reader.GetInt32(0), reader.GetInt64(1)));
        return inFiles;
    }

    private void AppendSeries()
    {
        if (plan.Defined.Count == 0) return;
        using var appender = new ColumnAppender(connection, "series");
        foreach (var series in plan.Defined)
        {
            appender.Int32(0, series.Number);
            appender.Text(1, series.Thing.ToString());
            appender.Text(2, series.NameUtf8);
            appender.Next();
        }
        appender.Finish();
    }

    private void AppendRows()
    {
        if (plan.Rows.IsEmpty) return;
        using var appender = new ColumnAppender(connection, "observations");
        foreach (ref readonly var row in plan.Rows)
        {
            if (row.Fate == RowFate.Superseded) continue;
            appender.Int32(0, row.Series.Number);
            appender.Int64(1, row.Time);
            appender.Int64(2, row.Received);
            appender.Byte(3, (byte)row.Quality);
            appender.Byte(4, (byte)row.Kind);
            AppendValue(appender, row, plan.Chunks);
            appender.Next();
        }
        appender.Finish();
    }

    private static void AppendValue(ColumnAppender appender, in StagedRow row, List<TailChunk> chunks)
    {
        var integer = row.Kind == ValueKind.Integer ? BitConverter.DoubleToInt64Bits(row.A) : 0;
        switch (row.Kind)
        {
            case ValueKind.Integer: appender.Double(5, integer); break;
            case ValueKind.Number or ValueKind.Boolean or ValueKind.Point: appender.Double(5, row.A); break;
            default: appender.Null(5); break;
        }
        if (row.Kind == ValueKind.Point) appender.Double(6, row.B);
        else appender.Null(6);
        if (integer is > 1L << 53 or < -(1L << 53)) appender.Int64(7, integer);
        else appender.Null(7);
        if (row.Kind is ValueKind.Text or ValueKind.Object) appender.Text(8, chunks[row.Chunk].Bytes.AsSpan(row.TextOffset, row.TextLength));
        else appender.Null(8);
    }

    private void AppendRefusals(long next, int kept)
    {
        if (plan.Refusals.Count == 0) return;
        using (var appender = new ColumnAppender(connection, "refused"))
        {
            foreach (var staged in plan.Refusals)
            {
                var refusal = staged.Refusal;
                appender.Int64(0, next++);
                appender.Int64(1, staged.Received.Microseconds);
                appender.Text(2, staged.Protocol);
                appender.Text(3, refusal.Thing?.ToString());
                appender.UInt16(4, (ushort)refusal.Reason);
                appender.Text(5, refusal.Detail);
                appender.Text(6, refusal.Property);
                appender.Text(7, refusal.Source);
                appender.Text(8, refusal.Bytes.Span);
                appender.Int32(9, refusal.Count);
                appender.Next();
            }
            appender.Finish();
        }
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"DELETE FROM refused WHERE id < {next - kept}"));
    }

    private void AppendThingAccounts()
    {
        if (plan.Things.Count == 0) return;
        using var appender = new ColumnAppender(connection, "thing_accounts");
        foreach (var thing in plan.Things)
        {
            var account = thing.Pending;
            appender.Text(0, thing.Thing.ToString());
            appender.Int64(1, account.Received);
            appender.Int64(2, account.Stored);
            appender.Int64(3, account.Repeated);
            appender.Int64(4, account.Refused);
            appender.Next();
        }
        appender.Finish();
    }

    /// <summary>One row a protocol.</summary>
    private void WriteProtocolAccounts(IReadOnlyDictionary<string, Account> totals)
    {
        var sql = new StringBuilder();
        foreach (var (protocol, change) in plan.Protocols)
        {
            if (change.Received == 0) continue;
            var account = new Account();
            if (totals.TryGetValue(protocol, out var before)) account.Add(before);
            account.Add(change);
            var name = ColdSql.Quote(protocol);
            sql.Append(CultureInfo.InvariantCulture, $"""
                DELETE FROM protocol_accounts WHERE protocol = {name};
                INSERT INTO protocol_accounts VALUES ({name}, {account.Received}, {account.Stored}, {account.Repeated}, {account.Refused});
                """);
        }
        if (sql.Length > 0) connection.Execute(sql.ToString());
    }
}
