namespace Wanwu.Connect;

internal static class ConnectModule
{
    public static void AddConnect(this WebApplicationBuilder builder)
    {
        _ = builder;
    }

    public static void MapConnect(this WebApplication app)
    {
        _ = app;
    }
}
