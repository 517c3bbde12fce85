using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Wanwu.Registry;

namespace Wanwu.Hosting.Care;

/// <summary>Backups that the server makes by itself. Section <c>Backup</c>.</summary>
internal sealed record BackupOptions : IValidatableObject
{
    /// <summary>Folder of backups, best on another disk; none are made unless it is given. <c>./wanwu backup</c> may use the same.</summary>
    public string? Folder { get; init; }

    /// <summary>Time of day of the daily backup, as <c>02:00</c>. One that was missed while the server did not run is made up for.</summary>
    public string At { get; init; } = "02:00";

    /// <summary>IANA name of the zone of <c>At</c>; unless given, <c>Registry:TimeZone</c>.</summary>
    public string? Zone { get; init; }

    /// <summary>Hours from one backup to the next, in place of a time of day; 0 for a daily one.</summary>
    [Range(0, 8_760)] public int EveryHours { get; init; }

    /// <summary>How many backups are kept; older ones are removed once a new one has proved sound. 0 for all.</summary>
    [Range(0, 100_000)] public int Keep { get; init; } = 30;

    /// <summary>Days a backup is kept; 0 for as long as <c>Keep</c> says. The newest always stays.</summary>
    [Range(0, 36_500)] public int KeepDays { get; init; }

    /// <summary>Reads every backup whole when it is written and holds it against its checksums.</summary>
    public bool Verify { get; init; } = true;

    public static bool TryReadTime(string text, out TimeOnly time) => TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!TryReadTime(At, out _)) yield return new ValidationResult("must be a time of day as 02:00.", [nameof(At)]);
        if (Zone is not null && !TimeZones.TryFind(Zone, out _)) yield return new ValidationResult("must be an IANA name of a zone, as Asia/Shanghai.", [nameof(Zone)]);
    }
}
