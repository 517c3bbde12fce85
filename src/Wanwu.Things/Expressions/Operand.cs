using System.Globalization;

namespace Wanwu.Things.Expressions;

/// <summary>What an expression has come to.</summary>
public enum OperandKind : byte
{
    /// <summary>A member that is not there, or what was worked out with one.</summary>
    Nothing,
    /// <summary>JSON null.</summary>
    Null,
    Number,
    Boolean,
    Text,
    /// <summary>An object or array: it can be taken whole, not computed with.</summary>
    Composite,
    /// <summary>It cannot be worked out; <see cref="Operand.Text"/> says why.</summary>
    Fault,
}

/// <summary>A value while an expression is worked out.</summary>
public readonly struct Operand
{
    private Operand(OperandKind kind, double number, string? text) => (Kind, Number, Text) = (kind, number, text);

    public OperandKind Kind { get; }
    /// <summary>Of a number; of a boolean 1 or 0.</summary>
    public double Number { get; }
    /// <summary>Of a text; of a fault the sentence.</summary>
    public string? Text { get; }

    public bool IsFault => Kind == OperandKind.Fault;
    public bool IsTrue => Kind == OperandKind.Boolean && Number != 0;
    /// <summary>Not there, null or a fault: what is worked out with it is the same.</summary>
    internal bool IsContagious => Kind is OperandKind.Nothing or OperandKind.Null or OperandKind.Fault;

    public static Operand Nothing => default;
    public static Operand Null { get; } = new(OperandKind.Null, 0, null);
    public static Operand Composite { get; } = new(OperandKind.Composite, 0, null);
    public static Operand Of(bool boolean) => new(OperandKind.Boolean, boolean ? 1 : 0, null);
    public static Operand Of(string text) => new(OperandKind.Text, 0, text);
    public static Operand Fault(string sentence) => new(OperandKind.Fault, 0, sentence);
    public static Operand Of(double number) => double.IsFinite(number) ? new(OperandKind.Number, number, null) : Fault("The result is beyond what a number can hold.");

    /// <summary>As a message shows it.</summary>
    public override string ToString() => Kind switch
    {
        OperandKind.Nothing => "nothing",
        OperandKind.Null => "null",
        OperandKind.Number => Number.ToString("R", CultureInfo.InvariantCulture),
        OperandKind.Boolean => IsTrue ? "true" : "false",
        OperandKind.Text => $"the text '{(Text!.Length > 40 ? Text[..40] + "…" : Text)}'",
        OperandKind.Composite => "an object or array",
        _ => Text!,
    };
}
