using Wanwu.Security.Access;

namespace Wanwu.Security.Audit;

/// <summary>People who sign in, and those who are not let in.</summary>
internal sealed class SignInRecords(AuditTrail trail, RefusalGate refusals)
{
    private const string Action = "session.begin";

    public Task DoneAsync(Person person, string address) => trail.AppendAsync(new AuditEvent(Action)
    {
        Who = new Actor("person", person.Id.ToString(), person.UserName!), Address = NullIfEmpty(address), Object = new AuditObject("session", null),
    });

    /// <param name="name">As it was typed; a password typed into the wrong field is cut to what a name may be.</param>
    public void Refused(string name, string address, string reason) => refusals.Refused(new AuditEvent(Action)
    {
        Who = new Actor("anonymous", null, name.Length > PasswordRules.MaxName ? name[..PasswordRules.MaxName] : name), Address = NullIfEmpty(address),
        Object = new AuditObject("session", null), Reason = reason,
    });

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
