using CsCheck;
using Wanwu.Registry.Organisations;
using Wanwu.Things;

namespace Wanwu.Tests.Registry.Organisations;

/// <summary>The tree answers as one does that goes from parent to parent.</summary>
public sealed class OrganisationTreeTests
{
    /// <summary>Steps: an organisation comes to stand below another one, or at the top (−1), or goes (−2).</summary>
    private static readonly Gen<(int Id, int Parent)[]> Steps = Gen.Select(Gen.Int[0, 24], Gen.Int[-2, 24]).Array[1, 60];

    private static OrganisationEntry Entry(string id, string? parent) => new() { Id = id, Name = LocalizedText.Of(id), Parent = parent };

    [Fact]
    public void After_any_steps_it_answers_as_a_naive_tree_does() => Steps.Sample(steps =>
    {
        Dictionary<string, string?> naive = [];
        foreach (var (step, parent) in steps) Take(naive, $"o{step}", parent == -1 ? null : $"o{parent}", parent == -2);
        var tree = OrganisationTree.Of([.. naive.Select(pair => Entry(pair.Key, pair.Value))]);

        Assert.Equal(naive.Keys.Order(), tree.All.Select(entry => entry.Id).Order());
        foreach (var id in naive.Keys.Append("unknown"))
        {
            var above = Above(naive, id).ToArray();
            Assert.Equal(above.Skip(1), tree.Ancestors(id).Select(entry => entry.Id));
            Assert.Equal(Math.Max(0, above.Length - 1), tree.DepthOf(id));
            Assert.Equal(naive.Where(pair => pair.Value == id).Select(pair => pair.Key).Order(StringComparer.Ordinal), tree.Children(id).Select(entry => entry.Id));
            Assert.Equal(naive.Keys.Where(other => Above(naive, other).Contains(id)).Order(), tree.Within(id).ToArray().Select(entry => entry.Id).Order());
            foreach (var other in naive.Keys) Assert.Equal(above.Contains(other), tree.IsWithin(id, other));
        }
        Assert.Equal(naive.Where(pair => pair.Value is null).Select(pair => pair.Key).Order(StringComparer.Ordinal), tree.Children(null).Select(entry => entry.Id));
    }, iter: 300);

    /// <summary>What the registry allows: no circle, no unknown parent, nothing goes that others stand below.</summary>
    private static void Take(Dictionary<string, string?> naive, string id, string? parent, bool goes)
    {
        if (goes)
        {
            if (!naive.ContainsValue(id)) naive.Remove(id);
        }
        else if (parent is null || (naive.ContainsKey(parent) && !Above(naive, parent).Contains(id))) naive[id] = parent;
    }

    /// <summary>Itself and all above it.</summary>
    private static IEnumerable<string> Above(Dictionary<string, string?> naive, string? id)
    {
        for (; id is not null && naive.TryGetValue(id, out var parent); id = parent) yield return id;
    }

    [Fact]
    public void A_chain_of_five_thousand_is_a_tree_like_any_other()
    {
        var tree = OrganisationTree.Of([.. Enumerable.Range(0, 5_000).Select(i => Entry($"{i:D4}", i == 0 ? null : $"{i - 1:D4}"))]);
        Assert.Equal(4_999, tree.DepthOf("4999"));
        Assert.True(tree.IsWithin("4999", "0000"));
        Assert.False(tree.IsWithin("0000", "4999"));
        Assert.Equal(5_000, tree.Branch("0000").Count);
        Assert.Equal(4_999, tree.Ancestors("4999").Count());
    }

    [Fact]
    public void What_stands_in_a_circle_or_below_nothing_is_not_lost()
    {
        var tree = OrganisationTree.Of([Entry("a", "b"), Entry("b", "a"), Entry("c", "b"), Entry("d", "nowhere"), Entry("e", "d")]);
        Assert.Equal(["a", "b", "c", "d", "e"], tree.All.Select(entry => entry.Id).Order());
        Assert.Equal(["d", "a"], tree.Children(null).Select(entry => entry.Id));
        Assert.True(tree.IsWithin("c", "a"));
        Assert.True(tree.IsWithin("e", "d"));
        Assert.False(tree.IsWithin("a", "b"));
    }

    [Fact]
    public void Of_nothing_nothing_is_known()
    {
        Assert.Null(OrganisationTree.Empty.Find("a"));
        Assert.Null(OrganisationTree.Empty.Find(null));
        Assert.False(OrganisationTree.Empty.IsWithin("a", "a"));
        Assert.Empty(OrganisationTree.Empty.Children(null));
        Assert.Equal(0, OrganisationTree.Empty.Branch("a").Count);
    }
}
