namespace Wanwu.EndToEnd.Harness;

/// <summary>The scripts of <c>node/</c> with the libraries they stand on.</summary>
internal static class NodeScripts
{
    private static readonly Lazy<Task> Installation = new(InstallAsync);

    public static string Folder { get; } = Repository.PathOf("tests", "Wanwu.EndToEnd", "node");

    /// <summary>Once for all tests, whichever comes first.</summary>
    public static Task InstalledAsync() => Installation.Value;

    /// <param name="arguments">As of <c>env</c>: variables, then <c>node</c> and what it is to run.</param>
    public static async Task<ToolResult> RunAsync(params string[] arguments)
    {
        await InstalledAsync();
        return await Tool.RunAsync("env", arguments, folder: Folder);
    }

    private static async Task InstallAsync()
    {
        if (Directory.Exists(Path.Combine(Folder, "node_modules", "mqtt"))) return;
        (await Tool.RunAsync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], TimeSpan.FromMinutes(3), Folder)).Succeeded();
    }
}
