using System.Text;

namespace Wanwu.Things;

/// <summary>Looks at text from outside before it is handed to library calls that throw on broken surrogates.</summary>
internal static class UnicodeText
{
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var consumed) != System.Buffers.OperationStatus.Done) return false;
            text = text[consumed..];
        }
        return true;
    }

    /// <summary>The text in Unicode normal form C; it must be well formed.</summary>
    public static string Composed(string text) =>
        Ascii.IsValid(text) || text.IsNormalized(NormalizationForm.FormC) ? text : text.Normalize(NormalizationForm.FormC);
}
