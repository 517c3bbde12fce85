namespace Wanwu.Things;

/// <summary>The check digit arithmetic that several schemes share. Every argument holds decimal digits only; the caller has looked.</summary>
internal static class CheckDigits
{
    /// <summary>GS1 modulo 10 (GS1 General Specifications, standard check digit): weights 3, 1, 3 … from the digit left of the check digit.</summary>
    /// <param name="digits">Without the check digit.</param>
    public static char Gs1(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++) sum += (digits[^(i + 1)] - '0') * (i % 2 == 0 ? 3 : 1);
        return (char)('0' + ((10 - (sum % 10)) % 10));
    }

    /// <summary>Luhn (ISO/IEC 7812-1): every second digit doubled, from the digit left of the check digit.</summary>
    /// <param name="digits">Without the check digit.</param>
    public static char Luhn(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            if (i % 2 == 0) digit = digit > 4 ? (digit * 2) - 9 : digit * 2;
            sum += digit;
        }
        return (char)('0' + ((10 - (sum % 10)) % 10));
    }

    /// <summary>The number that the digits write, modulo <paramref name="modulus"/>, whatever their count.</summary>
    public static int Modulo(ReadOnlySpan<char> digits, int modulus)
    {
        var remainder = 0;
        foreach (var digit in digits) remainder = ((remainder * 10) + digit - '0') % modulus;
        return remainder;
    }
}
