using Microsoft.AspNetCore.Authorization;

namespace Wanwu.Security.Access;

/// <summary>What a policy asks for.</summary>
internal sealed class PermissionRequirement(Permission permission, bool everywhere) : IAuthorizationRequirement
{
    public Permission Permission { get; } = permission;
    /// <summary>Whether it must hold over everything.</summary>
    public bool IsEverywhere { get; } = everywhere;

    public override string ToString() => $"permission {Permission.Policy()}";
}

/// <summary>Puts the question to <see cref="AccessRules"/>. Which thing it is about, the endpoint asks again.</summary>
internal sealed class PermissionHandler(AccessRules rules) : AuthorizationHandler<PermissionRequirement>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, PermissionRequirement requirement)
    {
        if (Caller.Find(context.User) is { } caller && (requirement.IsEverywhere ? rules.MayEverywhere(caller, requirement.Permission) : rules.May(caller, requirement.Permission)))
            context.Succeed(requirement);
        return Task.CompletedTask;
    }
}
