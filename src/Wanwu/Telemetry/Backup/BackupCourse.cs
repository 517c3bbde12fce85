using Wanwu.Things;

namespace Wanwu.Telemetry.Backup;

/// <summary>What came of one scheduled backup.</summary>
/// <param name="Name">Of the backup in its folder; null where none was made.</param>
/// <param name="Bytes">Of everything in it.</param>
/// <param name="Copied">Bytes written for it; the others are shared with earlier ones.</param>
/// <param name="Problem">What went wrong, in words; null where nothing did.</param>
internal sealed record BackupResult(Timestamp Began, Timestamp Ended, string? Name, long Bytes, long Copied, string? Problem)
{
    public bool IsGood => Problem is null;
}

/// <summary>How scheduled backups stand: for whoever asks after them.</summary>
/// <param name="Folder">Where they go; null while none are scheduled.</param>
/// <param name="Next">When the next one begins.</param>
/// <param name="Since">When the one that is under way began.</param>
/// <param name="Newest">The moment of the newest backup in the folder, whoever made it.</param>
internal sealed record BackupStanding(string? Folder, Timestamp? Next, Timestamp? Since, Timestamp? Newest, BackupResult? Last);

/// <summary>Keeps how scheduled backups stand. Written by the schedule alone.</summary>
internal sealed class BackupCourse
{
    private volatile BackupStanding _now = new(null, null, null, null, null);

    public BackupStanding Now
    {
        get => _now;
        set => _now = value;
    }
}
