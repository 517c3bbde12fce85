namespace Wanwu.Things;

/// <summary>Cutting and looking at identifier texts, in the words that every scheme's refusals share.</summary>
internal static class IdentifierText
{
    /// <summary>Takes blanks, hyphens and the further separators out.</summary>
    public static string Without(string text, string separators = " -")
    {
        if (!text.AsSpan().ContainsAny(separators)) return text;
        return string.Concat(text.Where(c => !separators.Contains(c, StringComparison.Ordinal)));
    }

    /// <summary>Takes the first of the prefixes off that the text begins with, whatever its case.</summary>
    public static string WithoutPrefix(string text, params ReadOnlySpan<string> prefixes)
    {
        foreach (var prefix in prefixes)
            if (text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return text[prefix.Length..];
        return text;
    }

    public static bool IsDigits(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');

    /// <summary>Null when the text is <paramref name="length"/> decimal digits, otherwise the fault.</summary>
    public static string? FaultOfDigits(string text, int length)
    {
        if (FaultOfCharacters(text, char.IsAsciiDigit, "0-9") is { } fault) return fault;
        return text.Length == length ? null : $"The value has {text.Length} digits, should have {length}.";
    }

    /// <summary>Null when the text is <paramref name="length"/> hexadecimal digits, otherwise the fault.</summary>
    public static string? FaultOfHex(string text, int length)
    {
        if (FaultOfCharacters(text, char.IsAsciiHexDigit, "0-9 A-F") is { } fault) return fault;
        return text.Length == length ? null : $"The value has {text.Length} hexadecimal digits, should have {length}.";
    }

    /// <summary>Null when every character is allowed, otherwise a fault that names the first that is not.</summary>
    public static string? FaultOfCharacters(string text, Func<char, bool> allowed, string allowedInWords)
    {
        for (var i = 0; i < text.Length; i++)
            if (!allowed(text[i])) return $"Character {i + 1}, {Shown(text[i])}, is not allowed; allowed are {allowedInWords}.";
        return null;
    }

    private static string Shown(char c) => char.IsControl(c) || char.IsSurrogate(c) ? $"U+{(int)c:X4}" : $"'{c}'";
}
