using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Corrections;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Telemetry.Erasure;

/// <summary>The tables of the store: observations that no file stands behind, corrections with what was there before them, summed-up hours, and what was refused.</summary>
internal sealed class HotErasure(ErasureRooms rooms) : IErasurePlace
{
    private const string Things = "erased_things";

    public ErasureTurn Turn => ErasureTurn.Rows;

    public Task<IReadOnlyList<ErasedCount>> CountAsync(ErasureSubject subject, CancellationToken stop) => rooms.Database.QueryAsync((connection, _) =>
    {
        subject.Fill(connection);
        FillThings(connection, subject);
        return (IReadOnlyList<ErasedCount>)
        [
            Count(connection, "hot", "o.t", $"observations o WHERE {subject.Hot("o")}"),
            Count(connection, "corrections", "c.t", $"{CorrectionTable.Name} c WHERE {subject.Corrections("c")}"),
            Count(connection, "refused", "r.received", $"refused r WHERE {Refused(subject)}"),
        ];
    }, stop);

    private static ErasedCount Count(DuckDBConnection connection, string place, string time, string from)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Built of numbers and quoted texts.
        command.CommandText = $"SELECT count(*), min({time}), max({time}) FROM {from}";
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        reader.Read();
        return reader.GetInt64(0) == 0 ? new ErasedCount(place, 0) : new ErasedCount(place, reader.GetInt64(0), new Timestamp(reader.GetInt64(1)), new Timestamp(reader.GetInt64(2)));
    }

    private static void FillThings(DuckDBConnection connection, ErasureSubject subject)
    {
        connection.Execute($"CREATE OR REPLACE TEMP TABLE {Things} (thing VARCHAR NOT NULL)");
        using var appender = new ColumnAppender(connection, Things, "temp");
        foreach (var thing in subject.Order.Things)
        {
            appender.Text(0, thing.Thing.ToString());
            appender.Next();
        }
        appender.Finish();
    }

    /// <summary>The bytes of a refused report may hold any property of its thing, so all of the things' go.</summary>
    private static string Refused(ErasureSubject subject) => string.Create(CultureInfo.InvariantCulture, $"r.thing IN (FROM {Things}) AND r.received <= {subject.Order.Ordered.Microseconds}");

    public async Task EraseAsync(ErasureSubject subject, CancellationToken stop)
    {
        using var rows = new ErasureRows(rooms, subject, stop);
        FillThings(rows.Connection, subject);
        using (await rooms.Compaction.PauseAsync(stop)) await Task.Run(() => Erase(rows, subject), stop);
        rooms.Faults.At?.Invoke(ErasureStep.HotErased);
    }

    private static void Erase(ErasureRows rows, ErasureSubject subject)
    {
        var connection = rows.Connection;
        var hot = Count(connection, "hot", "o.t", $"observations o WHERE {subject.Hot("o")}");
        rows.Switch(subject.Order.Id, ExpiryKind.Erased, "", PeriodOf(hot), 0, () =>
        {
            Delete(connection, $"FROM {CorrectionTable.Name} AS c WHERE {subject.Corrections("c")}");
            Delete(connection, $"FROM refused AS r WHERE {Refused(subject)}");
            // Read as they were reported until they are summed up again.
            connection.Execute($"INSERT INTO rollup_dirty SELECT DISTINCT series, start FROM rollup_hours h WHERE {subject.Rollups("h", "h.first_t", "h.last_t")}");
            Delete(connection, $"FROM rollup_hours AS h WHERE {subject.Rollups("h", "h.first_t", "h.last_t")}");
            return Delete(connection, $"FROM observations AS o WHERE {subject.Hot("o")}");
        });
    }

    private static ColdPeriod PeriodOf(ErasedCount hot) => new(hot.From?.Microseconds ?? 0, (hot.To?.Microseconds ?? -1) + 1);

    private static long Delete(DuckDBConnection connection, string from)
    {
        using var delete = connection.CreateCommand();
#pragma warning disable CA2100 // Built of numbers and quoted texts.
        delete.CommandText = $"DELETE {from}";
#pragma warning restore CA2100
        return delete.ExecuteNonQuery();
    }
}
