using System.Globalization;

namespace Wanwu.Telemetry.Log;

/// <summary>A segment file: named by the position of its first byte: twenty digits, so that names sort as positions do.</summary>
internal readonly record struct Segment(string Path, long First);

/// <summary>The names of the log's files.</summary>
internal static class LogFolder
{
    public const string Extension = ".wlog";

    public static string PathOf(string folder, long first) =>
        Path.Combine(folder, first.ToString("D20", CultureInfo.InvariantCulture) + Extension);

    /// <summary>The segments in order of position. Other files in the folder are left alone.</summary>
    public static List<Segment> List(string folder)
    {
        var segments = new List<Segment>();
        if (!Directory.Exists(folder)) return segments;
        foreach (var path in Directory.EnumerateFiles(folder, "*" + Extension))
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var first))
                segments.Add(new Segment(path, first));
        }
        segments.Sort(static (a, b) => a.First.CompareTo(b.First));
        return segments;
    }
}
