using System.Globalization;
using Microsoft.Extensions.Options;
using Wanwu.Security.Audit;
using Wanwu.Telemetry.Backup;
using Wanwu.Things;

namespace Wanwu.Hosting.Care;

/// <summary>Makes one backup as the settings say: gathered, added, read back, and older ones removed.</summary>
internal sealed class ScheduledBackup(DataCare care, AuditTrail trail, IOptions<BackupOptions> options, TimeProvider clock)
{
    /// <exception cref="IOException">The folder cannot be used.</exception>
    /// <exception cref="InvalidDataException">The folder holds something else, or is being changed.</exception>
    public KeptBackup? Newest() => new BackupRepository(options.Value.Folder!).List() is [var newest, ..] ? newest : null;

    /// <summary>Never fails but when it is stopped: what went wrong is in the result.</summary>
    public async Task<BackupResult> RunAsync(CancellationToken stop)
    {
        var began = Timestamp.Now(clock);
        try
        {
            var (added, problem) = await AddAsync(stop);
            var result = new BackupResult(began, Timestamp.Now(clock), added.Backup.Id, added.Backup.Manifest.Bytes, added.Copied, problem);
            await trail.AppendAsync(EventOf(result));
            return result;
        }
        // The edge of a loop in the background: whatever kept the backup from being made is told, and the next one is tried.
#pragma warning disable CA1031
        catch (Exception fault) when (!stop.IsCancellationRequested)
#pragma warning restore CA1031
        {
            var result = new BackupResult(began, Timestamp.Now(clock), null, 0, 0, fault.Message);
            trail.Note(EventOf(result));
            return result;
        }
    }

    private async Task<(AddedBackup Added, string? Problem)> AddAsync(CancellationToken stop)
    {
        var repository = new BackupRepository(options.Value.Folder!);
        var gathered = await care.BackupAsync(whileRunning: true, stop);
        AddedBackup added;
        try
        {
            added = await repository.AddAsync(gathered.Folder, gathered.Manifest, stop);
        }
        finally
        {
            Directory.Delete(gathered.Folder, recursive: true);
        }
        var damage = options.Value.Verify ? await repository.VerifyAsync(added.Backup, stop) : [];
        if (damage.Count > 0) return (added, $"The backup {added.Backup.Id} was written and is not sound: {Told(damage)}.");
        // Only what has proved sound takes the place of older ones.
        repository.Prune(options.Value.Keep == 0 ? int.MaxValue : options.Value.Keep, Oldest());
        return (added, added.Backup.Manifest.LeftOut is { Count: > 0 } left ? $"The backup {added.Backup.Id} was made without what is damaged: {Told(left)}." : null);
    }

    private Timestamp? Oldest() => options.Value.KeepDays == 0 ? null : Timestamp.From(clock.GetUtcNow().AddDays(-options.Value.KeepDays));

    private static string Told(IReadOnlyList<CheckFinding> findings) =>
        string.Join("; ", findings.Take(5).Select(found => $"{found.File} {found.What}")) + (findings.Count > 5 ? string.Create(CultureInfo.InvariantCulture, $" and {findings.Count - 5} more") : "");

    private AuditEvent EventOf(BackupResult result) => new("data.backup")
    {
        Object = new AuditObject("data", null), Outcome = result.Name is null ? AuditResult.Failed : AuditResult.Done, Reason = result.Problem,
        Detail = new Dictionary<string, string>
        {
            ["folder"] = options.Value.Folder!, ["backup"] = result.Name ?? "", ["bytes"] = result.Bytes.ToString(CultureInfo.InvariantCulture), ["copied"] = result.Copied.ToString(CultureInfo.InvariantCulture),
        },
    };
}
