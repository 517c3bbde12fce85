namespace Wanwu.Simulator.Recordings;

/// <summary>Finds the description a CSV file is read with.</summary>
internal static class RecordingFinder
{
    private const string Suffix = ".recording.json";
    /// <summary>Longest header looked at.</summary>
    private const int MaxHeader = 16 * 1024;

    /// <summary>Descriptions that come with the simulator: those of the packs, copied beside it.</summary>
    public static string PacksFolder => Path.Combine(AppContext.BaseDirectory, "packs");

    /// <returns>The description, and the CSV file if it is not the one the description names.</returns>
    public static (string Description, string? Csv) Find(string file, string? description)
    {
        if (!File.Exists(file)) throw new RecordingException($"{file} does not exist.");
        if (file.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase)) return (file, null);
        if (description is not null) return (description, file);
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var header = ReadHeader(file);
        var found = Descriptions(folder, SearchOption.TopDirectoryOnly).Concat(Descriptions(PacksFolder, SearchOption.AllDirectories))
            .FirstOrDefault(candidate => RecordingDescription.Read(candidate).Columns().All(header.Contains));
        return found is not null ? (found, file)
            : throw new RecordingException($"No description fits the columns of {file}. Write one beside it (*{Suffix}) or name it with --description.");
    }

    private static IEnumerable<string> Descriptions(string folder, SearchOption depth) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*" + Suffix, depth).Order(StringComparer.Ordinal) : [];

    private static HashSet<string> ReadHeader(string file)
    {
        using var reader = new StreamReader(file);
        var buffer = new char[MaxHeader];
        var text = new string(buffer, 0, reader.ReadBlock(buffer));
        return [.. CsvLine.Split(text.Split('\n')[0].TrimEnd('\r'))];
    }
}
