using System.Globalization;
using Microsoft.Extensions.Options;
using Wanwu.Security.Audit.Chain;
using Wanwu.Things;

namespace Wanwu.Security.Audit;

/// <summary>Lets whole files go when all in them is older than the retention, after a signed statement on the chain of what they held.</summary>
internal sealed class AuditExpiry(AuditTrail trail, IOptions<AuditOptions> options, TimeProvider clock)
{
    public const string Action = "audit.expire";

    /// <returns>How many files went.</returns>
    public async Task<int> RunAsync()
    {
        var due = Timestamp.From(clock.GetUtcNow().AddDays(-options.Value.RetentionDays));
        var files = AuditFile.In(trail.Folder);
        var gone = new List<AuditFile>();
        FileEnd? last = null;
        // The newest file is written on and stays, however old.
        foreach (var file in files.SkipLast(1))
        {
            var end = FileEnd.Find(await File.ReadAllBytesAsync(file.Path), out _);
            if (end is not { Outcome: ReadOutcome.End } whole || whole.LastTime >= due) break;
            gone.Add(file);
            last = whole;
        }
        if (last is not { } through) return 0;
        await trail.AppendAsync([StatementOf(gone, through)], signs: true);
        foreach (var file in gone) File.Delete(file.Path);
        return gone.Count;
    }

    private static AuditEvent StatementOf(List<AuditFile> gone, FileEnd through) => new(Action)
    {
        Object = new AuditObject("audit", null),
        Detail = new Dictionary<string, string>
        {
            ["files"] = string.Join(' ', gone.Select(file => file.Name)),
            ["last"] = through.Last.ToString(CultureInfo.InvariantCulture),
            ["time"] = through.LastTime.ToString(),
            ["hash"] = Convert.ToHexStringLower(through.Hash),
        },
    };
}
