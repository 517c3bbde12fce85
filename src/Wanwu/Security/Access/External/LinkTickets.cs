using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Wanwu.Security.Access.External;

/// <summary>Says that the person of a session has just shown to be it, and wants the account linked to a provider. Without one, any page could lead somebody's browser into linking a stranger.</summary>
internal sealed class LinkTickets(IDataProtectionProvider protection, TimeProvider clock)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);
    private readonly ITimeLimitedDataProtector _protector = protection.CreateProtector("Wanwu.ExternalLink").ToTimeLimitedDataProtector();

    public string Make(string provider, Guid person, Guid session) => _protector.Protect(TextOf(provider, person, session), clock.GetUtcNow() + Life);

    public bool Holds(string ticket, string provider, Guid person, Guid session)
    {
        try
        {
            return _protector.Unprotect(ticket, out var until) == TextOf(provider, person, session) && until > clock.GetUtcNow();
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static string TextOf(string provider, Guid person, Guid session) => $"{provider} {person:N} {session:N}";
}
