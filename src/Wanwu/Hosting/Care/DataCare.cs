using System.Globalization;
using Wanwu.Registry;
using Wanwu.Security.Access.OAuth;
using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Chain;
using Wanwu.Security.Certificates;
using Wanwu.Security.Sealing;
using Wanwu.Telemetry.Backup;

namespace Wanwu.Hosting.Care;

/// <param name="Folder">Absolute path of what was gathered.</param>
internal sealed record BackupView(string Folder, BackupManifest Manifest);

/// <param name="Sound">Whether everything is as it was written.</param>
/// <param name="Findings">What is not, by file.</param>
/// <param name="Notes">What is sound and could be safer.</param>
internal sealed record CheckView(bool Sound, long Things, long Models, long LogRecords, long StoredRows, IReadOnlyList<CheckFinding> Findings, IReadOnlyList<string> Notes);

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
        return new CheckView(findings.Count == 0, found.Things, found.Models, telemetry.Records, telemetry.Rows, findings, Notes());
    }

    private List<string> Notes()
    {
        List<string> notes = [];
        if (!services.GetRequiredService<KeyRing>().IsApart)
            notes.Add($"The keys that seal secrets lie with the data, in {folder.File(KeyRing.DefaultFolder)}, and in every backup: Security:Sealing:KeyFolder keeps them apart.");
        if (services.GetRequiredService<AuditKeys>().Folder == folder.File(AuditKeys.DefaultFolder))
            notes.Add($"The key that signs the audit trail lies beside it, in {folder.File(AuditKeys.DefaultFolder)}: Security:Audit:KeyFolder keeps it apart.");
        return notes;
    }

    private void CopyKeys(string target)
    {
        // Keys apart from the data stay apart: who has the backup cannot open what is sealed in it.
        foreach (var name in (ReadOnlySpan<string>)[KeyRing.DefaultFolder, OAuthKeys.DefaultFolder, AuthorityFiles.DefaultFolder])
        {
            if (!Directory.Exists(folder.File(name))) continue;
            Directory.CreateDirectory(Path.Combine(target, name));
            foreach (var key in Directory.EnumerateFiles(folder.File(name))) File.Copy(key, Path.Combine(target, name, Path.GetFileName(key)));
        }
    }

    public void Dispose() => _oneAtATime.Dispose();
}
