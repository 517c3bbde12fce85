using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Parlot;
using Parlot.Fluent;

namespace Wanwu.Things.Expressions;

/// <summary>The grammar of <see cref="Expression"/>, from the loosest binding to the tightest.</summary>
internal static class ExpressionGrammar
{
    /// <summary>Deeper nesting is refused before it is read, so that nobody's expression can exhaust the stack.</summary>
    private const int MaxNesting = 24, MaxSigns = 60;
    private const string ValueExpected = "Expected a value: a path as $.temperature, a part of the topic as {device}, a number, a text in quotes, true, false, null, a function or (.";

    private static readonly Parser<Term> Grammar = Build();

    public static bool TryParse(string text, [NotNullWhen(true)] out Term? term, [NotNullWhen(false)] out ExpressionFault? fault)
    {
        term = null;
        if ((fault = FaultOfSize(text)) is not null) return false;
        if (Grammar.TryParse(text, out term!, out var error) && term is not null) return true;
        var position = error?.Position.Offset ?? 0;
        while (position < text.Length && char.IsWhiteSpace(text[position])) position++;
        fault = new ExpressionFault(position + 1, error?.Message ?? ValueExpected);
        return false;
    }

    private static ExpressionFault? FaultOfSize(string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return new ExpressionFault(1, ValueExpected);
        if (text.Length > Expression.MaxLength) return new ExpressionFault(Expression.MaxLength + 1, $"An expression has at most {Expression.MaxLength} characters.");
        var (depth, signs) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '(' && ++depth > MaxNesting) return new ExpressionFault(i + 1, $"At most {MaxNesting} parentheses stand within each other.");
            if (text[i] == ')') depth--;
            if (text[i] is '-' or '!' && ++signs > MaxSigns) return new ExpressionFault(i + 1, $"An expression has at most {MaxSigns} of the signs - and !.");
        }
        return null;
    }

    private static Parser<Term> Build()
    {
        var expression = Deferred<Term>();
        var close = Terms.Char(')').ElseError("Expected ).");
        var group = Terms.Char('(').SkipAnd(expression).AndSkip(close);
        var value = OneOf(Number(), Text(), Capture(), Path(), group, Word(expression, close)).ElseError(ValueExpected);

        var signed = value.Unary(
            (Terms.Char('-'), static of => new Negation(of)), (Terms.Char('!').AndSkip(Not(Literals.Char('='))), static of => new Not(of)));
        var product = signed.LeftAssociative((Terms.Char('*'), Sign('*')), (Terms.Char('/'), Sign('/')), (Terms.Char('%'), Sign('%')));
        var sum = product.LeftAssociative((Terms.Char('+'), Sign('+')), (Terms.Char('-'), Sign('-')));
        var order = sum.LeftAssociative(
            (Terms.Text("<="), Compare("<=")), (Terms.Text("<"), Compare("<")), (Terms.Text(">="), Compare(">=")), (Terms.Text(">"), Compare(">")));
        var equal = order.LeftAssociative((Terms.Text("=="), Compare("==")), (Terms.Text("!="), Compare("!=")));
        var both = equal.LeftAssociative((Terms.Text("&&"), static (left, right) => new Logic(left, right, isAnd: true)));
        expression.Parser = both.LeftAssociative((Terms.Text("||"), static (left, right) => new Logic(left, right, isAnd: false)));
        var end = Terms.WhiteSpace().Optional().Eof().ElseError("Expected an operator (+ - * / % == != < <= > >= && ||) or the end.");
        return expression.AndSkip(end);
    }

    private static Func<Term, Term, Term> Sign(char sign) => (left, right) => new Arithmetic(left, sign, right);

    private static Func<Term, Term, Term> Compare(string sign) => (left, right) => new Comparison(left, sign, right);

    private static Parser<Term> Number() =>
        Terms.Number<double>(NumberOptions.AllowDecimalSeparator | NumberOptions.AllowExponent).Then<Term>(static number => new Constant(Operand.Of(number)));

    private static Parser<Term> Text() =>
        Terms.String(StringLiteralQuotes.SingleOrDouble).Then<Term>(static text => new Constant(Operand.Of(text.ToString())));

    private static Parser<Term> Capture()
    {
        var name = Literals.Identifier().ElseError("Expected the name of a part of the topic, as {device}.");
        return Terms.Char('{').SkipAnd(name).AndSkip(Literals.Char('}').ElseError("Expected }."))
            .Then<Term>(static (_, start, _, name) => new CaptureTerm(name.ToString(), start));
    }

    /// <summary>RFC 9535 §2.3.5.1: <c>$</c> or <c>@</c>, then names and indices.</summary>
    private static Parser<Term> Path()
    {
        var shortName = Literals.Pattern(static c => JsonPath.IsFirst(c) || char.IsAsciiDigit(c)).When(static (_, name) => JsonPath.IsFirst(name.Span[0]))
            .ElseError("Expected a member's name after the dot; write one with other signs as ['my-name'].");
        var member = Literals.Char('.').SkipAnd(shortName).Then(static name => new JsonStep(name.ToString(), 0));
        var quoted = Terms.String(StringLiteralQuotes.SingleOrDouble).Then(static name => new JsonStep(name.ToString(), 0));
        var index = Terms.Number<int>(NumberOptions.AllowLeadingSign).Then(static index => new JsonStep(null, index));
        var bracket = Literals.Char('[').SkipAnd(OneOf(quoted, index).ElseError("Expected a name in quotes or an index within [ ]."))
            .AndSkip(Terms.Char(']').ElseError("Expected ]."));
        var root = OneOf(Terms.Char('$'), Terms.Char('@'));
        return root.And(ZeroOrMany(OneOf(member, bracket))).Then<Term>(static (_, start, _, path) => path.Item2.Count <= JsonPath.MaxSteps
            ? new PathTerm(new JsonPath(path.Item1 == '@', path.Item2))
            : throw new ParseException($"A path has at most {JsonPath.MaxSteps} steps.", new TextPosition(start, 1, start + 1)));
    }

    /// <summary>A word is true, false, null or a function.</summary>
    private static Parser<Term> Word(Parser<Term> expression, Parser<char> close)
    {
        var arguments = Literals.Char('(').SkipAnd(Separated(Terms.Char(','), expression)).AndSkip(close);
        var call = Terms.Identifier().And(arguments).Then<Term>(static (_, start, _, call) => Named(start, call.Item1.ToString(), call.Item2));
        return OneOf(call, Terms.Identifier().Then<Term>(static (_, start, _, word) => Named(start, word.ToString(), null)));
    }

    private static Term Named(int start, string word, IReadOnlyList<Term>? arguments)
    {
        if (arguments is null)
        {
            switch (word)
            {
                case "true": return new Constant(Operand.Of(true));
                case "false": return new Constant(Operand.Of(false));
                case "null": return new Constant(Operand.Null);
            }
        }
        var fault = $"'{word}' is not known. A text stands in quotes; a member is written $.{word}; the functions are {Functions.Names}.";
        if (Functions.Find(word) is { } function)
        {
            if (arguments is not null && arguments.Count >= function.Least && arguments.Count <= function.Most) return new Call(function, arguments);
            var count = function.Least == function.Most ? function.Least.ToString(CultureInfo.InvariantCulture) : $"{function.Least} to {function.Most}";
            fault = $"{word}() takes {count} argument{(function.Most == 1 ? "" : "s")}, separated by commas.";
        }
        throw new ParseException(fault, new TextPosition(start, 1, start + 1));
    }
}
