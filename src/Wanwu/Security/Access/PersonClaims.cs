using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Wanwu.Security.Access;

/// <summary>Turns a person into the claims of a session: who it is, and nothing of what it may.</summary>
internal sealed class PersonClaims(UserManager<Person> people, IOptions<IdentityOptions> options) : UserClaimsPrincipalFactory<Person>(people, options)
{
    protected override async Task<ClaimsIdentity> GenerateClaimsAsync(Person user)
    {
        var identity = await base.GenerateClaimsAsync(user);
        var caller = new Caller(CallerKind.Person, user.UserName!, null);
        // The name is there already; everything in a session is said once.
        identity.AddClaims(caller.Claims().Where(claim => claim.Type != ClaimTypes.Name));
        return identity;
    }
}
