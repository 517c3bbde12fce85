using System.Globalization;
using System.Numerics;
using System.Text;

namespace Wanwu.Things;

/// <summary>What a part of a unit text means.</summary>
internal readonly record struct UcumTerm(UcumMagnitude Magnitude, UcumDimension Dimension, UcumScale? Scale)
{
    public static readonly UcumTerm One = new(UcumMagnitude.One, UcumDimension.None, null);
}

/// <summary>
/// Reads the case-sensitive syntax of UCUM (its formal grammar): terms of components with <c>.</c> and <c>/</c> between, from left to right.
/// </summary>
internal ref struct UcumParser(ReadOnlySpan<char> text, Dictionary<string, UcumAtom>.AlternateLookup<ReadOnlySpan<char>> atoms)
{
    private const int MaxDepth = 8;
    private const int MaxFactorDigits = 18;
    private readonly ReadOnlySpan<char> _text = text;
    private readonly StringBuilder _symbol = new();
    private int _at;
    private UcumFault _fault;

    /// <summary>The text as people write it, once parsed.</summary>
    public readonly string Symbol => _symbol.ToString();

    public bool TryParse(out UcumTerm term, out UcumFault fault)
    {
        var read = ReadTerm(0, out term) && (_at == _text.Length || Fail(_at, "a ')' without '('"));
        fault = _fault;
        return read;
    }

    private bool ReadTerm(int depth, out UcumTerm term)
    {
        term = UcumTerm.One;
        if (depth > MaxDepth) return Fail(_at, $"more than {MaxDepth} parentheses within each other");
        var divide = depth == 0 && Take('/');
        if (divide) _symbol.Append("1/");
        for (var first = true; ; first = false)
        {
            var start = _at;
            if (!ReadComponent(depth, out var component)) return false;
            if (first && !divide) term = component;
            else if (!Combine(ref term, component, divide ? -1 : 1, start)) return false;
            if (_at == _text.Length || _text[_at] == ')') return true;
            if (_text[_at] is not ('.' or '/')) return Fail(_at, "expected '.' or '/'");
            divide = _text[_at++] == '/';
            _symbol.Append(divide ? '/' : '·');
        }
    }

    private bool ReadComponent(int depth, out UcumTerm term)
    {
        term = UcumTerm.One;
        if (_at == _text.Length) return Fail(_at, "a unit is missing");
        var c = _text[_at];
        if (c == '{') return ReadAnnotations(isWhole: true);
        var read = c == '(' ? ReadParenthesised(depth, out term)
            : char.IsAsciiDigit(c) && !IsTenStar ? ReadFactor(out term)
            : ReadSymbol(out term);
        return read && ReadAnnotations(isWhole: false);
    }

    private readonly bool IsTenStar => _text[_at..].StartsWith("10*") || _text[_at..].StartsWith("10^");

    private bool ReadParenthesised(int depth, out UcumTerm term)
    {
        var open = _at++;
        _symbol.Append('(');
        if (!ReadTerm(depth + 1, out term)) return false;
        if (!Take(')')) return Fail(open, "a '(' without ')'");
        _symbol.Append(')');
        return true;
    }

    private bool ReadFactor(out UcumTerm term)
    {
        term = UcumTerm.One;
        var start = _at;
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at])) _at++;
        var digits = _text[start.._at];
        if (digits.Length > MaxFactorDigits) return Fail(start, $"a number of more than {MaxFactorDigits} digits");
        var number = BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        if (number.IsZero) return Fail(start, "a factor of zero");
        term = term with { Magnitude = UcumMagnitude.Of(number) };
        _symbol.Append(digits);
        return true;
    }

    private bool ReadSymbol(out UcumTerm term)
    {
        term = UcumTerm.One;
        var start = _at;
        var code = CutSymbol();
        if (code.IsEmpty) return Fail(start, $"'{_text[start]}' cannot stand here");
        if (!TryResolve(code, out var prefix, out var atom)) return Fail(start, UnknownSymbol(code));
        if (!ReadExponent(out var exponent)) return false;
        if (atom.Scale is not null && exponent != 1) return Fail(start, NotInProduct(atom.Scale));
        var magnitude = UcumMagnitude.One;
        var fits = (prefix < 0 || magnitude.TryMultiply(UcumAtoms.Prefixes[prefix].Factor, exponent, out magnitude))
            && magnitude.TryMultiply(atom.Magnitude, exponent, out magnitude);
        if (!fits || !UcumDimension.None.TryMultiply(atom.Dimension, exponent, out var dimension)) return Fail(start, "the power is too large");
        term = new UcumTerm(magnitude, dimension, atom.Scale);
        _symbol.Append(prefix < 0 ? "" : UcumAtoms.Prefixes[prefix].Symbol).Append(atom.Symbol).Append(exponent == 1 ? "" : Superscript(exponent));
        return true;
    }

    /// <summary>A symbol ends at an operator, a parenthesis, a brace or its exponent; what stands in brackets belongs to it whole.</summary>
    private ReadOnlySpan<char> CutSymbol()
    {
        var start = _at;
        if (IsTenStar) return _text[start..(_at += 3)];
        while (_at < _text.Length && _text[_at] is not ('.' or '/' or '(' or ')' or '{' or '}' or '+' or '-' or ']' or (>= '0' and <= '9') or <= ' '))
        {
            if (_text[_at] != '[') { _at++; continue; }
            var close = _text[_at..].IndexOf(']');
            if (close < 0) return _text[start..(_at = _text.Length)];
            _at += close + 1;
        }
        return _text[start.._at];
    }

    private readonly bool TryResolve(ReadOnlySpan<char> code, out int prefix, out UcumAtom atom)
    {
        prefix = -1;
        if (atoms.TryGetValue(code, out atom!)) return true;
        for (prefix = 0; prefix < UcumAtoms.Prefixes.Length; prefix++)
        {
            var prefixCode = UcumAtoms.Prefixes[prefix].Code;
            if (code.StartsWith(prefixCode, StringComparison.Ordinal) && atoms.TryGetValue(code[prefixCode.Length..], out atom!) && atom.IsMetric)
                return true;
        }
        return false;
    }

    private bool ReadExponent(out int exponent)
    {
        exponent = 1;
        var start = _at;
        var negative = Take('-');
        var signed = negative || Take('+');
        var digitsFrom = _at;
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at])) _at++;
        var digits = _text[digitsFrom.._at];
        if (digits.IsEmpty) return !signed || Fail(start, "a sign without an exponent");
        if (digits.Length > 2) return Fail(start, $"an exponent beyond {UcumDimension.MaxExponent}");
        exponent = int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        if (exponent == 0) return Fail(start, "an exponent of zero");
        if (negative) exponent = -exponent;
        return true;
    }

    /// <summary>Annotations change nothing; alone they stand for the number 1 and are shown as they are, elsewhere in parentheses.</summary>
    private bool ReadAnnotations(bool isWhole)
    {
        while (_at < _text.Length && _text[_at] == '{')
        {
            var start = _at;
            var close = _text[_at..].IndexOf('}');
            if (close < 0) return Fail(start, "a '{' without '}'");
            var note = _text[(start + 1)..(start + close)];
            if (note.ContainsAnyExceptInRange(' ', '~') || note.Contains('{'))
                return Fail(start, "an annotation holds printable ASCII characters only");
            if (isWhole) _symbol.Append(note.IsEmpty ? "1" : note);
            else if (!note.IsEmpty) _symbol.Append(" (").Append(note).Append(')');
            _at += close + 1;
            isWhole = false;
        }
        return true;
    }

    private bool Combine(ref UcumTerm left, UcumTerm right, int exponent, int at)
    {
        if ((left.Scale ?? right.Scale) is { } scale) return Fail(at, NotInProduct(scale));
        if (!left.Magnitude.TryMultiply(right.Magnitude, exponent, out var magnitude)
            || !left.Dimension.TryMultiply(right.Dimension, exponent, out var dimension))
            return Fail(at, "the product is too large");
        left = new UcumTerm(magnitude, dimension, null);
        return true;
    }

    private static string NotInProduct(UcumScale scale) => scale.Offset is null
        ? $"{scale.Code} is a logarithm and can only stand alone"
        : $"{scale.Code} has a zero of its own and can only stand alone; in a product write K";

    private static string UnknownSymbol(ReadOnlySpan<char> code)
    {
        var known = UnitAliases.Suggest(code.ToString());
        return known is null ? $"'{code}' is not a unit" : $"'{code}' is not a unit; did you mean {known}?";
    }

    private static string Superscript(int exponent) =>
        string.Concat(exponent.ToString(CultureInfo.InvariantCulture).Select(static c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']));

    private bool Take(char c)
    {
        if (_at == _text.Length || _text[_at] != c) return false;
        _at++;
        return true;
    }

    private bool Fail(int at, string reason)
    {
        _fault = new UcumFault(at + 1, reason);
        return false;
    }
}
