namespace Wanwu.Security.Access;

internal static class AccessModule
{
    public static void AddAccess(this WebApplicationBuilder builder)
    {
        _ = builder;
    }

    public static void MapAccess(this WebApplication app)
    {
        _ = app;
    }
}
