using System.Text.Json;

namespace Wanwu.Things.Tests;

public sealed class PropertyNameTests
{
    [Theory]
    [InlineData("temperature")]
    [InlineData("PM2.5")]
    [InlineData("w01018-Rtd")]
    [InlineData("1-0:1.8.0")]
    [InlineData("溫度")]
    [InlineData("débit")]
    [InlineData("a(b)_%~@")]
    public void Name_reads_and_writes(string text)
    {
        var name = PropertyName.Parse(text);
        Assert.Equal(text, name.ToString());
        Assert.Equal(name, JsonSerializer.Deserialize<PropertyName>(JsonSerializer.Serialize(name)));
        Assert.Equal(name, JsonSerializer.Deserialize<Dictionary<PropertyName, int>>(JsonSerializer.Serialize(new Dictionary<PropertyName, int> { [name] = 1 }))!.Keys.Single());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a+")]
    [InlineData("#")]
    [InlineData("$SYS")]
    [InlineData("a\u0000")]
    [InlineData("😀")]
    [InlineData("a\u200b")]
    public void Anything_else_is_no_name(string text)
    {
        Assert.False(PropertyName.TryParse(text, null, out _));
        Assert.Throws<FormatException>(() => PropertyName.Parse(text));
    }

    [Fact]
    public void Length_is_bounded_before_and_after_composing()
    {
        Assert.True(PropertyName.TryParse(new string('a', 64), null, out _));
        Assert.False(PropertyName.TryParse(new string('a', 65), null, out _));
        // U+0958 is written as two characters in normal form C.
        Assert.True(PropertyName.TryParse(new string('\u0958', 32), null, out _));
        Assert.False(PropertyName.TryParse(new string('\u0958', 33), null, out _));
    }

    [Fact]
    public void Composed_and_decomposed_spelling_are_one_name() => Assert.Equal(PropertyName.Parse("d\u00e9bit"), PropertyName.Parse("de\u0301bit"));

    [Fact]
    public void Broken_text_is_no_name() => Assert.False(PropertyName.TryParse("a\ud800", null, out _));

    [Fact]
    public void Case_counts() => Assert.True(PropertyName.Parse("A") < PropertyName.Parse("a") && PropertyName.Parse("a") >= PropertyName.Parse("A"));

    [Theory]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("\"a b\"")]
    public void Other_json_is_no_name(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<PropertyName>(json));
}
