using System.Text;
using System.Text.Json;

namespace Wanwu.Things.Expressions;

/// <summary>The message an expression is worked out over, with what has been found in it.</summary>
public readonly ref struct ExpressionScope
{
    /// <summary>The whole message, and where the paths from <c>$</c> lead in it.</summary>
    public required ReadOnlySpan<byte> Json { get; init; }
    public required ReadOnlySpan<JsonSlice> Found { get; init; }
    /// <summary>The element that is being read, and where the paths from <c>@</c> lead in it.</summary>
    public ReadOnlySpan<byte> Element { get; init; }
    public ReadOnlySpan<JsonSlice> FoundInElement { get; init; }
    /// <summary>What the topic's captures hold, in their order.</summary>
    public ReadOnlySpan<string> Captures { get; init; }
}

/// <summary>One node of an expression.</summary>
internal abstract class Term
{
    public abstract Operand Evaluate(in ExpressionScope scope);

    /// <summary>The terms inside this one.</summary>
    public virtual IReadOnlyList<Term> Parts => [];
}

internal sealed class Constant(Operand value) : Term
{
    public override Operand Evaluate(in ExpressionScope scope) => value;
}

/// <summary>A part of the topic, by the name the pattern gives it.</summary>
internal sealed class CaptureTerm(string name, int position) : Term
{
    public string Name => name;
    /// <summary>Where in the expression it stands.</summary>
    public int Position => position;
    public int Index { get; set; } = -1;

    public override Operand Evaluate(in ExpressionScope scope) => Index < scope.Captures.Length ? Operand.Of(scope.Captures[Index]) : Operand.Nothing;
}

internal sealed class PathTerm(JsonPath path) : Term
{
    public JsonPath Path => path;
    public int Slot { get; set; } = -1;

    public JsonSlice Locate(in ExpressionScope scope, out ReadOnlySpan<byte> json)
    {
        json = path.FromElement ? scope.Element : scope.Json;
        return path.FromElement ? scope.FoundInElement[Slot] : scope.Found[Slot];
    }

    public override Operand Evaluate(in ExpressionScope scope)
    {
        var slice = Locate(scope, out var json);
        return slice.IsThere ? Read(slice.Kind, slice.Of(json)) : Operand.Nothing;
    }

    private static Operand Read(JsonTokenType kind, ReadOnlySpan<byte> json)
    {
        switch (kind)
        {
            case JsonTokenType.Null: return Operand.Null;
            case JsonTokenType.True: return Operand.Of(true);
            case JsonTokenType.False: return Operand.Of(false);
            case JsonTokenType.StartObject or JsonTokenType.StartArray: return Operand.Composite;
        }
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (kind == JsonTokenType.Number)
            return reader.TryGetDouble(out var number) && double.IsFinite(number) ? Operand.Of(number) : Operand.Fault($"'{Encoding.UTF8.GetString(json[..Math.Min(json.Length, 40)])}' is beyond what a number can hold.");
        if (json.Length > Value.MaxTextLength * 3) return Operand.Fault($"A text has {json.Length} bytes; at most {Value.MaxTextLength} characters are taken.");
        return JsonText.IsWellFormed(json) ? Operand.Of(reader.GetString()!) : Operand.Fault("A text escapes half a surrogate pair, which is no character.");
    }
}

internal sealed class Negation(Term of) : Term
{
    public override IReadOnlyList<Term> Parts => [of];

    public override Operand Evaluate(in ExpressionScope scope)
    {
        var value = of.Evaluate(scope);
        if (value.IsContagious) return value;
        return value.Kind == OperandKind.Number ? Operand.Of(-value.Number) : Operand.Fault($"'-' needs a number; there is {value}.");
    }
}

internal sealed class Not(Term of) : Term
{
    public override IReadOnlyList<Term> Parts => [of];

    public override Operand Evaluate(in ExpressionScope scope)
    {
        var value = of.Evaluate(scope);
        return value.IsFault ? value : Operand.Of(!value.IsTrue);
    }
}

/// <summary><c>&amp;&amp;</c> and <c>||</c>: what is not true, or not there, counts as false.</summary>
internal sealed class Logic(Term left, Term right, bool isAnd) : Term
{
    public override IReadOnlyList<Term> Parts => [left, right];

    public override Operand Evaluate(in ExpressionScope scope)
    {
        var first = left.Evaluate(scope);
        if (first.IsFault) return first;
        if (first.IsTrue != isAnd) return Operand.Of(first.IsTrue);
        var second = right.Evaluate(scope);
        return second.IsFault ? second : Operand.Of(second.IsTrue);
    }
}

internal sealed class Arithmetic(Term left, char sign, Term right) : Term
{
    public override IReadOnlyList<Term> Parts => [left, right];

    public override Operand Evaluate(in ExpressionScope scope)
    {
        var a = left.Evaluate(scope);
        if (a.IsContagious) return a;
        var b = right.Evaluate(scope);
        if (b.IsContagious) return b;
        if (sign == '+' && (a.Kind == OperandKind.Text || b.Kind == OperandKind.Text)) return Join(a, b);
        if (a.Kind != OperandKind.Number || b.Kind != OperandKind.Number)
            return Operand.Fault($"'{sign}' needs numbers; there {(a.Kind == OperandKind.Number ? $"is {b} on its right" : $"is {a} on its left")}.");
        if (sign is '/' or '%' && b.Number == 0) return Operand.Fault($"'{sign}' divides by zero.");
        return Operand.Of(sign switch
        {
            '+' => a.Number + b.Number,
            '-' => a.Number - b.Number,
            '*' => a.Number * b.Number,
            '/' => a.Number / b.Number,
            _ => a.Number % b.Number,
        });
    }

    private static Operand Join(in Operand a, in Operand b)
    {
        if (a.Kind == OperandKind.Composite || b.Kind == OperandKind.Composite) return Operand.Fault("'+' joins texts and numbers; there is an object or array.");
        var text = Functions.TextOf(a) + Functions.TextOf(b);
        return text.Length <= Value.MaxTextLength ? Operand.Of(text) : Operand.Fault($"The joined text has {text.Length} characters; at most {Value.MaxTextLength} are taken.");
    }
}

internal sealed class Comparison(Term left, string sign, Term right) : Term
{
    public override IReadOnlyList<Term> Parts => [left, right];

    public override Operand Evaluate(in ExpressionScope scope)
    {
        var a = left.Evaluate(scope);
        if (a.IsFault) return a;
        var b = right.Evaluate(scope);
        if (b.IsFault) return b;
        if (sign is "==" or "!=") return Operand.Of(AreEqual(a, b) == (sign == "=="));
        if (a.IsContagious || b.IsContagious) return Operand.Of(false);
        if (a.Kind != b.Kind || a.Kind is not (OperandKind.Number or OperandKind.Text))
            return Operand.Fault($"'{sign}' compares two numbers or two texts; there are {a} and {b}.");
        var order = a.Kind == OperandKind.Number ? a.Number.CompareTo(b.Number) : string.CompareOrdinal(a.Text, b.Text);
        return Operand.Of(sign switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 });
    }

    /// <summary>RFC 9535 §2.3.5.2.2: what is not there equals only what is not there; values of different kinds are never equal.</summary>
    private static bool AreEqual(in Operand a, in Operand b) => a.Kind == b.Kind && a.Kind switch
    {
        OperandKind.Number or OperandKind.Boolean => a.Number == b.Number,
        OperandKind.Text => a.Text == b.Text,
        OperandKind.Composite => false,
        _ => true,
    };
}

/// <summary>A call of one of <see cref="Functions"/>.</summary>
internal sealed class Call(Function function, IReadOnlyList<Term> arguments) : Term
{
    public override IReadOnlyList<Term> Parts => arguments;

    public override Operand Evaluate(in ExpressionScope scope)
    {
        var values = new Operand[arguments.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = arguments[i].Evaluate(scope);
            if (values[i].IsFault || (values[i].IsContagious && !function.TakesNothing)) return values[i];
        }
        return function.Apply(values);
    }
}
