using static Wanwu.Things.IdentifierText;

namespace Wanwu.Things;

/// <summary>Numbers of vehicles, mobile equipment and cards.</summary>
internal static class DeviceNumbers
{
    /// <summary>GB 16735-2019, ISO 3779: 17 characters without I, O and Q; the ninth is the check digit.</summary>
    /// <remarks>
    /// The check digit is the rule in China (L) and the United States (1, 4, 5); elsewhere many makers do not use it, so a mismatch is a doubt.
    /// </remarks>
    public static IdentifierCheck Vin(string text)
    {
        text = Without(text).ToUpperInvariant();
        var fault = FaultOfCharacters(text, static c => char.IsAsciiLetterOrDigit(c) && c is not ('I' or 'O' or 'Q'),
            "digits and letters except I, O, Q");
        if (fault is not null) return IdentifierCheck.Refuse(fault);
        if (text.Length != 17) return IdentifierCheck.Refuse($"The value has {text.Length} characters; a VIN has 17.");
        var expected = VinCheck(text);
        if (text[8] == expected) return IdentifierCheck.Accept(text);
        return text[0] is 'L' or '1' or '4' or '5'
            ? IdentifierCheck.WrongCheck(text[8], expected)
            : IdentifierCheck.Accept(text, $"The ninth character is {text[8]}; as a check digit it would be {expected}.");
    }

    private static char VinCheck(string vin)
    {
        ReadOnlySpan<int> weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
        var sum = 0;
        for (var i = 0; i < vin.Length; i++) sum += VinValue(vin[i]) * weights[i];
        return (sum % 11) == 10 ? 'X' : (char)('0' + (sum % 11));
    }

    private static int VinValue(char c) => c switch
    {
        <= '9' => c - '0',
        <= 'H' => c - 'A' + 1,
        <= 'N' => c - 'J' + 1,
        'P' => 7,
        'R' => 9,
        _ => c - 'S' + 2,
    };

    /// <summary>3GPP TS 23.003 §6.2.1: 14 digits and a Luhn digit.</summary>
    public static IdentifierCheck Imei(string text)
    {
        text = Without(text, " -/");
        if (text.Length == 16 && IsDigits(text)) return IdentifierCheck.Refuse("16 digits are an IMEISV (scheme imeisv); an IMEI has 15.");
        return Luhn(text, 15, 15, "");
    }

    /// <summary>3GPP TS 23.003 §6.2.2: 14 digits and two of the software version, no check.</summary>
    public static IdentifierCheck ImeiSv(string text)
    {
        text = Without(text, " -/");
        return FaultOfDigits(text, 16) is { } fault ? IdentifierCheck.Refuse(fault) : IdentifierCheck.Accept(text);
    }

    /// <summary>ITU-T E.118: 19 or 20 digits that begin with 89 and end with a Luhn digit.</summary>
    public static IdentifierCheck Iccid(string text) => Luhn(Without(text), 19, 20, "89");

    private static IdentifierCheck Luhn(string text, int shortest, int longest, string start)
    {
        if (FaultOfCharacters(text, char.IsAsciiDigit, "0-9") is { } fault) return IdentifierCheck.Refuse(fault);
        if (text.Length < shortest || text.Length > longest)
        {
            var lengths = shortest == longest ? $"{longest}" : $"{shortest} or {longest}";
            return IdentifierCheck.Refuse($"The value has {text.Length} digits, should have {lengths}.");
        }
        if (!text.StartsWith(start, StringComparison.Ordinal))
            return IdentifierCheck.Refuse($"The value begins with {text[..start.Length]}, should begin with {start}.");
        var expected = CheckDigits.Luhn(text.AsSpan(0, text.Length - 1));
        return text[^1] == expected ? IdentifierCheck.Accept(text) : IdentifierCheck.WrongCheck(text[^1], expected);
    }

    /// <summary>GSMA SGP.29: 32 digits that begin with 89; as one number, modulo 97 it is 1.</summary>
    public static IdentifierCheck Eid(string text)
    {
        text = Without(text);
        if (FaultOfDigits(text, 32) is { } fault) return IdentifierCheck.Refuse(fault);
        if (!text.StartsWith("89", StringComparison.Ordinal))
            return IdentifierCheck.Refuse($"The value begins with {text[..2]}, should begin with 89.");
        var expected = 98 - CheckDigits.Modulo(text[..30] + "00", 97);
        return CheckDigits.Modulo(text, 97) == 1
            ? IdentifierCheck.Accept(text)
            : IdentifierCheck.Refuse($"The check digits are {text[30..]}, should be {expected:00}.");
    }
}
