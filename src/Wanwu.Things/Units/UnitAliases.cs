using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Wanwu.Things;

/// <summary>Reads the unit spellings that devices, models and people send in place of UCUM codes. One table: <see cref="All"/>.</summary>
/// <remarks>
/// The table is asked first, so that <c>C</c> and <c>pH</c> mean what every device means by them (Celsius and acidity; UCUM: coulomb and picohenry).
/// Who means coulomb writes <c>A.s</c>. SenML has a registry of its own (RFC 8428 §12.1, RFC 8798), where <c>C</c> is coulomb again.
/// </remarks>
public static class UnitAliases
{
    private const int MaxRemembered = 4_096;

    /// <summary>Spelling and UCUM code.</summary>
    public static IReadOnlyList<(string Spelling, string Ucum)> All => UnitSpellings.Plain;
    /// <summary>The unit symbols of SenML that are no UCUM codes, or other ones.</summary>
    public static IReadOnlyList<(string Spelling, string Ucum)> SenMl => UnitSpellings.SenMl;

    private static readonly Dictionary<string, string> Exact = Map(UnitSpellings.Plain, StringComparer.Ordinal);
    // Where case tells milli from mega, case counts.
    private static readonly Dictionary<string, string> AnyCase = Map(
        UnitSpellings.Plain.Where(static r => r.Ucum is not (['M', ..] or ['m', >= 'A' and <= 'Z', ..]))
            .DistinctBy(static r => r.Spelling.ToUpperInvariant()),
        StringComparer.OrdinalIgnoreCase);
    private static readonly Dictionary<string, string> OfSenMl = Map(UnitSpellings.SenMl, StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, UcumUnit> Remembered = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, UcumUnit> RememberedOfSenMl = new(StringComparer.Ordinal);

    /// <summary>Reads a unit as a device or a person writes it: an alias, a UCUM code, or a UCUM code with superscripts, µ, · and the like.</summary>
    public static bool TryResolve(string? text, [NotNullWhen(true)] out UcumUnit? unit, [NotNullWhen(false)] out string? fault)
    {
        fault = null;
        text = text?.Trim() ?? "";
        return Remembered.TryGetValue(text, out unit) || TryRead(text, Exact, AnyCase, Remembered, out unit, out fault);
    }

    /// <summary>Reads a unit of SenML, and where the registry has none of that name, as <see cref="TryResolve"/> does.</summary>
    public static bool TryResolveSenMl(string? text, [NotNullWhen(true)] out UcumUnit? unit, [NotNullWhen(false)] out string? fault)
    {
        fault = null;
        text = text?.Trim() ?? "";
        if (RememberedOfSenMl.TryGetValue(text, out unit)) return true;
        return OfSenMl.ContainsKey(text)
            ? TryRead(text, OfSenMl, OfSenMl, RememberedOfSenMl, out unit, out fault)
            : TryResolve(text, out unit, out fault);
    }

    private static Dictionary<string, string> Map(IEnumerable<(string Spelling, string Ucum)> rows, StringComparer comparer) =>
        rows.ToDictionary(static r => r.Spelling, static r => r.Ucum, comparer);

    private static bool TryRead(
        string text, Dictionary<string, string> exact, Dictionary<string, string> anyCase, ConcurrentDictionary<string, UcumUnit> remembered,
        [NotNullWhen(true)] out UcumUnit? unit, [NotNullWhen(false)] out string? fault)
    {
        fault = null;
        unit = null;
        if (text.Length > UcumUnit.MaxLength) fault = $"A unit has at most {UcumUnit.MaxLength} characters.";
        else if (!UnicodeText.IsWellFormed(text)) fault = "The unit holds broken text.";
        if (fault is not null) return false;
        var plain = Plain(text);
        if (!UcumUnit.TryParse(exact.GetValueOrDefault(text) ?? text, out unit, out var why)
            && !UcumUnit.TryParse(exact.GetValueOrDefault(plain) ?? plain, out unit, out _)
            && !UcumUnit.TryParse(anyCase.GetValueOrDefault(plain), out unit, out _))
        {
            fault = $"'{text}' is not a unit (UCUM). {why}";
            return false;
        }
        // Bounded: a sender that makes up units cannot fill the memory.
        if (remembered.Count < MaxRemembered) remembered.TryAdd(text, unit);
        return true;
    }

    /// <summary>Superscripts, middle dots, the two µ and the like in the letters that UCUM uses.</summary>
    private static string Plain(string text) => text.Normalize(System.Text.NormalizationForm.FormKC)
        .Replace('μ', 'u').Replace('·', '.').Replace('⋅', '.').Replace('•', '.').Replace('−', '-').Replace("Ω", "Ohm", StringComparison.Ordinal)
        .Replace("^", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);

    /// <summary>The code for a spelling that is no unit, for the message that refuses it.</summary>
    internal static string? Suggest(string spelling) => AnyCase.GetValueOrDefault(spelling);
}
