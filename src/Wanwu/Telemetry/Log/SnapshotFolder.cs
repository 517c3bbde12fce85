using System.Globalization;

namespace Wanwu.Telemetry.Log;

/// <summary>A snapshot: everything the journal's records before a position of the log amount to.</summary>
internal readonly record struct Snapshot(string Path, long Position);

/// <summary>The files of snapshots, <c>sessions/00000000000000000000.wsnap</c>: the newest two are kept.</summary>
internal sealed class SnapshotFolder(string dataFolder, DiskFaults faults)
{
    public const string Name = "sessions";
    public const string Extension = ".wsnap";
    private const int Kept = 2;

    public string Path { get; } = System.IO.Path.Combine(dataFolder, Name);

    /// <summary>In order of position.</summary>
    public List<Snapshot> List() => List(dataFolder);

    /// <summary>Those of a data folder, in order of position.</summary>
    public static List<Snapshot> List(string dataFolder)
    {
        var found = new List<Snapshot>();
        var folder = System.IO.Path.Combine(dataFolder, Name);
        if (!Directory.Exists(folder)) return found;
        foreach (var path in Directory.EnumerateFiles(folder, "*" + Extension))
        {
            if (long.TryParse(System.IO.Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var position))
                found.Add(new Snapshot(path, position));
        }
        found.Sort(static (a, b) => a.Position.CompareTo(b.Position));
        return found;
    }

    /// <summary>A file to write into; it counts only once it has been put in place.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public SnapshotWriter Create(long position)
    {
        Directory.CreateDirectory(Path);
        foreach (var left in Directory.EnumerateFiles(Path, "*.part")) File.Delete(left);
        return new SnapshotWriter(PathOf(position) + ".part", position, faults);
    }

    /// <summary>Makes the file the newest snapshot and removes those that are no longer needed.</summary>
    public void PutInPlace(SnapshotWriter written)
    {
        File.Move(written.Path, PathOf(written.Position), overwrite: true);
        LinuxFiles.FlushFolder(Path);
        foreach (var old in List().SkipLast(Kept)) File.Delete(old.Path);
    }

    private string PathOf(long position) => System.IO.Path.Combine(Path, position.ToString("D20", CultureInfo.InvariantCulture) + Extension);
}
