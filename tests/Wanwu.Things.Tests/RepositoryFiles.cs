namespace Wanwu.Things.Tests;

/// <summary>Files of the repository that tests read: packs and documents.</summary>
internal static class RepositoryFiles
{
    public static readonly string Root = FindRoot();

    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Wanwu.slnx"))) return folder.FullName;
        throw new InvalidOperationException($"No Wanwu.slnx above {AppContext.BaseDirectory}.");
    }
}
