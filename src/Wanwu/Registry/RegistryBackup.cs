using Microsoft.Data.Sqlite;

namespace Wanwu.Registry;

/// <summary>Copies the registry while it is in use.</summary>
internal sealed class RegistryBackup(RegistryDatabase database)
{
    /// <summary>Writes the registry as it stands at one moment to a new file.</summary>
    /// <exception cref="IOException">The file is there already.</exception>
    public Task CopyAsync(string target, CancellationToken stop)
    {
        if (File.Exists(target)) throw new IOException($"'{target}' is there already; a backup does not overwrite.");
        // SQLite copies page by page without a point to wait at.
        return Task.Run(() =>
        {
            using var from = database.Open();
            using var to = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = target, Pooling = false }.ToString());
            to.Open();
            from.BackupDatabase(to);
            // One file and nothing beside it: the copy is to be carried away.
            using var single = to.CreateCommand();
            single.CommandText = "PRAGMA journal_mode = DELETE";
            single.ExecuteScalar();
        }, stop);
    }
}
