using System.Reflection;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Wanwu.Registry;

/// <summary>The file <c>registry.db</c>: how it is opened, and how it comes to be of the newest form.</summary>
internal sealed class RegistryDatabase(DataFolder folder, TimeProvider clock)
{
    /// <summary>How long a writer waits for another process's transaction.</summary>
    private const int BusySeconds = 10, LockAttempts = 300;
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(100);

    public string Path { get; } = folder.File("registry.db");

    public string ConnectionString =>
        new SqliteConnectionStringBuilder { DataSource = Path, ForeignKeys = true, DefaultTimeout = BusySeconds }.ToString();

    /// <summary>Opens a connection for plain SQL; the caller disposes of it.</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(ConnectionString);
        connection.Open();
        return connection;
    }

    /// <summary>Makes the file, or brings an older one to the newest form. A newer one than this program knows is refused.</summary>
    /// <remarks>Asks with plain SQL first: building Entity Framework's model takes most of a second, and an up-to-date file needs none of it at the start.</remarks>
    public async Task PrepareAsync(IDbContextFactory<RegistryDb> contexts, CancellationToken stop)
    {
        var known = KnownMigrations();
        var applied = AppliedMigrations();
        if (applied.Except(known).FirstOrDefault() is { } newer)
            throw new InvalidDataException($"{Path} was written by a newer version of Wanwu (it has '{newer}'). Run that version, or restore an older backup.");
        if (applied.Count == known.Count) return;

        using var alone = await LockAsync(stop);
        ForgetDeadMigrator();
        await using var db = await contexts.CreateDbContextAsync(stop);
        await db.Database.MigrateAsync(stop);
    }

    private static List<string> KnownMigrations() =>
        [.. typeof(RegistryDb).Assembly.GetTypes().Select(type => type.GetCustomAttribute<MigrationAttribute>()?.Id).OfType<string>()];

    private List<string> AppliedMigrations()
    {
        if (!File.Exists(Path)) return [];
        using var connection = Open();
        if (!HasTable(connection, "__EFMigrationsHistory")) return [];
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT MigrationId FROM __EFMigrationsHistory";
        using var reader = command.ExecuteReader();
        List<string> applied = [];
        while (reader.Read()) applied.Add(reader.GetString(0));
        return applied;
    }

    /// <summary>Entity Framework marks a running migration by a row, and waits for ever when its owner was killed. The lock on the file proves that none runs.</summary>
    private void ForgetDeadMigrator()
    {
        if (!File.Exists(Path)) return;
        using var connection = Open();
        if (!HasTable(connection, "__EFMigrationsLock")) return;
        using var command = connection.CreateCommand();
        command.CommandText = "DELETE FROM __EFMigrationsLock";
        command.ExecuteNonQuery();
    }

    private static bool HasTable(SqliteConnection connection, string name)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $name)";
        command.Parameters.AddWithValue("$name", name);
        return (long)command.ExecuteScalar()! != 0;
    }

    /// <summary>Held by the one process that changes the form of the file; the system lets go of it when the process dies.</summary>
    private async Task<FileStream> LockAsync(CancellationToken stop)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(Path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException fault) when (attempt == LockAttempts)
            {
                throw new InvalidOperationException($"Another process has been bringing {Path} to the newest form for too long. Stop it, then try again.", fault);
            }
            catch (IOException)
            {
                await Task.Delay(LockPause, clock, stop);
            }
        }
    }
}
