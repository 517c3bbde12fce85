namespace Wanwu.Registry;

internal static class RegistryModule
{
    public static void AddRegistry(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(services => new DataFolder(services.GetRequiredService<IConfiguration>()));
        builder.Services.AddSingleton<ThingDirectory>();
    }

    public static void MapRegistry(this WebApplication app)
    {
        _ = app;
    }
}
