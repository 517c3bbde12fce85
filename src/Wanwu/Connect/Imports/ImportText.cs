using System.Text;

namespace Wanwu.Connect.Imports;

internal static class ImportText
{
    /// <summary>Bytes of a file as a message shows them: short, without control characters.</summary>
    public static string Show(ReadOnlySpan<byte> text)
    {
        var shown = Encoding.UTF8.GetString(text.Length > 64 ? text[..64] : text);
        return string.Concat(shown.Select(character => char.IsControl(character) ? ' ' : character)) + (text.Length > 64 ? "…" : "");
    }
}
