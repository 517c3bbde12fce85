using System.Text;
using System.Text.Json;
using CsCheck;
using Wanwu.Things.Expressions;

namespace Wanwu.Things.Tests.Expressions;

public sealed class ExpressionTests
{
    private const string Message = """
        {"temperature":21.5,"state":"ON","count":12,"on":true,"none":null,"text":"3.5","my-name":7,"list":[1,2,{"deep":3}],"a":{"b":{"c":4}},"名":"水"}
        """;

    internal static Expression Parse(string text, params string[] captures) =>
        Expression.TryParse(text, captures, out var expression, out var fault) ? expression : throw new FormatException(fault.ToString());

    internal static Operand Evaluate(string text, string json = Message, string[]? captures = null)
    {
        string[] names = ["device", "room"];
        var expression = Parse(text, names);
        var paths = new JsonPaths();
        expression.Bind(paths, new JsonPaths());
        var found = new JsonSlice[paths.Count];
        var bytes = Encoding.UTF8.GetBytes(json);
        paths.Find(bytes, found, default);
        return expression.Evaluate(new ExpressionScope { Json = bytes, Found = found, Captures = captures ?? ["kitchen", "1"] });
    }

    [Theory]
    [InlineData("$.temperature", "21.5")]
    [InlineData("$.temperature * 10", "215")]
    [InlineData("$.temperature / 10 + 1", "3.15")]
    [InlineData("1 + 2 * 3", "7")]
    [InlineData("(1 + 2) * 3", "9")]
    [InlineData("10 - 4 - 3", "3")]
    [InlineData("-$.count + 2", "-10")]
    [InlineData("- - 3", "3")]
    [InlineData("7 % 4", "3")]
    [InlineData("1e3 + .5", "1000.5")]
    [InlineData("$.list[0] + $.list[-1].deep", "4")]
    [InlineData("$.a.b.c", "4")]
    [InlineData("$['my-name']", "7")]
    [InlineData("$[\"a\"]['b'].c", "4")]
    [InlineData("$.state", "the text 'ON'")]
    [InlineData("$.名", "the text '水'")]
    [InlineData("{device} + '/' + {room}", "the text 'kitchen/1'")]
    [InlineData("'n' + 1.5", "the text 'n1.5'")]
    [InlineData("number($.text) * 2", "7")]
    [InlineData("number({room})", "1")]
    [InlineData("$.state == 'ON'", "true")]
    [InlineData("$.state != 'ON'", "false")]
    [InlineData("!($.state == 'ON')", "false")]
    [InlineData("!$.on", "false")]
    [InlineData("$.count >= 12 && $.count < 13", "true")]
    [InlineData("$.missing == 1 || $.on", "true")]
    [InlineData("$.missing", "nothing")]
    [InlineData("$.missing * 2", "nothing")]
    [InlineData("$.missing == null", "false")]
    [InlineData("$.none", "null")]
    [InlineData("$.none + 1", "null")]
    [InlineData("$.none == null", "true")]
    [InlineData("has($.none)", "false")]
    [InlineData("has($.on)", "true")]
    [InlineData("first($.missing, $.none, 5)", "5")]
    [InlineData("if($.on, 'yes', 'no')", "the text 'yes'")]
    [InlineData("round($.temperature)", "22")]
    [InlineData("round(2.345, 1)", "2.3")]
    [InlineData("max(1, $.count, 3)", "12")]
    [InlineData("min(1, $.count, 3)", "1")]
    [InlineData("abs(-2)", "2")]
    [InlineData("lower($.state)", "the text 'on'")]
    [InlineData("upper('a') + trim(' b ')", "the text 'Ab'")]
    [InlineData("after('0x12', '0x')", "the text '12'")]
    [InlineData("before('sensor_3', '_')", "the text 'sensor'")]
    [InlineData("before('sensor', '_')", "the text 'sensor'")]
    [InlineData("text(5) == '5'", "true")]
    [InlineData("$.list", "an object or array")]
    [InlineData("1 == '1'", "false")]
    [InlineData("1 < 2 == true", "true")]
    [InlineData("  1  ", "1")]
    public void An_expression_comes_to(string text, string result) => Assert.Equal(result, Evaluate(text).ToString());

    [Theory]
    [InlineData("$.state * 2", "'*' needs numbers; there is the text 'ON' on its left.")]
    [InlineData("2 - $.state", "'-' needs numbers; there is the text 'ON' on its right.")]
    [InlineData("-$.state", "'-' needs a number; there is the text 'ON'.")]
    [InlineData("1 / 0", "'/' divides by zero.")]
    [InlineData("1e308 * 10", "The result is beyond what a number can hold.")]
    [InlineData("number($.state)", "number() needs a number written as text; there is the text 'ON'.")]
    [InlineData("$.list + 'a'", "'+' joins texts and numbers; there is an object or array.")]
    [InlineData("$.state < 3", "'<' compares two numbers or two texts; there are the text 'ON' and 3.")]
    [InlineData("round(1, 40)", "round() needs 0 to 12 digits; there is 40.")]
    public void What_cannot_be_worked_out_says_why(string text, string sentence)
    {
        var result = Evaluate(text);
        Assert.True(result.IsFault);
        Assert.Equal(sentence, result.Text);
    }

    [Theory]
    [InlineData("", 1, "Expected a value")]
    [InlineData("1 +", 4, "Expected a value")]
    [InlineData("* 2", 1, "Expected a value")]
    [InlineData("(1 + 2", 7, "Expected )")]
    [InlineData("1 2", 3, "Expected an operator")]
    [InlineData("$.a = 1", 5, "Expected an operator")]
    [InlineData("$.", 3, "Expected a member's name")]
    [InlineData("$.1", 3, "Expected a member's name")]
    [InlineData("$[", 3, "Expected a name in quotes or an index")]
    [InlineData("$['a'", 6, "Expected ]")]
    [InlineData("$[*]", 3, "Expected a name in quotes or an index")]
    [InlineData("{dev", 5, "Expected }")]
    [InlineData("{nobody}", 1, "{nobody} is no part of the topic. The topic pattern has: {device}, {room}.")]
    [InlineData("temperature", 1, "'temperature' is not known. A text stands in quotes; a member is written $.temperature")]
    [InlineData("1 + exec('x')", 5, "'exec' is not known.")]
    [InlineData("round()", 7, "Expected a value")]
    [InlineData("round(1, 2, 3)", 1, "round() takes 1 to 2 arguments")]
    [InlineData("lower", 1, "lower() takes 1 argument")]
    [InlineData("'open", 1, "Expected a value")]
    public void A_wrong_expression_is_refused_at_its_place(string text, int position, string rule)
    {
        Assert.False(Expression.TryParse(text, ["device", "room"], out _, out var fault));
        Assert.StartsWith(rule, fault.Rule, StringComparison.Ordinal);
        Assert.Equal(position, fault.Position);
    }

    [Fact]
    public void Nesting_length_and_signs_are_bounded()
    {
        string[] texts = [new string('(', 400), new string('-', 400) + "1", new string('!', 400), new string(' ', 600) + "1", "$" + string.Concat(Enumerable.Repeat(".a", 17))];
        foreach (var text in texts) Assert.False(Expression.TryParse(text, [], out _, out _), text);
        Assert.Equal("1", Evaluate(new string('(', 24) + "1" + new string(')', 24)).ToString());
    }

    [Fact]
    public void Any_text_is_either_read_or_refused_within_itself() =>
        Gen.String[Gen.Char["$@.[]'\"(){}+-*/%=!<>&|,0123456789abn \\é𝄞"], 0, 60].Sample(text =>
        {
            if (Expression.TryParse(text, ["a"], out var expression, out var fault)) Assert.Equal(text, expression.Source);
            else Assert.InRange(fault.Position, 1, text.Length + 1);
        });

    [Fact]
    public void Sums_of_numbers_are_the_numbers_sum() =>
        Gen.Select(Gen.Double[-1e6, 1e6], Gen.Double[-1e6, 1e6], Gen.Double[1, 1e6]).Sample((a, b, c) =>
        {
            var json = $$"""{"a":{{JsonSerializer.Serialize(a)}},"b":{{JsonSerializer.Serialize(b)}},"c":{{JsonSerializer.Serialize(c)}}}""";
            Assert.Equal(a - b * 2 / c, Evaluate("$.a - $.b * 2 / $.c", json).Number);
        });
}
