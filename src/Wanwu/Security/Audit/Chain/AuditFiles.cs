using System.Globalization;

namespace Wanwu.Security.Audit.Chain;

/// <summary>A file of the trail: <c>2026-11.003.audit</c>, the third of its month.</summary>
internal readonly record struct AuditFile(string Path, string Month, int Number) : IComparable<AuditFile>
{
    public const string Extension = ".audit";

    public string Name => System.IO.Path.GetFileName(Path);

    public static string NameOf(string month, int number) => string.Create(CultureInfo.InvariantCulture, $"{month}.{number:D3}{Extension}");

    public int CompareTo(AuditFile other) =>
        string.CompareOrdinal(Month, other.Month) is var order and not 0 ? order : Number.CompareTo(other.Number);

    /// <summary>The files of a folder in the order in which they were written.</summary>
    public static List<AuditFile> In(string folder)
    {
        var files = new List<AuditFile>();
        if (!Directory.Exists(folder)) return files;
        foreach (var path in Directory.EnumerateFiles(folder, $"*{Extension}"))
            if (TryParse(path, out var file)) files.Add(file);
        files.Sort();
        return files;
    }

    private static bool TryParse(string path, out AuditFile file)
    {
        file = default;
        var parts = System.IO.Path.GetFileName(path).Split('.');
        if (parts is not [{ Length: 7 } month, { Length: >= 3 } digits, "audit"]) return false;
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        file = new AuditFile(path, month, number);
        return true;
    }
}
