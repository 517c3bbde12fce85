using System.Globalization;

namespace Wanwu.Registry;

/// <summary>Under which condition a document may be written (RFC 9110 §13.1), for resources whose entity tag is their version.</summary>
internal static class WriteCondition
{
    /// <summary>The version that must be there: 0 none (<c>If-None-Match: *</c>), null whichever there is. False where If-Match holds no tag of ours.</summary>
    public static bool TryReadVersion(HttpRequest request, out int? version)
    {
        version = request.Headers.IfNoneMatch == "*" ? 0 : null;
        var tag = request.Headers.IfMatch.ToString().Trim('"');
        if (version == 0 || tag is "" or "*") return true;
        if (!int.TryParse(tag, NumberStyles.None, CultureInfo.InvariantCulture, out var read) || read == 0) return false;
        version = read;
        return true;
    }
}
