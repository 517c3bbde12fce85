using System.Globalization;

namespace Wanwu.Hosting.Commands;

/// <summary>A number of things in what a command prints: <c>1 file</c>, <c>12,345 files</c>.</summary>
internal static class Amount
{
    /// <param name="many">Where it is not the singular with an s.</param>
    public static string Of(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many ?? one + "s")}");
}
