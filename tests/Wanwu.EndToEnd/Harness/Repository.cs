namespace Wanwu.EndToEnd.Harness;

/// <summary>Where things lie in the repository this test was built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The built server: from the environment, otherwise the Release build beside the tests, otherwise the Debug build.</summary>
    public static string ServerDll { get; } = Environment.GetEnvironmentVariable("WANWU_SERVER_DLL")
        ?? Built("src/Wanwu", "Wanwu.dll", "Release") ?? Built("src/Wanwu", "Wanwu.dll", "Debug")
        ?? throw new FileNotFoundException("The server is not built. Run: dotnet build src/Wanwu -c Release");

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string? Built(string project, string dll, string configuration)
    {
        var path = PathOf(project, "bin", configuration, "net10.0", dll);
        return File.Exists(path) ? path : null;
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Wanwu.slnx"))) return folder.FullName;
        throw new DirectoryNotFoundException("Wanwu.slnx is in no folder above the tests.");
    }
}
