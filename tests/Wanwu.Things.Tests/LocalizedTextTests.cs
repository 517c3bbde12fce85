using System.Globalization;
using System.Text.Json;

namespace Wanwu.Things.Tests;

public sealed class LocalizedTextTests
{
    [Theory]
    [InlineData("\"Probe\"", "\"Probe\"")]
    [InlineData("\"  Probe \"", "\"Probe\"")]
    [InlineData("{\"en\":\"Probe\"}", "{\"en\":\"Probe\"}")]
    [InlineData("{\"en\":\"Probe\",\"zh-TW\":\"x\",\"zh-CN\":null}", "{\"zh-Hant\":\"x\",\"en\":\"Probe\"}")]
    [InlineData("{\"zh-Hant\":\"a\",\"zh-Hans\":\"b\",\"en\":\"c\"}", "{\"zh-Hant\":\"a\",\"zh-Hans\":\"b\",\"en\":\"c\"}")]
    [InlineData("{\"zh-Hant\":\"a\",\"zh-Hans\":\"a\",\"en\":\"a\"}", "\"a\"")]
    [InlineData("{\"en\":\"a\",\"zh\":\" \"}", "{\"en\":\"a\"}")]
    public void Json_reads_and_is_written_in_one_form(string json, string written)
    {
        var text = JsonSerializer.Deserialize<LocalizedText>(json)!;
        Assert.Equal(written, JsonSerializer.Serialize(text));
        Assert.Equal(text, JsonSerializer.Deserialize<LocalizedText>(written));
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\" \"")]
    [InlineData("{}")]
    [InlineData("{\"en\":\"\"}")]
    [InlineData("{\"fr\":\"Sonde\"}")]
    [InlineData("{\"en\":1}")]
    [InlineData("7")]
    [InlineData("[\"a\"]")]
    [InlineData("\"a\\u0007\"")]
    public void Other_json_is_refused(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<LocalizedText>(json));

    [Theory]
    [InlineData("zh-TW", "繁")]
    [InlineData("zh-HK", "繁")]
    [InlineData("zh-Hant-HK", "繁")]
    [InlineData("zh-CN", "简")]
    [InlineData("zh", "简")]
    [InlineData("zh-Hans-HK", "简")]
    [InlineData("en-GB", "en")]
    [InlineData("de-DE", "en")]
    [InlineData("", "en")]
    public void Reader_gets_the_text_of_the_own_language(string culture, string expected)
    {
        var text = LocalizedText.Of("繁", "简", "en");
        Assert.Equal(expected, text.For(culture));
        Assert.Equal(expected, text.For(CultureInfo.GetCultureInfo(culture)));
    }

    [Fact]
    public void Missing_text_falls_back_to_the_nearest()
    {
        Assert.Equal("简", LocalizedText.Of(null, "简", "en").For("zh-Hant"));
        Assert.Equal("繁", LocalizedText.Of("繁", null, "en").For("zh-Hans"));
        Assert.Equal("en", LocalizedText.Of(null, null, "en").For("zh-Hans"));
        Assert.Equal("繁", LocalizedText.Of("繁", "简", null).For("en"));
        Assert.Equal("简", LocalizedText.Of(null, "简", null).For("en"));
    }

    [Fact]
    public void Fault_names_language_and_rule()
    {
        Assert.False(LocalizedText.TryCreate("字", null, new string('x', 11), out _, out var fault, maxLength: 10));
        Assert.Equal("The en text has 11 characters; 10 are allowed.", fault);
        Assert.False(LocalizedText.TryCreate("\ud800", null, null, out _, out fault));
        Assert.Equal("The zh-Hant text holds broken characters.", fault);
        Assert.Throws<FormatException>(() => LocalizedText.Of(" "));
    }

    [Fact]
    public void Lines_are_kept() => Assert.Equal("a\nb", LocalizedText.Of("a\nb").For("en"));
}
