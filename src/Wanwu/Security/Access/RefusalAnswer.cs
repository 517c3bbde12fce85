using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace Wanwu.Security.Access;

/// <summary>Tells a caller of the API who is known and may not what is missing, and who may: a bare 403 leaves a program's author to guess.</summary>
internal sealed class RefusalAnswer : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _otherwise = new();

    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (!authorizeResult.Forbidden || !context.Request.Path.StartsWithSegments("/api") || policy.Requirements.OfType<PermissionRequirement>().FirstOrDefault() is not { } asked)
            return _otherwise.HandleAsync(next, context, policy, authorizeResult);
        return TypedResults.Problem(DetailOf(asked, Caller.Find(context.User)), statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(context);
    }

    internal static string DetailOf(PermissionRequirement asked, Caller? caller)
    {
        var permission = asked.Permission;
        var where = asked.IsEverywhere ? " over everything" : "";
        var roles = string.Join(", ", Role.All.Where(role => Role.Grants(role, permission)));
        var may = $"People and programs with one of these roles may: {roles}.";
        return caller?.Kind != CallerKind.Thing ? $"This needs the permission {permission.Policy()}{where}. {may}"
            : permission == Permission.QuerySql ? $"Things may not ask in SQL. {may}"
            : $"Things may not do this. {may}";
    }
}
