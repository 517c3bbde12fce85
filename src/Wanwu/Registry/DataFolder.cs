namespace Wanwu.Registry;

/// <summary>The folder that holds everything an installation knows. Setting <c>Data:Path</c>; made on first use, readable by its owner alone.</summary>
internal sealed class DataFolder
{
    /// <summary>The setting, and what it is when nobody sets it.</summary>
    public const string Setting = "Data:Path", DefaultPath = "./data";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public DataFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        Create(Path);
    }

    public DataFolder(IConfiguration configuration) : this(configuration[Setting] is { Length: > 0 } path ? path : DefaultPath)
    {
    }

    /// <summary>The absolute path of the folder.</summary>
    public string Path { get; }

    /// <summary>The absolute path of a file in the folder; <paramref name="parts"/> name its folders and itself.</summary>
    public string File(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>A folder inside the folder, made if it is not there, for its owner alone.</summary>
    public string Folder(params string[] parts)
    {
        var path = File(parts);
        Create(path);
        return path;
    }

    private static void Create(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerOnly);
    }
}
