namespace Wanwu.Registry;

internal static class RegistryModule
{
    public static void AddRegistry(this WebApplicationBuilder builder)
    {
        _ = builder;
    }

    public static void MapRegistry(this WebApplication app)
    {
        _ = app;
    }
}
