using System.Globalization;
using Wanwu.Security.Audit;

namespace Wanwu.Telemetry.Erasure;

/// <summary>What the audit trail tells of erasures: who, why, what of whom, how much there was and is, and each file with the digest of its bytes before and after. Never a value.</summary>
internal static class ErasureRecords
{
    private const int MostThings = 100;

    public static Dictionary<string, string> OfOrder(ErasureOrder order)
    {
        var detail = new Dictionary<string, string>
        {
            ["reason"] = order.Reason,
            ["selection"] = string.Join("&", order.Selection.OrderBy(one => one.Key, StringComparer.Ordinal).SelectMany(one => one.Value.Select(value => $"{one.Key}={value}"))),
            ["things"] = string.Join(", ", order.Things.Take(MostThings).Select(thing => $"{thing.Thing} ({string.Join(" ", thing.Properties)})")),
            ["series"] = Number(order.Series), ["from"] = order.From.ToString(), ["to"] = order.To.ToString(), ["receivedUntil"] = order.Ordered.ToString(),
        };
        if (order.Things.Count > MostThings) detail["moreThings"] = Number(order.Things.Count - MostThings);
        return detail;
    }

    public static AuditEvent OfFile(ErasureOrder order, ErasedFile file) => new("erasure.file")
    {
        Object = new AuditObject("erasure", order.Id),
        Changes = new Dictionary<string, FieldChange>
        {
            ["file"] = new(Text(file.File), Text(file.Made)), ["sha256"] = new(Text(file.Sha256), Text(file.MadeSha256)),
        },
        Detail = new Dictionary<string, string> { ["rows"] = Number(file.Rows) },
    };

    public static AuditEvent OfEnd(ErasureOrder order, IReadOnlyList<ErasedCount> after, int files) => new("erasure.complete")
    {
        Object = new AuditObject("erasure", order.Id),
        Changes = (order.Before ?? []).Join(after, before => before.Place, left => left.Place, (before, left) => (before.Place, Change: new FieldChange(Number(before.Count), Number(left.Count))))
            .ToDictionary(one => one.Place, one => one.Change),
        Detail = new Dictionary<string, string>(OfOrder(order)) { ["orderedBy"] = $"{order.By.Kind} {order.By.Name}", ["files"] = Number(files) },
    };

    private static string? Text(string text) => text.Length == 0 ? null : text;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
