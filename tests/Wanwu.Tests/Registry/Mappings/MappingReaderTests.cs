using System.Text.Json;
using System.Text.Json.Nodes;
using Wanwu.Console.MappingRoom;
using Wanwu.Registry;
using Wanwu.Registry.Mappings;

namespace Wanwu.Tests.Registry.Mappings;

public sealed class MappingReaderTests
{
    private const string Good = """{"name":"m","topic":"a/{d}","from":"any","thing":{"local":"{d}"},"values":[{"property":"v","value":"$.v"}]}""";

    private static FieldFaults FaultsOf(string json)
    {
        var faults = new FieldFaults();
        using var document = JsonDocument.Parse(json);
        var mapping = MappingReader.Read(document.RootElement, faults);
        Assert.Equal(faults.IsEmpty, mapping is not null);
        return faults;
    }

    private static string With(string member, string json)
    {
        var document = JsonNode.Parse(Good)!.AsObject();
        document[member] = JsonNode.Parse(json);
        return document.ToJsonString();
    }

    [Fact]
    public void A_small_mapping_is_one() => Assert.Equal([], FaultsOf(Good).All.Keys);

    [Theory]
    [InlineData("name", "\"\"", "name")]
    [InlineData("topic", "\"v1/{d}\"", "topic")]
    [InlineData("topic", "\"a/b\"", "thing.local")]
    [InlineData("from", "\"everybody\"", "from")]
    [InlineData("from", "{\"thing\":\"x\"}", "from.thing")]
    [InlineData("from", "{\"thing\":\"x\",\"model\":\"y\"}", "from")]
    [InlineData("thing", "\"nobody\"", "thing")]
    [InlineData("thing", "{\"scheme\":\"none\",\"value\":\"{d}\"}", "thing.scheme")]
    [InlineData("thing", "{\"scheme\":\"eui64\"}", "thing.value")]
    [InlineData("thing", "{\"local\":\"{d}\",\"gateway\":\"x\"}", "thing.gateway")]
    [InlineData("register", "{\"atMost\":0}", "register.atMost")]
    [InlineData("register", "{\"model\":\"A B\"}", "register.model")]
    [InlineData("payload", "\"xml\"", "payload")]
    [InlineData("each", "\"1 + 1\"", "each")]
    [InlineData("when", "\"@.x\"", "when")]
    [InlineData("when", "\"$.x ==\"", "when")]
    [InlineData("time", "{\"value\":\"$.t\",\"form\":\"stardate\"}", "time.form")]
    [InlineData("time", "{\"value\":\"$.t\",\"form\":\"local\",\"zone\":\"Mars/Base\"}", "time.zone")]
    [InlineData("time", "{\"value\":\"$.t\",\"zone\":\"Asia/Shanghai\"}", "time.zone")]
    [InlineData("quality", "{\"value\":\"$.q\",\"map\":{\"1\":\"fine\"}}", "quality.map.1")]
    [InlineData("values", "[]", "values")]
    [InlineData("values", "[5]", "values[0]")]
    [InlineData("values", "[{\"property\":\"a b\",\"value\":\"$.v\"}]", "values[0].property")]
    [InlineData("values", "[{\"property\":\"a\",\"value\":\"$.v\",\"unit\":\"furlongs\"}]", "values[0].unit")]
    [InlineData("values", "[{\"property\":\"a\",\"value\":\"$.v\",\"map\":{}}]", "values[0].map")]
    [InlineData("values", "[{\"property\":\"a\",\"value\":\"$.v\",\"map\":{\"x\":[]}}]", "values[0].map.x")]
    [InlineData("values", "[{\"property\":\"a\",\"value\":\"$.v\",\"kind\":\"blob\"}]", "values[0].kind")]
    [InlineData("values", "[{\"property\":\"a\",\"value\":\"$.v\"},{\"property\":\"a\",\"value\":\"$.w\"}]", "values")]
    [InlineData("values", "[{\"members\":\"1\"}]", "values[0].members")]
    [InlineData("values", "[{\"members\":\"$\",\"take\":\"some\"}]", "values[0].take")]
    [InlineData("extra", "1", "extra")]
    public void A_fault_is_told_at_its_member(string member, string json, string at) => Assert.Equal([at], FaultsOf(With(member, json)).All.Keys);

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("{}")]
    public void What_is_no_mapping_at_all_is_refused(string json) => Assert.False(FaultsOf(json).IsEmpty);

    public static TheoryData<string> Examples => [.. MappingExample.All.Select(example => example.Id)];

    [Theory, MemberData(nameof(Examples))]
    public void The_packs_examples_are_mappings_and_pass_through_the_form_unchanged(string id)
    {
        var example = MappingExample.All.Single(example => example.Id == id);
        Assert.Equal([], FaultsOf(example.Mapping.GetRawText()).All);
        Assert.NotEmpty(example.Samples);
        var draft = DraftMapping.Read(example.Mapping)!;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(example.Mapping.GetRawText()), JsonNode.Parse(draft.ToElement().GetRawText())), draft.ToText());
    }

}
