using Wanwu.Security.Access.OAuth;

namespace Wanwu.Security.Access;

/// <summary>The one place where a token becomes a caller.</summary>
internal static class TokenBearer
{
    /// <summary>Whether programs may still act for the person.</summary>
    public static bool MayAct(Person person) => !person.IsDisabled;

    /// <summary>The person, narrowed to the token's scope.</summary>
    public static Caller Of(Person person, PermissionSet scope, string token) =>
        new(CallerKind.Person, person.UserName!, null) { Id = person.Id.ToString(), Scope = scope, Token = token };

    /// <summary>The program, narrowed to the token's scope.</summary>
    public static Caller Of(ProgramRow program, PermissionSet scope, string token) =>
        new(CallerKind.Program, program.DisplayName!, null) { Id = program.Id.ToString(), Scope = scope, Token = token };
}
