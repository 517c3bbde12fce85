using System.Text;

namespace Wanwu.Things;

/// <summary>The names of kinds of values in files.</summary>
public static class ValueKindNames
{
    /// <summary>The names, each at the place of its number.</summary>
    public static readonly IReadOnlyList<string> All = ["none", "number", "integer", "boolean", "text", "point", "object"];

    private static readonly byte[][] Utf8 = [.. All.Select(Encoding.UTF8.GetBytes)];

    public static string NameOf(ValueKind kind) =>
        (int)kind < All.Count ? All[(int)kind] : throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind of value.");

    public static bool TryParse(ReadOnlySpan<byte> utf8Text, out ValueKind kind)
    {
        for (var i = 0; i < Utf8.Length; i++)
        {
            kind = (ValueKind)i;
            if (utf8Text.SequenceEqual(Utf8[i])) return true;
        }
        kind = default;
        return false;
    }
}
