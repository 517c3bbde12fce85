namespace Wanwu.Security.Access;

/// <summary>The one place where a token becomes a caller who speaks for a person.</summary>
internal static class TokenBearer
{
    /// <summary>The person, narrowed to the token's scope.</summary>
    public static Caller Of(Person person, PermissionSet scope, string token) =>
        new(CallerKind.Person, person.UserName!, null) { Id = person.Id.ToString(), Scope = scope, Token = token };
}
