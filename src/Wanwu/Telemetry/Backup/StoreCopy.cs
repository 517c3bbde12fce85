using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Backup;

/// <param name="Position">The log position of the copied rows.</param>
/// <param name="Files">The cold files that the copied lists name.</param>
internal sealed record StoreCopied(long Position, IReadOnlyList<BackupFile> Files);

/// <summary>Writes the rows of the store as one transaction sees them into a file of their own. Nobody is held up: loads and questions go on.</summary>
internal static class StoreCopy
{
    /// <param name="to">A new file.</param>
    public static StoreCopied Make(StoreDatabase database, string to, CancellationToken stop)
    {
        // The only folder that the database may touch; what a crash leaves in it is removed by the next start.
        var work = Path.Combine(database.Cold.Folder, ColdFiles.WorkFolder);
        Directory.CreateDirectory(work);
        var draft = Path.Combine(work, StoreDatabase.FileName);
        Delete(draft);
        try
        {
            StoreCopied copied;
            using (var connection = database.Connect()) copied = Copy(connection, draft, stop);
            HardLink.MakeOrCopy(draft, to);
            return copied;
        }
        catch (DuckDBException)
        {
            stop.ThrowIfCancellationRequested();
            throw;
        }
        finally
        {
            Delete(draft);
        }
    }

    private static StoreCopied Copy(DuckDBConnection connection, string draft, CancellationToken stop)
    {
        using var interrupt = stop.Register(() => connection.NativeConnection.Interrupt());
        connection.Execute($"ATTACH {ColdSql.Quote(draft)} AS copied");
        try
        {
            connection.Execute("BEGIN TRANSACTION");
            var copied = new StoreCopied(connection.Scalar("SELECT position FROM state"), StoreTables.Files(connection));
            foreach (var (name, sql) in StoreTables.Definitions(connection))
            {
                stop.ThrowIfCancellationRequested();
                connection.Execute(Into(sql, $"CREATE TABLE {name}(", $"CREATE TABLE copied.{name}("));
                connection.Execute($"INSERT INTO copied.{name} FROM main.{name}");
            }
            foreach (var sql in StoreTables.Indexes(connection)) connection.Execute(Into(sql, " ON ", " ON copied."));
            connection.Execute("COMMIT");
            connection.Execute("CHECKPOINT copied");
            return copied;
        }
        catch
        {
            connection.RollBack();
            throw;
        }
        finally
        {
            connection.Execute("DETACH copied");
        }
    }

    private static string Into(string sql, string here, string there)
    {
        var at = sql.IndexOf(here, StringComparison.Ordinal);
        return at < 0 ? throw new StoreException($"The store has something that a backup cannot copy: {sql}") : string.Concat(sql.AsSpan(0, at), there, sql.AsSpan(at + here.Length));
    }

    private static void Delete(string draft)
    {
        File.Delete(draft);
        File.Delete(draft + ".wal");
    }
}
