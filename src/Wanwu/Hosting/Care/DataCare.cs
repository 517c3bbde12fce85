using System.Globalization;
using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Chain;
using Wanwu.Telemetry.Backup;

namespace Wanwu.Hosting.Care;

/// <param name="Folder">Absolute path of what was gathered.</param>
internal sealed record BackupView(string Folder, BackupManifest Manifest);

/// <param name="Sound">Whether everything is as it was written.</param>
/// <param name="Findings">What is not, by file.</param>
internal sealed record CheckView(bool Sound, long Things, long Models, long LogRecords, long StoredRows, IReadOnlyList<CheckFinding> Findings);

/// <summary>Backup and check, inside a running server or on a folder without one.</summary>
/// <param name="registry">Reads the registry; SQLite lets several processes do so.</param>
internal sealed class DataCare(DataFolder folder, RegistryBackup registry, RegistryCheck registryCheck, IServiceProvider services, TimeProvider clock) : IDisposable
{
    public const string BackupFolder = "backups";
    private readonly SemaphoreSlim _oneAtATime = new(1);

    /// <summary>Gathers a backup below the data folder and seals it. Telemetry is copied first: an observation's thing is then surely in the registry's copy.</summary>
    /// <remarks>Its cold files are links to the live ones: it costs little, and is to be taken over by a <see cref="BackupRepository"/>, which copies them.</remarks>
    public async Task<BackupView> BackupAsync(bool whileRunning, CancellationToken stop)
    {
        await _oneAtATime.WaitAsync(stop);
        try
        {
            return await GatherAsync(whileRunning, stop);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task<BackupView> GatherAsync(bool whileRunning, CancellationToken stop)
    {
        var name = clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture);
        var target = folder.Folder(BackupFolder, name);
        try
        {
            var files = whileRunning
                ? await services.GetRequiredService<TelemetryBackup>().RunAsync(folder.Path, target, stop)
                : TelemetryBackup.RunOffline(folder.Path, target, stop);
            await registry.CopyAsync(Path.Combine(target, "registry.db"), stop);
            CopyKeys(target);
            await AuditCopy.RunAsync(services.GetRequiredService<AuditTrail>(), target);
            return new BackupView(target, await BackupManifest.SealAsync(target, files, clock, stop));
        }
        catch
        {
            // Half a backup must not be taken for one.
            Directory.Delete(target, recursive: true);
            throw;
        }
    }

    public async Task<CheckView> CheckAsync(bool whileRunning, CancellationToken stop)
    {
        var telemetry = whileRunning
            ? await services.GetRequiredService<TelemetryCheck>().RunAsync(folder.Path, stop)
            : TelemetryCheck.RunOffline(folder.Path, stop);
        var found = await registryCheck.RunAsync(stop);
        var proof = await services.GetRequiredService<AuditState>().VerifyAsync(stop);
        IReadOnlyList<CheckFinding> findings =
        [
            .. found.Faults.Select(fault => new CheckFinding("registry.db", fault)), .. telemetry.Findings,
            .. proof.Findings.Select(finding => new CheckFinding($"{AuditTrail.FolderName}/{finding.File}", finding.Sequence is { } sequence ? $"record {sequence}: {finding.What}" : finding.What)),
        ];
        return new CheckView(findings.Count == 0, found.Things, found.Models, telemetry.Records, telemetry.Rows, findings);
    }

    private void CopyKeys(string target)
    {
        if (!Directory.Exists(folder.File("keys"))) return;
        Directory.CreateDirectory(Path.Combine(target, "keys"));
        foreach (var key in Directory.EnumerateFiles(folder.File("keys"))) File.Copy(key, Path.Combine(target, "keys", Path.GetFileName(key)));
    }

    public void Dispose() => _oneAtATime.Dispose();
}
