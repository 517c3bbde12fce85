using System.Collections.Frozen;

namespace Wanwu.Security.Access.People;

/// <summary>Passwords that stand at the head of every guesser's list: well-known words with figures and signs around them, rows of the keyboard, counting.</summary>
internal static class CommonPasswords
{
    private static readonly FrozenSet<string> Words = new[]
    {
        "password", "passwort", "passw", "passwd", "pass", "admin", "administrator", "root", "user", "guest", "test", "testtest", "default", "changeme", "letmein", "welcome", "secret", "login", "master",
        "qwerty", "qwertyuiop", "qwertyui", "asdfgh", "asdfghjkl", "zxcvbnm", "qazwsx", "qazwsxedc", "abc", "abcd", "abcdef", "iloveyou", "woaini", "mima", "wanwu", "dragon", "monkey",
        "sunshine", "princess", "football", "baseball", "superman", "hello", "helloworld", "china", "beijing", "shanghai", "huawei", "iot", "server", "system", "manager", "operator", "auditor",
    }.ToFrozenSet(StringComparer.Ordinal);
    private static readonly string[] Rows = ["01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm"];

    public static bool Contains(string password)
    {
        var low = password.ToLowerInvariant();
        if (IsWord(low) || IsWord(new string([.. Bare(low).Select(Unmasked)]))) return true;
        return Rows.Any(row => IsRow(low, row) || IsRow(low, new string([.. row.Reverse()])));
    }

    private static bool IsWord(string text)
    {
        var letters = new string([.. text.Where(char.IsLetter)]);
        return Words.Contains(letters) || Words.Contains(Once(letters));
    }

    /// <summary>Without what is put around a word: years, counting, signs.</summary>
    private static string Bare(string text) => text.Trim([.. text.Where(sign => !char.IsLetter(sign)).Distinct()]);

    /// <summary>The letter for which a figure or sign is commonly put.</summary>
    private static char Unmasked(char sign) => sign switch { '@' => 'a', '0' => 'o', '$' => 's', '3' => 'e', _ => sign };

    /// <summary>A word said twice or more is the word.</summary>
    private static string Once(string text)
    {
        for (var length = 1; length <= text.Length / 2; length++)
            if (text.Length % length == 0 && Enumerable.Range(1, text.Length / length - 1).All(part => text.AsSpan(part * length, length).SequenceEqual(text.AsSpan(0, length)))) return text[..length];
        return text;
    }

    /// <summary>Whether it is a run of the row, but for two characters at most at its ends.</summary>
    private static bool IsRow(string text, string row)
    {
        for (var cut = 0; cut <= 2; cut++)
            for (var from = 0; from <= cut; from++)
                if (text.Length - cut >= 4 && row.Contains(text[from..(text.Length - cut + from)], StringComparison.Ordinal)) return true;
        return false;
    }
}
