using System.Data.Common;
using System.Globalization;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Retention;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Backup;

/// <summary>Something that is not as it was written.</summary>
/// <param name="File">The file, relative to the data folder.</param>
/// <param name="What">What is wrong and where, for a person.</param>
internal sealed record CheckFinding(string File, string What);

/// <param name="Records">Whole records of the log.</param>
/// <param name="Rows">Rows of the store and its cold files, read in full.</param>
internal sealed record CheckReport(long Records, long Rows, IReadOnlyList<CheckFinding> Findings)
{
    public bool IsSound => Findings.Count == 0;
}

/// <summary>Reads every record of the log, every row of the store and every byte of the cold files, and reports damage by file.</summary>
internal sealed class TelemetryCheck(StoreDatabase database)
{
    /// <summary>Checks while the server runs.</summary>
    public async Task<CheckReport> RunAsync(string dataFolder, CancellationToken stop)
    {
        var findings = new List<CheckFinding>();
        var rows = await database.QueryAsync((connection, token) =>
        {
            using var held = database.Cold.Hold();
            connection.Execute("BEGIN TRANSACTION");
            try
            {
                return ReadStore(connection, database.Cold.Folder, findings, token);
            }
            finally
            {
                connection.RollBack();
                SetAside(connection, findings);
            }
        }, stop);
        // What the committer is writing behind the last durable batch is no damage: the tail is left out.
        var records = await Task.Run(() => ReadLog(dataFolder, findings, tail: false, stop), stop);
        await Task.Run(() => ReadSnapshots(dataFolder, findings), stop);
        return new CheckReport(records, rows, findings);
    }

    /// <summary>Checks the data folder of a server that does not run.</summary>
    public static CheckReport RunOffline(string dataFolder, CancellationToken stop)
    {
        var findings = new List<CheckFinding>();
        var records = ReadLog(dataFolder, findings, tail: true, stop);
        ReadSnapshots(dataFolder, findings);
        return new CheckReport(records, OpenAndRead(dataFolder, findings, stop), findings);
    }

    private static long ReadLog(string dataFolder, List<CheckFinding> findings, bool tail, CancellationToken stop)
    {
        var records = 0L;
        var segments = LogFolder.List(Path.Combine(dataFolder, "log"));
        try
        {
            var (_, damage) = LogScan.Read(segments, (in LogRecord _) => records++, stop);
            foreach (var found in damage)
            {
                if (found.Kind == LogDamageKind.TornTail && !tail) continue;
                findings.Add(new CheckFinding(Relative(dataFolder, found.File), string.Create(CultureInfo.InvariantCulture,
                    $"{NameOf(found.Kind)}: {found.Bytes} bytes at log position {found.Position} are no whole record")));
            }
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException)
        {
            findings.Add(new CheckFinding("log", fault.Message));
        }
        return records;
    }

    private static void ReadSnapshots(string dataFolder, List<CheckFinding> findings)
    {
        foreach (var (path, _) in SnapshotFolder.List(dataFolder))
        {
            try
            {
                if (SnapshotReader.Read(path, static (in LogRecord _) => { }) is { } wrong)
                    findings.Add(new CheckFinding(Relative(dataFolder, path), $"damaged snapshot of the sessions: {wrong}"));
            }
            // A newer one was put in place, and this one is no longer needed.
            catch (FileNotFoundException)
            {
            }
            catch (InvalidDataException fault)
            {
                findings.Add(new CheckFinding(Relative(dataFolder, path), fault.Message));
            }
        }
    }

    private static long OpenAndRead(string dataFolder, List<CheckFinding> findings, CancellationToken stop)
    {
        var path = Path.Combine(dataFolder, StoreDatabase.FileName);
        if (!File.Exists(path)) return 0;
        try
        {
            var settings = new DbConnectionStringBuilder { ["DataSource"] = path, ["access_mode"] = "READ_ONLY" };
            using var connection = new DuckDBConnection(settings.ConnectionString);
            connection.Open();
            return ReadStore(connection, Path.Combine(dataFolder, ColdFiles.FolderName), findings, stop);
        }
        catch (DuckDBException fault)
        {
            findings.Add(new CheckFinding(StoreDatabase.FileName, fault.Message));
            return 0;
        }
    }

    /// <summary>Reads every value of every table, which makes DuckDB prove the checksum of each block, and sees that what belongs together agrees.</summary>
    private static long ReadStore(DuckDBConnection connection, string coldFolder, List<CheckFinding> findings, CancellationToken stop)
    {
        var rows = 0L;
        // A store of an earlier version has fewer of them.
        var tables = StoreTables.Names(connection);
        foreach (var table in tables)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                connection.Scalar($"SELECT coalesce(bit_xor(hash({table})), 0)::VARCHAR IS NULL FROM {table}");
                rows += connection.Scalar($"SELECT count(*) FROM {table}");
            }
            catch (DuckDBException fault)
            {
                findings.Add(new CheckFinding(StoreDatabase.FileName, $"table {table}: {fault.Message}"));
            }
        }
        var files = findings.Count == 0 && tables.Contains("cold_files") ? ColdManifest.Read(connection) : [];
        foreach (var file in files) rows += ReadCold(coldFolder, file, findings, stop);
        if (findings.Count == 0) ReadOthers(coldFolder, StoreTables.Files(connection), files, findings, stop);
        if (findings.Count == 0) Agree(connection, coldFolder, files, tables.Contains("expired") ? ExpiryJournal.Total(connection) : 0, findings);
        return rows;
    }

    /// <summary>The checksum proves every byte to be as it was when the file was read back and compared with its rows.</summary>
    private static long ReadCold(string folder, ColdFile file, List<CheckFinding> findings, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (ColdFiles.FaultOf(Path.Combine(folder, file.Name), file, withContent: true) is not { } fault) return file.Rows;
        findings.Add(new CheckFinding($"{ColdFiles.FolderName}/{file.Name}", $"{fault}; it holds {file.Rows.ToString(CultureInfo.InvariantCulture)} rows"));
        return 0;
    }

    /// <summary>What other lists of the store name.</summary>
    private static void ReadOthers(string folder, IReadOnlyList<BackupFile> named, List<ColdFile> read, List<CheckFinding> findings, CancellationToken stop)
    {
        foreach (var (path, bytes, sha256) in named.ExceptBy(read.Select(file => $"{ColdFiles.FolderName}/{file.Name}"), file => file.Path))
        {
            stop.ThrowIfCancellationRequested();
            var name = path[(ColdFiles.FolderName.Length + 1)..];
            if (ColdFiles.FaultOf(Path.Combine(folder, name), new ColdFile(name, default, 0, 0, 0, 0, 0, bytes, sha256, 0, null), withContent: true) is { } fault)
                findings.Add(new CheckFinding(path, fault));
        }
    }

    /// <summary>What a check of a running server finds answers nothing from now on.</summary>
    private void SetAside(DuckDBConnection connection, List<CheckFinding> findings)
    {
        foreach (var file in ColdManifest.ReadAll(connection).ToList())
            if (findings.Find(finding => finding.File == $"{ColdFiles.FolderName}/{file.Name}") is { } found) database.Cold.SetAside(connection, file, found.What);
    }

    /// <summary>Rows of a file with a newer version in the store: one observation, two rows.</summary>
    private static long Replaced(DuckDBConnection connection, string folder, ColdFile file) =>
        connection.Scalar($"SELECT count(*) FROM observations WHERE {ColdSql.HotIn(file.Span)}") == 0 ? 0 : connection.Scalar($"""
            SELECT count(*) FROM (SELECT series, t FROM observations WHERE {ColdSql.HotIn(file.Span)}) h
            SEMI JOIN {ColdSql.Parquet([Path.Combine(folder, file.Name)])} c ON h.series = c.series AND h.t = epoch_us(c.t)
            """);

    private static void Agree(DuckDBConnection connection, string coldFolder, List<ColdFile> files, long expired, List<CheckFinding> findings)
    {
        void None(string sql, string what)
        {
            if (connection.Scalar(sql) is > 0 and var count)
                findings.Add(new CheckFinding(StoreDatabase.FileName, string.Create(CultureInfo.InvariantCulture, $"{count} {what}")));
        }
        None("SELECT count(*) FROM (SELECT DISTINCT series FROM observations) o ANTI JOIN series s ON o.series = s.number", "series have observations and no definition");
        None("SELECT count(*) - count(DISTINCT number) FROM series", "series numbers are given twice");
        None("SELECT count(*) FROM protocol_accounts WHERE received <> stored + repeated + refused", "protocols' accounts do not balance");
        var cold = files.Sum(file => file.Rows - Replaced(connection, coldFolder, file));
        None(string.Create(CultureInfo.InvariantCulture, $"SELECT abs((SELECT coalesce(sum(stored), 0) FROM protocol_accounts) - (SELECT count(*) FROM observations) - {cold} - {expired})::BIGINT"), "rows are more or fewer than the account says were stored");
    }

    private static string NameOf(LogDamageKind kind) => kind switch
    {
        LogDamageKind.TornTail => "torn tail",
        LogDamageKind.Header => "damaged head",
        LogDamageKind.Missing => "missing segments",
        LogDamageKind.Snapshot => "damaged snapshot",
        _ => "damage",
    };

    private static string Relative(string dataFolder, string file) => file.Length == 0 ? "log" : Path.GetRelativePath(dataFolder, file).Replace('\\', '/');
}
