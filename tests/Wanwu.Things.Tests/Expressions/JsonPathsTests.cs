using System.Text;
using System.Text.Json;
using CsCheck;
using Wanwu.Things.Expressions;

namespace Wanwu.Things.Tests.Expressions;

public sealed class JsonPathsTests
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 32 };

    private static string?[] Find(string json, params JsonPath[] wanted)
    {
        var paths = new JsonPaths();
        int[] slots = [.. wanted.Select(paths.Add)];
        var found = new JsonSlice[paths.Count];
        var bytes = Encoding.UTF8.GetBytes(json);
        paths.Find(bytes, found, Options);
        return [.. slots.Select(slot => found[slot].IsThere ? Encoding.UTF8.GetString(found[slot].Of(bytes)) : null)];
    }

    private static JsonPath Path(params object[] steps) => new(false, [.. steps.Select(step => step is int index ? new JsonStep(null, index) : new JsonStep((string)step, 0))]);

    [Fact]
    public void Several_paths_are_found_in_one_pass_whatever_the_order() =>
        Assert.Equal(["1", "{\"c\":[1,2,3]}", "3", "2", null, "\"x\""],
            Find("""{"z":"x","b":{"c":[1,2,3]},"a":1}""", Path("a"), Path("b"), Path("b", "c", -1), Path("b", "c", 1), Path("b", "d"), Path("z")));

    [Fact]
    public void A_path_into_another_kind_of_value_leads_nowhere() =>
        Assert.Equal([null, null, null, null], Find("""{"a":[1],"b":{"0":1},"c":5}""", Path("a", "x"), Path("b", 0), Path("c", "d"), Path("a", -2)));

    [Fact]
    public void Of_a_name_used_twice_the_first_counts() => Assert.Equal(["1", "2"], Find("""{"a":1,"b":2,"a":3,"b":{"c":1}}""", Path("a"), Path("b")));

    [Fact]
    public void Escaped_names_are_the_names_they_escape() => Assert.Equal(["1", "2"], Find("""{"\u0061":1,"水":2}""", Path("a"), Path("水")));

    [Fact]
    public void An_index_from_both_ends_may_be_the_same_element() => Assert.Equal(["7", "7"], Find("[7]", Path(0), Path(-1)));

    [Fact]
    public void A_broken_text_is_never_half_read()
    {
        const string json = """{"a":1,"b":[1,{"c":2}]}""";
        for (var cut = 0; cut < json.Length; cut++) Assert.ThrowsAny<JsonException>(() => Find(json[..cut], Path("a")));
        Assert.ThrowsAny<JsonException>(() => Find(json + "}", Path("a")));
        Assert.ThrowsAny<JsonException>(() => Find(new string('[', 40) + new string(']', 40), Path("a")));
    }

    [Fact]
    public void What_is_found_is_what_a_document_has_there() =>
        Gen.Int[0, 3].Array[1, 4].Select(Gen.Int[0, 3].Array[1, 4], Gen.Int[0, 5]).Sample((shape, steps, seed) =>
        {
            var random = new Random(seed);
            var json = Make(random, shape, 0);
            var path = Path([.. steps.Select(step => (object)(random.Next(2) == 0 ? $"m{step}" : step - 1))]);
            Assert.Equal(Naive(json, path), Find(json, path)[0]);
        });

    private static string Make(Random random, int[] shape, int depth)
    {
        if (depth == shape.Length) return random.Next(100).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var parts = Enumerable.Range(0, shape[depth]).Select(i => (Name: $"m{i}", Value: Make(random, shape, depth + 1))).ToArray();
        return random.Next(2) == 0 ? $"[{string.Join(',', parts.Select(part => part.Value))}]" : $"{{{string.Join(',', parts.Select(part => $"\"{part.Name}\":{part.Value}"))}}}";
    }

    private static string? Naive(string json, JsonPath path)
    {
        using var document = JsonDocument.Parse(json);
        var at = document.RootElement;
        foreach (var step in path.Steps)
        {
            if (step.Member is { } member)
            {
                if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(member, out at)) return null;
                continue;
            }
            if (at.ValueKind != JsonValueKind.Array) return null;
            var index = step.Index < 0 ? at.GetArrayLength() + step.Index : step.Index;
            if (index < 0 || index >= at.GetArrayLength()) return null;
            at = at[index];
        }
        return at.GetRawText();
    }
}
