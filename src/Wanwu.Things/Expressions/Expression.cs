using System.Diagnostics.CodeAnalysis;

namespace Wanwu.Things.Expressions;

/// <summary>What is wrong with an expression, and where.</summary>
/// <param name="Position">The character at which it goes wrong, counted from 1.</param>
public sealed record ExpressionFault(int Position, string Rule)
{
    public override string ToString() => $"At character {Position}: {Rule}";
}

/// <summary>A small expression over one message: paths, parts of the topic, arithmetic, comparison, logic and a few functions.</summary>
/// <remarks>
/// It runs no code and reaches nothing but the message. What it costs is bounded by its own length: there are no loops, and each function costs a bounded amount.
/// The grammar is in docs/mappings.md.
/// </remarks>
public sealed class Expression
{
    public const int MaxLength = 500;
    private readonly Term _root;

    private Expression(string text, Term root) => (Source, _root) = (text, root);

    /// <summary>The expression as it was written.</summary>
    public string Source { get; }

    /// <summary>Whether it is a path and nothing else: then the value is taken as it stands in the message.</summary>
    public bool IsPath => _root is PathTerm;

    /// <summary>Whether it holds for every message of a topic: it looks at the topic alone.</summary>
    public bool IsFixed => Terms(_root).All(static term => term is not PathTerm);

    /// <summary>Reads an expression.</summary>
    /// <param name="captures">The names of the topic's parts, in their order.</param>
    public static bool TryParse(string text, IReadOnlyList<string> captures, [NotNullWhen(true)] out Expression? expression, [NotNullWhen(false)] out ExpressionFault? fault)
    {
        ArgumentNullException.ThrowIfNull(captures);
        expression = null;
        if (!ExpressionGrammar.TryParse(text, out var root, out fault)) return false;
        foreach (var capture in Terms(root).OfType<CaptureTerm>())
        {
            for (var i = 0; i < captures.Count; i++)
                if (captures[i] == capture.Name) capture.Index = i;
            if (capture.Index >= 0) continue;
            var known = captures.Count == 0 ? "The topic pattern names no part." : $"The topic pattern has: {string.Join(", ", captures.Select(name => $"{{{name}}}"))}.";
            fault = new ExpressionFault(capture.Position + 1, $"{{{capture.Name}}} is no part of the topic. {known}");
            return false;
        }
        expression = new Expression(text, root);
        return true;
    }

    /// <summary>Whether the expression looks at the element that is being read, as <c>@.temperature</c>.</summary>
    public bool UsesElement => Terms(_root).Any(static term => term is PathTerm { Path.FromElement: true });

    /// <summary>Gives every path its slot. Once, before the expression is used.</summary>
    public void Bind(JsonPaths message, JsonPaths element)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(element);
        foreach (var term in Terms(_root).OfType<PathTerm>()) term.Slot = (term.Path.FromElement ? element : message).Add(term.Path);
    }

    /// <summary>Works the expression out. Never throws.</summary>
    public Operand Evaluate(in ExpressionScope scope) => _root.Evaluate(scope);

    /// <summary>The bytes of the place the expression leads to. Only for one that <see cref="IsPath"/>.</summary>
    public JsonSlice Locate(in ExpressionScope scope, out ReadOnlySpan<byte> json) => ((PathTerm)_root).Locate(scope, out json);

    public override string ToString() => Source;

    private static IEnumerable<Term> Terms(Term root) => root.Parts.SelectMany(Terms).Prepend(root);
}
