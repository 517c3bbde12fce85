using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Wanwu.Security.Access.People;

/// <summary>Who has given a right password and is asked for more: kept in a sealed cookie for ten minutes, worth nothing as a session.</summary>
/// <param name="Stamp">The account's stamp then: what changes it ends this, too.</param>
/// <param name="HasFactor">Whether the second factor was given.</param>
internal sealed record Pending(Guid Person, string Stamp, bool HasFactor, string? ReturnUrl);

internal sealed class PendingSignIn(IDataProtectionProvider protection, TimeProvider clock)
{
    private const string Cookie = "wanwu-pending", Path = "/";
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);
    private readonly ITimeLimitedDataProtector _protector = protection.CreateProtector("Wanwu.PendingSignIn").ToTimeLimitedDataProtector();

    public void Keep(HttpContext context, Pending pending)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{pending.Person:N}\n{pending.Stamp}\n{(pending.HasFactor ? 1 : 0)}\n{pending.ReturnUrl}");
        context.Response.Cookies.Append(Cookie, _protector.Protect(text, clock.GetUtcNow() + Life),
            new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, Path = Path, IsEssential = true });
    }

    public Pending? Find(HttpContext context)
    {
        if (!context.Request.Cookies.TryGetValue(Cookie, out var kept)) return null;
        try
        {
            var text = _protector.Unprotect(kept, out var until);
            if (until <= clock.GetUtcNow() || text.Split('\n', 4) is not [var id, var stamp, var factor, var url]) return null;
            return new Pending(Guid.ParseExact(id, "N"), stamp, factor == "1", url.Length == 0 ? null : url);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public static void Forget(HttpContext context) => context.Response.Cookies.Delete(Cookie, new CookieOptions { Path = Path });
}
