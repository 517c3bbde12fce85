using System.Text;
using Wanwu.Things;

namespace Wanwu.Security.Audit.Reading;

/// <summary>What a reader of the trail looks for. What is null does not count.</summary>
/// <param name="Who">Name or id of person, program or thing, exactly.</param>
/// <param name="Action">An action's code, or its first part: <c>thing</c> finds <c>thing.change</c>.</param>
/// <param name="Object">An object's type, id or name, exactly.</param>
/// <param name="Text">Found anywhere in the record; case does not count.</param>
internal sealed record AuditFilter(
    Timestamp? From = null, Timestamp? To = null, string? Who = null, string? Action = null, string? Object = null, AuditResult? Result = null, string? Text = null)
{
    /// <summary>Bytes that a payload must hold to pass: asked before anything is read out of it, which is what makes a search fast.</summary>
    public IReadOnlyList<byte[]> Needles()
    {
        List<byte[]> needles = [];
        if (Who is { } who) needles.Add(AuditEvent.Escaped(who));
        if (Action is { } action) needles.Add([.. "\"action\":\""u8, .. AuditEvent.Escaped(action)]);
        if (Object is { } named) needles.Add(AuditEvent.Escaped(named));
        if (Result is { } result) needles.Add(Encoding.UTF8.GetBytes($"\"result\":\"{NameOf(result)}\""));
        return needles;
    }

    public bool Passes(AuditEvent happened) =>
        (Who is null || happened.Who?.Name == Who || happened.Who?.Id == Who)
        && (Action is null || happened.Action == Action || happened.Action.StartsWith(Action + ".", StringComparison.Ordinal))
        && (Object is null || happened.Object?.Type == Object || happened.Object?.Id == Object || happened.Object?.Name == Object)
        && (Result is null || happened.Result == Result);

    public static string NameOf(AuditResult result) => result switch
    {
        AuditResult.Refused => "refused",
        AuditResult.Failed => "failed",
        _ => "done",
    };
}
