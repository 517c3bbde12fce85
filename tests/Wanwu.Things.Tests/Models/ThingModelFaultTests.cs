using System.Text;
using System.Text.Json;
using CsCheck;

namespace Wanwu.Things.Tests;

public sealed class ThingModelFaultTests
{
    private static string Document(string rest) => $$"""{"@context":"https://www.w3.org/2022/wot/td/v1.1","@type":"tm:ThingModel",{{rest}}}""";

    private static IReadOnlyList<ModelFault> FaultsOf(string json)
    {
        Assert.False(ThingModel.TryRead(json, out var model, out var faults));
        Assert.Null(model);
        return faults;
    }

    [Theory]
    [InlineData("""  "properties":{"a":{"type":"float"}} """, "/properties/a/type", "\"float\"", "Must be one of number, integer, boolean, string, object, array, null.")]
    [InlineData("""  "properties":{"a":{"type":7}} """, "/properties/a/type", "7", "Must be a text.")]
    [InlineData("""  "properties":{"a":{"unit":"mmm"}} """, "/properties/a/unit", "\"mmm\"", "'mmm' is not a unit (UCUM). At character 1: 'mmm' is not a unit.")]
    [InlineData("""  "properties":{"a":{"minimum":"5"}} """, "/properties/a/minimum", "\"5\"", "Must be a number.")]
    [InlineData("""  "properties":{"a":{"minimum":5,"maximum":4}} """, "/properties/a/minimum", "5", "Must not be above the maximum, 4.")]
    [InlineData("""  "properties":{"a":{"multipleOf":0}} """, "/properties/a/multipleOf", "0", "Must be a number above 0.")]
    [InlineData("""  "properties":{"a":{"enum":[]}} """, "/properties/a/enum", "[]", "Must be an array of at least one value.")]
    [InlineData("""  "properties":{"a":{"enum":[1,1]}} """, "/properties/a/enum", "[1,1]", "Must not name a value twice.")]
    [InlineData("""  "properties":{"a":{"type":"string","enum":[1]}} """, "/properties/a/enum", "[1]", "Must hold values of the type that the schema names.")]
    [InlineData("""  "properties":{"a":{"readOnly":"yes"}} """, "/properties/a/readOnly", "\"yes\"", "Must be true or false.")]
    [InlineData("""  "properties":{"a":{"readOnly":true,"writeOnly":true}} """, "/properties/a/writeOnly", null, "A value cannot be both readOnly and writeOnly.")]
    [InlineData("""  "properties":{"a":{"minLength":3,"maxLength":2}} """, "/properties/a/minLength", null, "Must not be above the longest, 2.")]
    [InlineData("""  "properties":{"a":{"maxLength":-1}} """, "/properties/a/maxLength", "-1", "Must be a whole number from 0 up.")]
    [InlineData("""  "properties":{"a":{"titles":["x"]}} """, "/properties/a/titles", "[\"x\"]", "Must be an object of language tags and texts.")]
    [InlineData("""  "properties":{"a":{"oneOf":{}}} """, "/properties/a/oneOf", "{}", "Must be an array of data schemas.")]
    [InlineData("""  "properties":{"a":{"oneOf":[{"type":"x"}]}} """, "/properties/a/oneOf/0/type", "\"x\"", "Must be one of number, integer, boolean, string, object, array, null.")]
    [InlineData("""  "properties":{"a":{"type":"object","properties":{"b":{"unit":"q"}}}} """, "/properties/a/properties/b/unit", "\"q\"", "'q' is not a unit (UCUM). At character 1: 'q' is not a unit.")]
    [InlineData("""  "properties":{"a":{"type":"array","items":7}} """, "/properties/a/items", "7", "Must be a data schema or an array of them.")]
    [InlineData("""  "properties":{"a":{"wanwu:reportEvery":0}} """, "/properties/a/wanwu:reportEvery", "0", "Must be seconds, above 0 and at most a year.")]
    [InlineData("""  "properties":{"a":{"wanwu:significantDigits":18}} """, "/properties/a/wanwu:significantDigits", "18", "Must be a whole number from 1 to 17.")]
    [InlineData("""  "properties":{"a":{"wanwu:tolerance":-1}} """, "/properties/a/wanwu:tolerance", "-1", "Must be a number from 0 up.")]
    [InlineData("""  "properties":{"a":{"type":"number","wanwu:range":7}} """, "/properties/a/wanwu:range", "7", "Must be an object.")]
    [InlineData("""  "properties":{"a":{"type":"string","wanwu:range":{"minimum":1}}} """, "/properties/a/wanwu:range", "{\"minimum\":1}", "Is for properties of type number or integer.")]
    [InlineData("""  "properties":{"a":{"type":"number","wanwu:range":{}}} """, "/properties/a/wanwu:range", "{}", "Must have a minimum, a maximum or both.")]
    [InlineData("""  "properties":{"a":{"type":"number","wanwu:range":{"minimum":5,"maximum":4}}} """, "/properties/a/wanwu:range/minimum", "5", "Must not be above the maximum, 4.")]
    [InlineData("""  "properties":{"a":{"type":"number","wanwu:range":{"minimum":5,"max":7}}} """, "/properties/a/wanwu:range/max", "7", "Is not known here: minimum, maximum.")]
    [InlineData("""  "properties":{"a":{"type":"integer","wanwu:rate":{"change":0,"seconds":1}}} """, "/properties/a/wanwu:rate/change", "0", "Must be a number above 0: the largest change within these seconds.")]
    [InlineData("""  "properties":{"a":{"type":"integer","wanwu:rate":{"change":1}}} """, "/properties/a/wanwu:rate/seconds", null, "Must be seconds, above 0 and at most a year.")]
    [InlineData("""  "properties":{"a":{"type":"number","wanwu:stuck":{"within":1}}} """, "/properties/a/wanwu:stuck", "{\"within\":1}", "Must have reports, seconds or both.")]
    [InlineData("""  "properties":{"a":{"type":"number","wanwu:stuck":{"reports":1}}} """, "/properties/a/wanwu:stuck/reports", "1", "Must be a whole number from 2 to 1000000.")]
    [InlineData("""  "properties":{"a":{"type":"number","wanwu:stuck":{"reports":5,"except":[0,"1"]}}} """, "/properties/a/wanwu:stuck/except", "[0,\"1\"]", "Must be an array of at most 16 numbers.")]
    [InlineData("""  "properties":{"a":{"type":"number","wanwu:spike":{"limit":1}}} """, "/properties/a/wanwu:spike", "{\"limit\":1}", "Must have a window: how many values before it a value is held against.")]
    [InlineData("""  "properties":{"a":{"type":"number","wanwu:spike":{"window":64,"limit":1}}} """, "/properties/a/wanwu:spike/window", "64", "Must be a whole number from 3 to 63.")]
    [InlineData("""  "properties":{"a":{"type":"number","wanwu:spike":{"window":5}}} """, "/properties/a/wanwu:spike", "{\"window\":5}", "Must have either a limit or deviations.")]
    [InlineData("""  "properties":{"a":{"type":"number","wanwu:spike":{"window":5,"deviations":3}}} """, "/properties/a/wanwu:spike", "{\"window\":5,\"deviations\":3}", "Must have least beside deviations: the smallest departure that counts, because equal values deviate by nothing.")]
    [InlineData("""  "wanwu:dataClass":"secret" """, "/wanwu:dataClass", "\"secret\"", "Must be one of public, internal, important, core.")]
    [InlineData("""  "properties":{"a":{"wanwu:dataClass":"{{CLASS}}"}} """, "/properties/a/wanwu:dataClass", "\"{{CLASS}}\"", "Must be said: a placeholder would leave values unprotected.")]
    [InlineData("""  "properties":{"a":{"wanwu:personal":"{{P}}"}} """, "/properties/a/wanwu:personal", "\"{{P}}\"", "Must be said: a placeholder would leave values unprotected.")]
    [InlineData("""  "properties":{"a":{"wanwu:mask":"blur"}} """, "/properties/a/wanwu:mask", "\"blur\"", "Must be remove, partial, hash or an object with decimals, seconds or both.")]
    [InlineData("""  "properties":{"a":{"wanwu:mask":{}}} """, "/properties/a/wanwu:mask", "{}", "Must be remove, partial, hash or an object with decimals, seconds or both.")]
    [InlineData("""  "properties":{"a":{"type":"number","wanwu:mask":"partial"}} """, "/properties/a/wanwu:mask", "\"partial\"", "partial is for properties of type string.")]
    [InlineData("""  "properties":{"a":{"type":"boolean","wanwu:mask":"hash"}} """, "/properties/a/wanwu:mask", "\"hash\"", "hash is for properties of type string or integer.")]
    [InlineData("""  "properties":{"a":{"type":"string","wanwu:mask":{"decimals":1}}} """, "/properties/a/wanwu:mask/decimals", null, "Is for numbers and places.")]
    [InlineData("""  "properties":{"a":{"type":"number","wanwu:mask":{"decimals":9}}} """, "/properties/a/wanwu:mask/decimals", "9", "Must be a whole number from -9 to 6.")]
    [InlineData("""  "properties":{"a":{"type":"number","wanwu:mask":{"seconds":7}}} """, "/properties/a/wanwu:mask/seconds", "7", "Must be seconds that divide a day, from 60 to 86400.")]
    [InlineData("""  "properties":{"a":{"type":"number","wanwu:mask":{"decimals":1,"digits":1}}} """, "/properties/a/wanwu:mask/digits", "1", "Is not known here: decimals, seconds.")]
    [InlineData("""  "properties":{"a b":{}} """, "/properties/a b", null, "The name must be 1 to 64 letters, digits and _ - . : ~ @ % ( ).")]
    [InlineData("""  "properties":{"a/~b":{}} """, "/properties/a~1~0b", null, "The name must be 1 to 64 letters, digits and _ - . : ~ @ % ( ).")]
    [InlineData("""  "properties":{"a":7} """, "/properties/a", "7", "Must be an object.")]
    [InlineData("""  "properties":[] """, "/properties", "[]", "Must be an object.")]
    [InlineData("""  "actions":{"a":{"input":"number"}} """, "/actions/a/input", "\"number\"", "Must be a data schema, which is an object.")]
    [InlineData("""  "actions":{"a":{"safe":1}} """, "/actions/a/safe", "1", "Must be true or false.")]
    [InlineData("""  "events":{"a":{"data":{"unit":"q"}}} """, "/events/a/data/unit", "\"q\"", "'q' is not a unit (UCUM). At character 1: 'q' is not a unit.")]
    [InlineData("""  "links":{} """, "/links", "{}", "Must be an array.")]
    [InlineData("""  "links":[{"rel":"x"}] """, "/links/0/href", null, "Must be a text: where the link leads.")]
    [InlineData("""  "version":"1" """, "/version", "\"1\"", "Must be an object with the member model.")]
    [InlineData("""  "version":{"instance":"1"} """, "/version/instance", "\"1\"", "Belongs to a thing description, not to a thing model.")]
    [InlineData("""  "title":7 """, "/title", "7", "Must be a text.")]
    [InlineData("""  "title":"" """, "/title", null, "The text is empty.")]
    [InlineData("""  "tm:optional":["/properties/a"] """, "/tm:optional", null, "'/properties/a' must point to a property, an action or an event of the model.")]
    [InlineData("""  "tm:optional":7 """, "/tm:optional", "7", "Must be a text or an array of texts.")]
    public void Fault_tells_where_what_and_which_rule(string rest, string pointer, string? value, string rule) =>
        Assert.Equal([new ModelFault(pointer, value, rule)], FaultsOf(Document(rest)));

    [Fact]
    public void All_faults_come_at_once()
    {
        var faults = FaultsOf("""{"@type":"Thing","properties":{"a":{"type":"float"}}}""");
        Assert.Equal(["/@context", "/@type", "/properties/a/type"], faults.Select(static f => f.Pointer).Order());
        Assert.Equal("/@type: Must be tm:ThingModel or hold it. Found \"Thing\".", faults.First(static f => f.Pointer == "/@type").ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{"@type":"tm:ThingModel","@type":"tm:ThingModel"}""")]
    [InlineData("""{"@context":"https://www.w3.org/2022/wot/td/v1.1","@type":"tm:ThingModel","title":"\ud800"}""")]
    [InlineData("""{"@context":"https://www.w3.org/2022/wot/td/v1.1","@type":"tm:ThingModel","\udc00":"x"}""")]
    public void What_is_no_document_has_a_fault(string json) => Assert.NotEmpty(FaultsOf(json));

    [Fact]
    public void Bytes_that_are_no_text_have_a_fault()
    {
        var bytes = Encoding.UTF8.GetBytes(Document("\"title\":\"x\""));
        bytes[^3] = 0xFF;
        Assert.False(ThingModel.TryRead(bytes, out _, out var faults));
        Assert.Single(faults);
    }

    [Fact]
    public void Document_and_list_of_faults_are_bounded()
    {
        Assert.False(ThingModel.TryRead(new byte[ThingModel.MaxBytes + 1], out _, out var faults));
        Assert.StartsWith("A thing model has at most 1048576 bytes", faults.Single().Rule, StringComparison.Ordinal);
        var many = string.Join(',', Enumerable.Range(0, 500).Select(static i => $"\"p{i}\":{{\"type\":\"x\"}}"));
        Assert.Equal(100, FaultsOf(Document($"\"properties\":{{{many}}}")).Count);
    }

    [Fact]
    public void Json_converter_says_the_faults() =>
        Assert.Contains("/@type", Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ThingModel>("{}")).Message, StringComparison.Ordinal);

    [Fact]
    public void No_damage_to_a_document_makes_the_reader_throw()
    {
        var golden = File.ReadAllBytes(RepositoryFiles.PathOf("tests", "Wanwu.Things.Tests", "Models", "pumping-station.tm.json"));
        Gen.Select(Gen.Int[0, golden.Length - 1], Gen.Byte, Gen.Int[0, 60], Gen.Bool).Sample((at, b, cut, replace) =>
        {
            byte[] damaged = [.. golden[..at], .. replace ? [b] : Array.Empty<byte>(), .. golden[Math.Min(golden.Length, at + cut)..]];
            ThingModel.TryRead(damaged, out _, out _);
        }, iter: 2_000);
    }

    [Fact]
    public void No_value_in_the_place_of_another_makes_the_reader_throw()
    {
        var golden = File.ReadAllText(RepositoryFiles.PathOf("tests", "Wanwu.Things.Tests", "Models", "pumping-station.tm.json"));
        var members = System.Text.RegularExpressions.Regex.Matches(golden, "\"([^\"]+)\": ").Select(static m => m.Index + m.Length).ToArray();
        var values = Gen.OneOf(Gen.Const("null"), Gen.Const("7"), Gen.Const("-1e999"), Gen.Const("\"x\""), Gen.Const("[]"), Gen.Const("[null]"), Gen.Const("{}"), Gen.Const("true"), Gen.Const("{\"tm:ref\":\"#/properties/flow\"}"), Gen.Const("\"{{X}}\""));
        Gen.Select(Gen.Int[0, members.Length - 1], values).Sample((at, value) =>
        {
            // The old value stays beside the new one under another name, so that the document remains whole.
            ThingModel.TryRead($"{golden[..members[at]]}{value}, \"was{at}\": {golden[members[at]..]}", out _, out _);
        }, iter: 2_000);
    }
}
