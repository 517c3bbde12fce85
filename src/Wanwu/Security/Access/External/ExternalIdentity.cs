using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;

namespace Wanwu.Security.Access.External;

/// <summary>Whom a provider says to have before it. The pair of issuer and subject is the person's; no other claim is anybody's proof.</summary>
/// <param name="HasFactor">Whether the provider has asked for a second factor, and is trusted in it.</param>
internal sealed record ExternalIdentity(ExternalProvider Provider, string Issuer, string Subject, string Name, bool HasFactor, IReadOnlyList<Claim> Claims)
{
    /// <summary>Where it is kept, sealed, between the provider's answer and the session, which are two requests.</summary>
    public const string Scheme = "external";
    private const string IssuerClaim = "iss", SubjectClaim = "sub", NameClaim = "name", AccountClaim = "preferred_username", LevelClaim = "acr", MethodsClaim = "amr";
    private const int MaxText = 200, MaxClaims = 100;
    private static readonly string[] Always = [IssuerClaim, SubjectClaim, NameClaim, AccountClaim, LevelClaim, MethodsClaim];

    /// <summary>Only what is needed of a provider's claims: the rest is none of this server's business.</summary>
    public static ClaimsPrincipal Keep(ClaimsPrincipal all, ExternalProvider provider)
    {
        var granting = provider.Grants.Select(grant => (grant.Claim, grant.Value)).ToHashSet();
        var kept = all.Claims.Where(claim => claim.Value.Length <= MaxText && (Always.Contains(claim.Type) || granting.Contains((claim.Type, claim.Value)))).Take(MaxClaims);
        return new ClaimsPrincipal(new ClaimsIdentity(kept.Select(claim => new Claim(claim.Type, claim.Value)), provider.Scheme));
    }

    /// <summary>Null when nobody has come from a provider, or not lately.</summary>
    public static async Task<(ExternalIdentity Identity, AuthenticationProperties Purpose)?> FindAsync(HttpContext context, ExternalOptions options)
    {
        var result = await context.AuthenticateAsync(Scheme);
        if (result is not { Succeeded: true, Principal: { } principal, Properties: { } purpose } || principal.Identity?.AuthenticationType is not { } scheme) return null;
        var provider = options.Providers.FirstOrDefault(known => known.Scheme == scheme);
        return provider is not null && Of(principal, provider) is { } identity ? (identity, purpose) : null;
    }

    private static ExternalIdentity? Of(ClaimsPrincipal principal, ExternalProvider provider)
    {
        if (principal.FindFirstValue(IssuerClaim) is not { } issuer || !provider.IsIssuer(issuer) || principal.FindFirstValue(SubjectClaim) is not { Length: > 0 } subject) return null;
        var name = principal.FindFirstValue(AccountClaim) ?? principal.FindFirstValue(NameClaim) ?? subject;
        var hasFactor = provider.Trusts(principal.FindFirstValue(LevelClaim), principal.FindAll(MethodsClaim).Select(claim => claim.Value));
        return new ExternalIdentity(provider, issuer, subject, name, hasFactor, [.. principal.Claims]);
    }

    /// <summary>What its claims grant at this moment.</summary>
    public IEnumerable<ExternalGrant> Granted() => Provider.Grants.Where(grant => Claims.Any(claim => claim.Type == grant.Claim && claim.Value == grant.Value));
}
