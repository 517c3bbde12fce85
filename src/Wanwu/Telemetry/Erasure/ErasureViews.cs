using Wanwu.Registry;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Telemetry.Erasure;

/// <summary>What an order would take out.</summary>
/// <param name="From">The earliest observation of it; null where there is none.</param>
/// <param name="Found">How much lies in each place.</param>
/// <param name="Hold">The legal hold that would refuse the order; null where none does.</param>
/// <param name="NotReached">What no order reaches.</param>
internal sealed record ErasurePreviewView(int Things, int Series, Timestamp? From, Timestamp? To, IReadOnlyList<ErasedCount> Found, string? Hold, IReadOnlyList<string> NotReached);

/// <param name="Step">What is being gone through at present.</param>
/// <param name="Problem">What keeps it from being done; it is tried again every minute.</param>
/// <param name="Before">What was there when it began, by place.</param>
/// <param name="After">What the look through everything at the end found.</param>
/// <param name="Files">Files that were written anew or removed; the audit trail names each with its digests.</param>
internal sealed record ErasureView(
    string Id, ErasureState State, string? Step, string? Problem, Timestamp Ordered, Actor By, string Reason, IReadOnlyDictionary<string, IReadOnlyList<string>> Selection, Timestamp From, Timestamp To,
    int Things, int Series, Timestamp? Begun, Timestamp? Ended, IReadOnlyList<ErasedCount>? Before, IReadOnlyList<ErasedCount>? After, int Files, IReadOnlyList<string> NotReached)
{
    public static ErasureView Of(ErasureJob job, DataFolder data)
    {
        var order = job.Order;
        return new ErasureView(order.Id, order.State, job.Step, order.Problem, order.Ordered, order.By, order.Reason, order.Selection, order.From, order.To,
            order.Things.Count, order.Series, order.Begun, order.Ended, order.Before, order.After, order.Files, ErasureLimits.Of(data));
    }
}

/// <summary>What an erasure does not reach, so that nobody takes it for done there.</summary>
internal static class ErasureLimits
{
    private static readonly string[] Always =
    [
        "Backups made before: remove them, or let them age out. A restore of one erases again, where the data folder it is put into has the orders.",
        "What was exported, and what subscribers, programs and people have received.",
        "What is received after the order, a device's resend of old observations included.",
        "What people wrote: names, labels and notes of things, reasons of corrections, saved queries, the audit trail.",
        "Free space of the disk: deleted files stay in its blocks until others are written over them.",
    ];

    public static IReadOnlyList<string> Of(DataFolder data) =>
        [.. Always, .. Directory.EnumerateDirectories(data.Path, "replaced-*").Order(StringComparer.Ordinal).Select(folder => $"What a restore put aside: {folder}. Remove it by hand.")];
}
