namespace Wanwu.Console;

internal static class ConsoleModule
{
    public static void AddConsole(this WebApplicationBuilder builder)
    {
        _ = builder;
    }

    public static void MapConsole(this WebApplication app)
    {
        _ = app;
    }
}
