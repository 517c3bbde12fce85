using System.Text;
using CsCheck;
using Wanwu.Protocols.Mqtt;
using Wanwu.Registry.Mappings;

namespace Wanwu.Tests.Registry.Mappings;

public sealed class TopicPatternTests
{
    private static readonly string[] Levels = ["a", "bb", "+", "{x}"], Parts = ["a", "bb", "c", "$s"];

    private static TopicPattern Parse(string text) => TopicPattern.TryParse(text, out var pattern, out var fault) ? pattern : throw new FormatException(fault);

    [Theory]
    [InlineData("zigbee2mqtt/{device}", "zigbee2mqtt/kitchen", "kitchen")]
    [InlineData("zigbee2mqtt/{device}", "zigbee2mqtt/kitchen/availability", null)]
    [InlineData("zigbee2mqtt/{device}", "zigbee2mqtt/", null)]
    [InlineData("zigbee2mqtt/{area}/{device}", "zigbee2mqtt/kitchen/lamp", "kitchen,lamp")]
    [InlineData("tele/tasmota_{mac}/SENSOR", "tele/tasmota_C59B5E/SENSOR", "C59B5E")]
    [InlineData("tele/tasmota_{mac}/SENSOR", "tele/tasmota_/SENSOR", null)]
    [InlineData("d/{a}-end/x", "d/one-end/x", "one")]
    [InlineData("+/{a}/#", "x/y", "y")]
    [InlineData("+/{a}/#", "x/y/z/q", "y")]
    [InlineData("+/{a}/#", "x", null)]
    [InlineData("#", "anything/at/all", "")]
    [InlineData("#", "$SYS/broker", null)]
    [InlineData("#", "v1/report", null)]
    [InlineData("{a}/report", "v1/report", null)]
    [InlineData("a/+", "a/", "")]
    [InlineData("a", "a/", null)]
    [InlineData("水/{名}", "水/泵", null)]
    [InlineData("水/{n}", "水/泵", "泵")]
    public void A_topic_fits_a_pattern(string pattern, string topic, string? captures)
    {
        if (!TopicPattern.TryParse(pattern, out var parsed, out _)) Assert.Null(captures);
        else if (parsed.TryMatch(Encoding.UTF8.GetBytes(topic), out var found)) Assert.Equal(captures, string.Join(',', found));
        else Assert.Null(captures);
    }

    [Theory]
    [InlineData("")]
    [InlineData("v1/{x}")]
    [InlineData("$SYS/#")]
    [InlineData("a/#/b")]
    [InlineData("a/b+")]
    [InlineData("a/{")]
    [InlineData("a/{}")]
    [InlineData("a/{1}")]
    [InlineData("a/{x}{y}")]
    [InlineData("a/{x}/{x}")]
    [InlineData("a/}x{")]
    [InlineData("a\u0000b")]
    public void A_wrong_pattern_is_refused(string text)
    {
        Assert.False(TopicPattern.TryParse(text, out _, out var fault));
        Assert.NotEmpty(fault);
    }

    [Fact]
    public void Without_fixed_text_beside_names_a_pattern_fits_what_its_filter_matches() =>
        Gen.Select(Gen.Int[0, 3].Select(i => Levels[i]).Array[1, 4], Gen.Bool, Gen.Int[0, 3].Select(i => Parts[i]).Array[1, 5]).Sample((levels, rest, parts) =>
        {
            string[] named = [.. levels.Select((level, i) => level == "{x}" ? $"{{x{i}}}" : level), .. rest ? (string[])["#"] : []];
            var filter = string.Join('/', named.Select(level => level[0] == '{' ? "+" : level));
            var topic = string.Join('/', parts);
            if (!TopicPattern.TryParse(string.Join('/', named), out var pattern, out _)) return;
            Assert.Equal(TopicFilter.Matches(Encoding.UTF8.GetBytes(filter), Encoding.UTF8.GetBytes(topic)) && topic[0] != '$',
                pattern.TryMatch(Encoding.UTF8.GetBytes(topic), out _));
        });

    [Fact]
    public void The_narrower_pattern_comes_first()
    {
        string[] order = ["a/b/c", "a/b/{x}", "a/x-{x}/c", "a/{x}/c", "a/+/#", "a/#", "{x}/b/c", "#"];
        TopicPattern[] mixed = [.. order.Reverse().Select(Parse)];
        Array.Sort(mixed, TopicPattern.CompareBreadth);
        Assert.Equal(order, mixed.Select(pattern => pattern.Text));
    }
}
