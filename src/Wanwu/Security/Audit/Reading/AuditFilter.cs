using Wanwu.Things;

namespace Wanwu.Security.Audit.Reading;

/// <summary>What a reader of the trail looks for. What is null does not count.</summary>
/// <param name="Who">Name or id of person, program or thing, exactly.</param>
/// <param name="Action">An action's code, or its first part: <c>thing</c> finds <c>thing.change</c>.</param>
/// <param name="Object">An object's type, id or name, exactly.</param>
/// <param name="Text">Found anywhere in the record; case does not count.</param>
internal sealed record AuditFilter(
    Timestamp? From = null, Timestamp? To = null, string? Who = null, string? Action = null, string? Object = null, AuditResult? Outcome = null, string? Text = null)
{
    public static string NameOf(AuditResult outcome) => outcome switch
    {
        AuditResult.Refused => "refused",
        AuditResult.Failed => "failed",
        _ => "done",
    };
}
