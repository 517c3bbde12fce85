using System.Globalization;

namespace Wanwu.Things.Expressions;

/// <summary>A function of the expression language: a name, how many arguments it takes, and what it does.</summary>
/// <param name="TakesNothing">Whether it is called although an argument is not there; otherwise the result is not there either.</param>
internal sealed record Function(string Name, int Least, int Most, Func<Operand[], Operand> Apply, bool TakesNothing = false);

/// <summary>Every function there is. Each costs a bounded amount, whatever it is given.</summary>
internal static class Functions
{
    private const int MaxDigits = 12;

    public static readonly IReadOnlyList<Function> All =
    [
        new("number", 1, 1, static a => Number(a[0])),
        new("text", 1, 1, static a => a[0].Kind == OperandKind.Composite ? Wrong("text", "a number, text or boolean", a[0]) : Operand.Of(TextOf(a[0]))),
        new("lower", 1, 1, static a => OnText("lower", a[0], static text => text.ToLowerInvariant())),
        new("upper", 1, 1, static a => OnText("upper", a[0], static text => text.ToUpperInvariant())),
        new("trim", 1, 1, static a => OnText("trim", a[0], static text => text.Trim())),
        new("before", 2, 2, static a => Cut("before", a[0], a[1], static (text, at, _) => text[..at])),
        new("after", 2, 2, static a => Cut("after", a[0], a[1], static (text, at, length) => text[(at + length)..])),
        new("round", 1, 2, static a => Round(a)),
        new("abs", 1, 1, static a => OnNumber("abs", a[0], Math.Abs)),
        new("min", 2, 8, static a => Fold("min", a, Math.Min)),
        new("max", 2, 8, static a => Fold("max", a, Math.Max)),
        new("has", 1, 1, static a => Operand.Of(a[0].Kind is not (OperandKind.Nothing or OperandKind.Null)), TakesNothing: true),
        new("first", 2, 8, static a => First(a), TakesNothing: true),
        new("if", 3, 3, static a => a[0].IsTrue ? a[1] : a[2], TakesNothing: true),
    ];

    public static readonly string Names = string.Join(", ", All.Select(function => function.Name));

    public static Function? Find(string name)
    {
        foreach (var function in All)
            if (function.Name == name) return function;
        return null;
    }

    /// <summary>A value as text: of a text itself, of the others as JSON writes it.</summary>
    public static string TextOf(in Operand value) => value.Kind == OperandKind.Text ? value.Text! : value.ToString();

    private static Operand Number(in Operand value) => value.Kind switch
    {
        OperandKind.Number => value,
        OperandKind.Boolean => Operand.Of(value.Number),
        OperandKind.Text when double.TryParse(value.Text.AsSpan().Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => Operand.Of(number),
        _ => Operand.Fault($"number() needs a number written as text; there is {value}."),
    };

    private static Operand OnText(string name, in Operand value, Func<string, string> change) =>
        value.Kind == OperandKind.Text ? Operand.Of(change(value.Text!)) : Wrong(name, "a text", value);

    private static Operand OnNumber(string name, in Operand value, Func<double, double> change) =>
        value.Kind == OperandKind.Number ? Operand.Of(change(value.Number)) : Wrong(name, "a number", value);

    private static Operand Cut(string name, in Operand text, in Operand mark, Func<string, int, int, string> cut)
    {
        if (text.Kind != OperandKind.Text) return Wrong(name, "a text", text);
        if (mark is not { Kind: OperandKind.Text, Text.Length: > 0 }) return Wrong(name, "a text to look for", mark);
        var at = text.Text!.IndexOf(mark.Text!, StringComparison.Ordinal);
        return at < 0 ? text : Operand.Of(cut(text.Text, at, mark.Text!.Length));
    }

    private static Operand Round(Operand[] arguments)
    {
        if (arguments[0].Kind != OperandKind.Number) return Wrong("round", "a number", arguments[0]);
        if (arguments.Length == 1) return Operand.Of(Math.Round(arguments[0].Number, MidpointRounding.AwayFromZero));
        return arguments[1] is { Kind: OperandKind.Number, Number: >= 0 and <= MaxDigits } digits
            ? Operand.Of(Math.Round(arguments[0].Number, (int)digits.Number, MidpointRounding.AwayFromZero))
            : Wrong("round", $"0 to {MaxDigits} digits", arguments[1]);
    }

    private static Operand Fold(string name, Operand[] arguments, Func<double, double, double> fold)
    {
        var result = arguments[0];
        foreach (var argument in arguments)
        {
            if (argument.Kind != OperandKind.Number) return Wrong(name, "numbers", argument);
            result = Operand.Of(fold(result.Number, argument.Number));
        }
        return result;
    }

    private static Operand First(Operand[] arguments)
    {
        foreach (var argument in arguments)
            if (argument.Kind is not (OperandKind.Nothing or OperandKind.Null)) return argument;
        return arguments[^1];
    }

    private static Operand Wrong(string name, string expected, in Operand found) => Operand.Fault($"{name}() needs {expected}; there is {found}.");
}
