using System.Globalization;
using System.Text;

namespace Wanwu.Things.Expressions;

/// <summary>One step of a <see cref="JsonPath"/>: into a member by name, or into an array by index, from its end where the index is negative.</summary>
public readonly record struct JsonStep(string? Member, int Index)
{
    public override string ToString() => Member is null ? $"[{Index.ToString(CultureInfo.InvariantCulture)}]" : $"['{Member}']";
}

/// <summary>A path to at most one place of a JSON text: the singular queries of RFC 9535 §2.3.5.1, as <c>$.ENERGY.Power</c> or <c>$['DS18B20-1'].Temperature</c>.</summary>
/// <remarks><c>$</c> is the whole message; <c>@</c> is the element that is being read, where a mapping goes through an array.</remarks>
public sealed class JsonPath(bool fromElement, IReadOnlyList<JsonStep> steps)
{
    /// <summary>More steps than this are refused.</summary>
    public const int MaxSteps = 16;

    /// <summary>Whether the path begins at <c>@</c>.</summary>
    public bool FromElement { get; } = fromElement;
    public IReadOnlyList<JsonStep> Steps { get; } = steps;

    public override string ToString()
    {
        var text = new StringBuilder(FromElement ? "@" : "$");
        foreach (var step in Steps)
        {
            if (step.Member is { } name && IsShort(name)) text.Append('.').Append(name);
            else if (step.Member is { } quoted) text.Append("['").Append(quoted.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)).Append("']");
            else text.Append('[').Append(step.Index.ToString(CultureInfo.InvariantCulture)).Append(']');
        }
        return text.ToString();
    }

    /// <summary>Whether a name may follow a dot (RFC 9535 §2.5.1.1).</summary>
    internal static bool IsShort(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || !IsFirst(name[0])) return false;
        foreach (var c in name)
            if (!IsFirst(c) && !char.IsAsciiDigit(c)) return false;
        return true;
    }

    internal static bool IsFirst(char c) => char.IsAsciiLetter(c) || c == '_' || c >= 0x80;
}
