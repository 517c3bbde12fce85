using System.Text.Json;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Wanwu.Security.Access.OAuth;

/// <summary>The scopes that a program may ask for, and those it asked for.</summary>
internal static class AskedScopes
{
    /// <summary>As asked; all that the program may ask for when it named none.</summary>
    public static IReadOnlyList<string> Of(ProgramRow program, IEnumerable<string> asked)
    {
        string[] named = [.. asked];
        return named.Length > 0 ? named : [.. Allowed(program).Permissions.Select(permission => permission.Policy())];
    }

    /// <summary>The permissions among scopes.</summary>
    public static PermissionSet PermissionsIn(IEnumerable<string> scopes) => PermissionSet.Read(string.Join(' ', scopes));

    /// <summary>The permissions that the program may ask for.</summary>
    public static PermissionSet Allowed(ProgramRow program) => PermissionSet.Read(string.Join(' ',
        Texts(program.Permissions).Where(each => each.StartsWith(Permissions.Prefixes.Scope, StringComparison.Ordinal)).Select(each => each[Permissions.Prefixes.Scope.Length..])));

    /// <summary>The texts of a list as OpenIddict keeps it.</summary>
    public static IReadOnlyList<string> Texts(string? json) => string.IsNullOrEmpty(json) ? [] : JsonSerializer.Deserialize<string[]>(json)!;
}
