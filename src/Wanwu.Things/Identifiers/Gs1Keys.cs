using static Wanwu.Things.IdentifierText;

namespace Wanwu.Things;

/// <summary>The keys of GS1 (GS1 General Specifications), with their check digits; formats as in the GS1 Syntax Dictionary.</summary>
internal static class Gs1Keys
{
    /// <summary>The 82 characters of serial and reference parts (AI encodable character set 82), in the order of their check values.</summary>
    private const string Characters82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    private const string Characters82InWords = "letters, digits and ! \" % & ' ( ) * + , - . / _ : ; < = > ?";
    private const string PairAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

    /// <summary>AI 01. GTIN-8, -12 and -13 are written with zeros before them as GTIN-14.</summary>
    public static IdentifierCheck Gtin(string text)
    {
        text = Without(WithoutPrefix(text, "(01)"));
        if (FaultOfCharacters(text, char.IsAsciiDigit, "0-9") is { } fault) return IdentifierCheck.Refuse(fault);
        if (text.Length is not (8 or 12 or 13 or 14))
            return IdentifierCheck.Refuse($"The value has {text.Length} digits; a GTIN has 8, 12, 13 or 14.");
        return Checked(text.PadLeft(14, '0'));
    }

    /// <summary>AI 00.</summary>
    public static IdentifierCheck Sscc(string text) => Numeric(text, "(00)", 18);
    /// <summary>AI 414.</summary>
    public static IdentifierCheck Gln(string text) => Numeric(text, "(414)", 13);
    /// <summary>AI 8018 (recipient) and 8017 (provider); the key is the same.</summary>
    public static IdentifierCheck Gsrn(string text) => Numeric(WithoutPrefix(text, "(8017)"), "(8018)", 18);

    /// <summary>AI 8003: a zero, the 13 digits of the asset type with their check digit, and up to 16 characters of serial.</summary>
    public static IdentifierCheck Grai(string text)
    {
        text = WithoutPrefix(text, "(8003)");
        if (text.Length < 14 || !IsDigits(text.AsSpan(0, 14)))
            return IdentifierCheck.Refuse("A GRAI begins with 14 digits: 0, then the asset type with its check digit.");
        if (text[0] != '0') return IdentifierCheck.Refuse($"A GRAI begins with 0, found {text[0]}.");
        return WithReference(text, 14, 16);
    }

    /// <summary>AI 253: 13 digits with their check digit, and up to 17 characters of serial.</summary>
    public static IdentifierCheck Gdti(string text)
    {
        text = WithoutPrefix(text, "(253)");
        if (text.Length < 13 || !IsDigits(text.AsSpan(0, 13)))
            return IdentifierCheck.Refuse("A GDTI begins with 13 digits: the document type with its check digit.");
        return WithReference(text, 13, 17);
    }

    /// <summary>AI 8004: a company prefix of at least four digits, then the reference; 30 characters at most, no check digit.</summary>
    public static IdentifierCheck Giai(string text)
    {
        text = WithoutPrefix(text, "(8004)");
        if (text.Length is < 5 or > 30) return IdentifierCheck.Refuse($"The value has {text.Length} characters; a GIAI has 5 to 30.");
        if (!IsDigits(text.AsSpan(0, 4))) return IdentifierCheck.Refuse("A GIAI begins with the digits of a company prefix.");
        return FaultOf82(text) is { } fault ? IdentifierCheck.Refuse(fault) : IdentifierCheck.Accept(text);
    }

    /// <summary>AI 8013: a company prefix and a model reference, then two check characters.</summary>
    public static IdentifierCheck Gmn(string text)
    {
        text = WithoutPrefix(text, "(8013)");
        if (text.Length is < 7 or > 25) return IdentifierCheck.Refuse($"The value has {text.Length} characters; a GMN has 7 to 25.");
        if (!IsDigits(text.AsSpan(0, 4))) return IdentifierCheck.Refuse("A GMN begins with the digits of a company prefix.");
        if (FaultOf82(text) is { } fault) return IdentifierCheck.Refuse(fault);
        var expected = CheckPair(text.AsSpan(0, text.Length - 2));
        return text.EndsWith(expected, StringComparison.Ordinal)
            ? IdentifierCheck.Accept(text)
            : IdentifierCheck.Refuse($"The check characters are {text[^2..]}, should be {expected}.");
    }

    /// <summary>Modulo 1021, the prime numbers as weights from the right; five bits to a check character.</summary>
    private static string CheckPair(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<int> primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83];
        var sum = 0;
        for (var i = 0; i < text.Length; i++) sum += Characters82.IndexOf(text[^(i + 1)], StringComparison.Ordinal) * primes[i];
        sum %= 1021;
        return $"{PairAlphabet[sum >> 5]}{PairAlphabet[sum & 31]}";
    }

    private static IdentifierCheck Numeric(string text, string prefix, int length)
    {
        text = Without(WithoutPrefix(text, prefix));
        return FaultOfDigits(text, length) is { } fault ? IdentifierCheck.Refuse(fault) : Checked(text);
    }

    private static IdentifierCheck WithReference(string text, int keyLength, int maxReference)
    {
        var key = Checked(text[..keyLength]);
        if (!key.IsValid) return key;
        if (text.Length > keyLength + maxReference)
            return IdentifierCheck.Refuse($"The serial has {text.Length - keyLength} characters; {maxReference} are allowed.");
        return FaultOf82(text) is { } fault ? IdentifierCheck.Refuse(fault) : IdentifierCheck.Accept(text);
    }

    private static IdentifierCheck Checked(string digits)
    {
        var expected = CheckDigits.Gs1(digits.AsSpan(0, digits.Length - 1));
        return digits[^1] == expected ? IdentifierCheck.Accept(digits) : IdentifierCheck.WrongCheck(digits[^1], expected);
    }

    /// <summary>Null when the text holds nothing but the 82 characters, otherwise the fault.</summary>
    public static string? FaultOf82(string text) =>
        FaultOfCharacters(text, Is82, Characters82InWords);

    public static bool Is82(char c) => Characters82.Contains(c, StringComparison.Ordinal);
}
