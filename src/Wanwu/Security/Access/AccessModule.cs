namespace Wanwu.Security.Access;

internal static class AccessModule
{
    public static void AddAccess(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<AccessRules>();
        builder.Services.AddSingleton<SignIn>();
        var authorization = builder.Services.AddAuthorizationBuilder();
        foreach (var permission in Enum.GetValues<Permission>())
            authorization.AddPolicy(permission.Policy(), policy => policy.RequireAuthenticatedUser());
    }

    public static void MapAccess(this WebApplication app)
    {
        _ = app;
    }
}
