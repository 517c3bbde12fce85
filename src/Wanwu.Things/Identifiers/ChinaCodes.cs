using static Wanwu.Things.IdentifierText;

namespace Wanwu.Things;

/// <summary>Codes of Chinese national standards and registries.</summary>
internal static class ChinaCodes
{
    private const string CreditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

    /// <summary>The first two digits of GB/T 2260: provinces, autonomous regions, municipalities and special administrative regions.</summary>
    private static readonly HashSet<string> Provinces =
    [
        "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46",
        "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
    ];

    /// <summary>
    /// What the 2015 edition of Ecode (GB/T 31866-2015 table 1) says of each version. The 2023 edition changes text form, not these lengths.
    /// </summary>
    private static readonly EcodeVersion[] EcodeVersions =
    [
        new('1', NumberingSystemDigits: 4, MaxMasterData: 20, char.IsAsciiDigit, "0-9"),
        new('2', NumberingSystemDigits: 4, MaxMasterData: 28, char.IsAsciiDigit, "0-9"),
        new('3', NumberingSystemDigits: 5, MaxMasterData: 39, char.IsAsciiLetterOrDigit, "letters and digits"),
        new('4', NumberingSystemDigits: 5, MaxMasterData: Identifier.MaxLength, static c => !char.IsControl(c) && !char.IsWhiteSpace(c),
            "any but blanks and control characters"),
    ];

    private readonly record struct EcodeVersion(
        char Version, int NumberingSystemDigits, int MaxMasterData, Func<char, bool> Allowed, string AllowedInWords);

    /// <summary>
    /// GB 32100-2015: registering authority, type, region (6), organisation code with its own check (9), check character modulo 31.
    /// </summary>
    public static IdentifierCheck CreditCode(string text)
    {
        text = Without(text).ToUpperInvariant();
        var fault = FaultOfCharacters(text, static c => CreditAlphabet.Contains(c, StringComparison.Ordinal),
            "digits and letters except I, O, S, V, Z");
        if (fault is not null) return IdentifierCheck.Refuse(fault);
        if (text.Length != 18) return IdentifierCheck.Refuse($"The value has {text.Length} characters; a unified social credit code has 18.");
        if (!IsDigits(text.AsSpan(2, 6))) return IdentifierCheck.Refuse($"Characters 3 to 8, {text[2..8]}, are no region code.");
        var expected = CreditCheck(text.AsSpan(0, 17));
        if (text[17] != expected) return IdentifierCheck.WrongCheck(text[17], expected);
        expected = OrganisationCheck(text.AsSpan(8, 8));
        return text[16] == expected
            ? IdentifierCheck.Accept(text)
            : IdentifierCheck.Refuse($"The check digit of the organisation code within (character 17) is {text[16]}, should be {expected}.");
    }

    private static char CreditCheck(ReadOnlySpan<char> text)
    {
        var (sum, weight) = (0, 1);
        foreach (var c in text)
        {
            sum += CreditAlphabet.IndexOf(c, StringComparison.Ordinal) * weight;
            weight = weight * 3 % 31;
        }
        return CreditAlphabet[(31 - (sum % 31)) % 31];
    }

    /// <summary>GB 11714-1997: eight digits or letters and a check digit modulo 11, here without the hyphen.</summary>
    public static IdentifierCheck OrganisationCode(string text)
    {
        text = Without(text).ToUpperInvariant();
        if (FaultOfCharacters(text, char.IsAsciiLetterOrDigit, "digits and letters") is { } fault) return IdentifierCheck.Refuse(fault);
        if (text.Length != 9) return IdentifierCheck.Refuse($"The value has {text.Length} characters; an organisation code has 9.");
        var expected = OrganisationCheck(text.AsSpan(0, 8));
        return text[8] == expected ? IdentifierCheck.Accept(text) : IdentifierCheck.WrongCheck(text[8], expected);
    }

    private static char OrganisationCheck(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<int> weights = [3, 7, 9, 10, 5, 8, 4, 2];
        var sum = 0;
        for (var i = 0; i < text.Length; i++) sum += (char.IsAsciiDigit(text[i]) ? text[i] - '0' : text[i] - 'A' + 10) * weights[i];
        return (11 - (sum % 11)) switch { 11 => '0', 10 => 'X', var digit => (char)('0' + digit) };
    }

    /// <summary>GB/T 2260 (6 digits), with the township of GB/T 10114 (9) and the village of the statistical code (12).</summary>
    /// <remarks>
    /// Form only: codes come and go every year, so whether one is in force is asked of the table of regions with its validity dates.
    /// </remarks>
    public static IdentifierCheck Region(string text)
    {
        if (FaultOfCharacters(text, char.IsAsciiDigit, "0-9") is { } fault) return IdentifierCheck.Refuse(fault);
        if (text.Length is not (6 or 9 or 12)) return IdentifierCheck.Refuse($"The value has {text.Length} digits; a region code has 6, 9 or 12.");
        if (!Provinces.Contains(text[..2])) return IdentifierCheck.Refuse($"{text[..2]} is not the code of a province.");
        if (text.AsSpan(2, 2) is "00" && text.AsSpan(4).ContainsAnyExcept('0'))
            return IdentifierCheck.Refuse("A county without a prefecture: digits 3 and 4 are 00, so the rest must be zeros.");
        return IdentifierCheck.Accept(text);
    }

    /// <summary>
    /// Ecode in text form: version, numbering system, master data. Lengths and characters by the table above; no check digit of its own.
    /// </summary>
    public static IdentifierCheck Ecode(string text)
    {
        text = text.Trim();
        if (text[0] == '0') return IdentifierCheck.Refuse("Version 0 is binary; register the code it carries in its own scheme.");
        if (text[0] is >= '5' and <= '9') return IdentifierCheck.Refuse($"Version {text[0]} is reserved.");
        foreach (var version in EcodeVersions)
            if (version.Version == text[0]) return Ecode(text, version);
        return IdentifierCheck.Refuse($"An Ecode begins with its version 1 to 4, found '{text[0]}'.");
    }

    private static IdentifierCheck Ecode(string text, EcodeVersion version)
    {
        var start = 1 + version.NumberingSystemDigits;
        if (text.Length <= start) return IdentifierCheck.Refuse($"The value ends before its master data, which begins at character {start + 1}.");
        if (!IsDigits(text.AsSpan(1, version.NumberingSystemDigits)))
            return IdentifierCheck.Refuse($"The numbering system, {text[1..start]}, should be {version.NumberingSystemDigits} digits.");
        var masterData = text[start..];
        if (masterData.Length > version.MaxMasterData)
            return IdentifierCheck.Refuse($"The master data has {masterData.Length} characters; {version.MaxMasterData} are allowed.");
        return FaultOfCharacters(masterData, version.Allowed, version.AllowedInWords) is { } fault
            ? IdentifierCheck.Refuse("In the master data: " + fault)
            : IdentifierCheck.Accept(text);
    }

    /// <summary>Industrial internet identifier: VAA, top tier (3 digits), second tier (3), enterprise (8), serial (1 to 33 characters).</summary>
    /// <remarks>Data identifier 15N of ANSI MH10.8.2 may stand before it and is cut.</remarks>
    public static IdentifierCheck IndustrialInternet(string text)
    {
        text = WithoutPrefix(text, "15N");
        if (!text.StartsWith("VAA", StringComparison.OrdinalIgnoreCase)) return IdentifierCheck.Refuse("The identifier begins with the agency VAA.");
        if (text.Length < 18) return IdentifierCheck.Refuse("After VAA come 14 digits (3 + 3 + 8) and a serial of 1 to 33 characters.");
        if (!IsDigits(text.AsSpan(3, 14))) return IdentifierCheck.Refuse($"After VAA come 14 digits, found {text[3..17]}.");
        var serial = text[17..];
        if (serial.Length > 33) return IdentifierCheck.Refuse($"The serial has {serial.Length} characters; 33 are allowed.");
        var fault = FaultOfCharacters(serial, static c => char.IsAsciiLetterOrDigit(c) || "*+-./()!".Contains(c, StringComparison.Ordinal),
            "letters, digits and * + - . / ( ) !");
        return fault is null ? IdentifierCheck.Accept("VAA" + text[3..]) : IdentifierCheck.Refuse("In the serial: " + fault);
    }
}
