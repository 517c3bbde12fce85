using System.Text;
using CsCheck;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.Protocols.Tests.Mqtt;

public sealed class TopicTests
{
    private static readonly Gen<string> Level = Gen.OneOf(Gen.Const("a"), Gen.Const("b"), Gen.Const(""), Gen.Const("$x"), Gen.Const("ab"));
    private static readonly Gen<string> Topic = Level.Array[1, 4].Select(levels => string.Join('/', levels));
    private static readonly Gen<string> Filter = Gen.Select(Gen.OneOf(Level, Gen.Const("+")).Array[0, 4], Gen.Bool)
        .Select((levels, rest) => string.Join('/', rest || levels.Length == 0 ? [.. levels, "#"] : levels));

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    [Fact]
    public void The_trie_matches_what_filter_by_filter_comparison_matches() => Gen.Select(Filter.Array[0, 30], Topic.Array[1, 20]).Sample((filters, topics) =>
    {
        var trie = new TopicTrie<int>();
        for (var i = 0; i < filters.Length; i++) trie.Add(Utf8(filters[i]), i);
        foreach (var topic in topics)
        {
            var found = new List<int>();
            trie.Match(Utf8(topic), found);
            Assert.Equal(Enumerable.Range(0, filters.Length).Where(i => TopicFilter.Matches(Utf8(filters[i]), Utf8(topic))), found.Order());
        }
        for (var i = 0; i < filters.Length; i++) Assert.True(trie.Remove(Utf8(filters[i]), i));
        Assert.Equal((0, 1), (trie.Count, trie.Nodes));
    });

    [Theory]
    [InlineData("sport/#", "sport", true)]
    [InlineData("sport/#", "sport/", true)]
    [InlineData("sport/+", "sport", false)]
    [InlineData("sport/+", "sport/", true)]
    [InlineData("+/+", "/finance", true)]
    [InlineData("/+", "/finance", true)]
    [InlineData("+", "/finance", false)]
    [InlineData("#", "$SYS/x", false)]
    [InlineData("+/x", "$SYS/x", false)]
    [InlineData("$SYS/#", "$SYS/x", true)]
    [InlineData("a/+/c", "a/b/c", true)]
    public void Filters_match_as_the_standard_says(string filter, string topic, bool matches) =>
        Assert.Equal(matches, TopicFilter.Matches(Utf8(filter), Utf8(topic)));

    [Fact]
    public void Filters_overlap_when_some_topic_is_matched_by_both() => Gen.Select(Filter, Filter, Topic).Sample((one, other, topic) =>
    {
        Assert.Equal(TopicFilter.Overlaps(Utf8(one), Utf8(other)), TopicFilter.Overlaps(Utf8(other), Utf8(one)));
        if (TopicFilter.Matches(Utf8(one), Utf8(topic)) && TopicFilter.Matches(Utf8(other), Utf8(topic)))
            Assert.True(TopicFilter.Overlaps(Utf8(one), Utf8(other)));
    });

    /// <summary>Every topic of up to five levels, over every name that a filter below can hold and one that none does.</summary>
    private static readonly byte[][] AllTopics = [.. TopicsOf(5).Select(Utf8)];

    private static IEnumerable<string> TopicsOf(int levels) => levels == 0 ? [] : new[] { "a", "", "$x", "fresh" }
        .SelectMany(name => TopicsOf(levels - 1).Select(rest => $"{name}/{rest}").Prepend(name));

    [Fact]
    public void Filters_cover_a_filter_when_every_topic_it_matches_is_matched_by_one_of_them()
    {
        var names = Gen.OneOf(Gen.Const("a"), Gen.Const(""), Gen.Const("$x"), Gen.Const("+"), Gen.Const("+"));
        var filters = Gen.Select(names.Array[0, 3], Gen.Bool).Select((levels, rest) => string.Join('/', rest || levels.Length == 0 ? [.. levels, "#"] : levels));
        Gen.Select(filters.Array[0, 5], filters).Sample((granted, filter) =>
        {
            var (asked, all) = (Utf8(filter), granted.Select(Utf8).ToArray());
            var expected = AllTopics.All(topic => !TopicFilter.Matches(asked, topic) || all.Any(one => TopicFilter.Matches(one, topic)));
            Assert.Equal(expected, TopicFilter.Covers(all, asked));
        }, iter: 3_000);
    }

    [Theory]
    [InlineData("a/#", "a|a/+/#", true)]
    [InlineData("a/#", "a/+/#", false)]
    [InlineData("#", "+|+/+|+/+/#", true)]
    [InlineData("#", "+/#", true)]
    [InlineData("+/b", "a/b", false)]
    [InlineData("things/1/#", "things/+/#", true)]
    [InlineData("things/#", "things/1/#", false)]
    [InlineData("$SYS/#", "#", false)]
    [InlineData("a", "", false)]
    public void Cover_is_exact_where_no_single_filter_suffices(string filter, string granted, bool covered) =>
        Assert.Equal(covered, TopicFilter.Covers([.. granted.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(Utf8)], Utf8(filter)));

    [Theory]
    [InlineData("a/b", true)]
    [InlineData("#", true)]
    [InlineData("a/#", true)]
    [InlineData("+/a/+", true)]
    [InlineData("/", true)]
    [InlineData("", false)]
    [InlineData("a#", false)]
    [InlineData("a/#/b", false)]
    [InlineData("a+/b", false)]
    [InlineData("#/a", false)]
    public void Only_whole_levels_are_wildcards(string filter, bool valid) => Assert.Equal(valid, MqttText.IsTopicFilter(Utf8(filter)));

    [Fact]
    public void A_filter_cannot_make_the_matcher_run_deep() =>
        Assert.False(MqttText.IsTopicFilter(Utf8(string.Join('/', Enumerable.Repeat("+", 1000)))));
}
