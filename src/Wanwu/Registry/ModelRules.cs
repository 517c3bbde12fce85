using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Wanwu.Registry;

/// <summary>What a model may be called.</summary>
internal static class ModelRules
{
    public const int MaxId = 64;
    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");

    public static string? FaultOfId(string id) =>
        id.Length is > 0 and <= MaxId && char.IsAsciiLetterOrDigit(id[0]) && !id.AsSpan().ContainsAnyExcept(Allowed)
            ? null : $"'{ThingRules.Short(id)}' is not a model's id: 1 to {MaxId} of a-z 0-9 - _ . beginning with a letter or digit.";

    /// <summary>An id out of a title: its letters and digits that an id may have, or a random one where there are none.</summary>
    public static string IdOf(string title)
    {
        var id = new StringBuilder(MaxId);
        foreach (var letter in title.ToLowerInvariant())
        {
            if (id.Length == MaxId) break;
            if (char.IsAsciiLetterOrDigit(letter)) id.Append(letter);
            else if (id.Length > 0 && id[^1] != '-') id.Append('-');
        }
        var text = id.ToString().TrimEnd('-');
        return text.Length > 0 ? text : $"model-{RandomNumberGenerator.GetHexString(10, lowercase: true)}";
    }
}
