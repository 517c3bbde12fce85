using Wanwu.Things;

namespace Wanwu.Console.Language;

/// <summary>A quality as keys of words, charts and styles spell it: the API's own spelling.</summary>
internal static class Qualities
{
    public static string Text(Quality quality)
    {
        var name = quality.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}
