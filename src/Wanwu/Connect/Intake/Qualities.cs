using System.Text;
using System.Text.Json;
using Wanwu.Things;

namespace Wanwu.Connect.Intake;

/// <summary>The names of qualities, as bytes.</summary>
internal static class Qualities
{
    private static readonly (byte[] Name, Quality Quality)[] All =
        [.. Enum.GetValues<Quality>().Select(quality => (Encoding.UTF8.GetBytes(Text(quality)), quality))];

    /// <summary>Stands for a quality that was sent and could not be read; never stored.</summary>
    public const Quality Unreadable = (Quality)255;

    public static string Names { get; } = string.Join(", ", Enum.GetValues<Quality>().Select(Text));

    public static bool TryParse(ReadOnlySpan<byte> name, out Quality quality)
    {
        foreach (var (known, of) in All)
        {
            if (!name.SequenceEqual(known)) continue;
            quality = of;
            return true;
        }
        quality = default;
        return false;
    }

    public static ReadOnlySpan<byte> NameOf(Quality quality)
    {
        foreach (var (name, of) in All)
            if (of == quality) return name;
        return "good"u8;
    }

    private static string Text(Quality quality) => JsonSerializer.Serialize(quality).Trim('"');
}
