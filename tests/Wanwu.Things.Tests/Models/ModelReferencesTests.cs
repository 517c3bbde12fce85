using System.Text;

namespace Wanwu.Things.Tests;

/// <summary>Extension, import, optional parts and placeholders as TD 1.1 §9.3 shows them, with other words.</summary>
public sealed class ModelReferencesTests
{
    private const string Head = "\"@context\":\"https://www.w3.org/2022/wot/td/v1.1\",\"@type\":\"tm:ThingModel\"";
    private const string Valve = "{" + Head + """,  "title":"Valve","properties":{"open":{"type":"boolean","title":"Open"}},"tm:optional":["/properties/open"]}""";
    private const string Dosing = "{" + Head + """,  "title":"Dosing valve","links":[{"rel":"tm:extends","href":"valve.tm.json","type":"application/tm+json"}],"properties":{"rate":{"title":"Rate","type":"integer","minimum":0,"maximum":100}}}""";

    private static ReadOnlyMemory<byte>? Shelf(string href) => href switch
    {
        "valve.tm.json" => Encoding.UTF8.GetBytes(Valve),
        "dosing.tm.json" => Encoding.UTF8.GetBytes(Dosing),
        "loop.tm.json" => Encoding.UTF8.GetBytes("{" + Head + """,  "links":[{"rel":"tm:extends","href":"loop.tm.json"}],"properties":{"a":{"tm:ref":"loop.tm.json#/properties/a"}}}"""),
        "broken.tm.json" => "{"u8.ToArray(),
        _ => null,
    };

    private static ThingModel Read(string rest, ModelSource? source = null)
    {
        Assert.True(ThingModel.TryRead("{" + Head + "," + rest + "}", out var model, out var faults, source), string.Join(' ', faults));
        return model;
    }

    private static string FaultOf(string rest, ModelSource? source = null)
    {
        Assert.False(ThingModel.TryRead("{" + Head + "," + rest + "}", out _, out var faults, source));
        return faults[0].ToString();
    }

    [Fact]
    public void Reference_within_the_document_takes_the_definition_and_patches_it()
    {
        var model = Read("""
            "properties":{
              "anyLevel":{"type":"number","unit":"m","maximum":12},
              "upperLevel":{"tm:ref":"#/properties/anyLevel","title":"Upper","minimum":3},
              "lowerLevel":{"tm:ref":"#/properties/anyLevel","unit":"cm","maximum":null}},
            "tm:optional":["/properties/anyLevel"]
            """);
        var (any, upper, lower) = (model.Properties[0], model.Properties[1], model.Properties[2]);
        Assert.Equal((true, false), (any.Optional, upper.Optional));
        Assert.Equal((ValueKind.Number, "m", 3.0, 12.0, "Upper"), (upper.Kind, upper.Unit!.Code, upper.Schema.Minimum, upper.Schema.Maximum, upper.Title!.For("en")));
        Assert.Equal(("cm", null), (lower.Unit!.Code, lower.Schema.Maximum));
        Assert.Contains("tm:ref", Encoding.UTF8.GetString(model.ToJson()), StringComparison.Ordinal);
    }

    [Fact]
    public void Extended_model_gives_all_its_definitions()
    {
        var model = Read("""  "title":"Remote dosing valve","links":[{"rel":"tm:extends","href":"dosing.tm.json"}],"properties":{"rate":{"maximum":80}} """, Shelf);
        Assert.Equal(["open", "rate"], model.Properties.Select(static p => p.Name.ToString()));
        Assert.Equal("Remote dosing valve", model.Title!.For("en"));
        Assert.Equal((0.0, 80.0, ValueKind.Integer), (model.Properties[1].Schema.Minimum, model.Properties[1].Schema.Maximum, model.Properties[1].Kind));
        Assert.True(model.Properties[0].Optional);
    }

    [Fact]
    public void Import_takes_a_piece_of_another_model()
    {
        var model = Read("""  "properties":{"dose":{"tm:ref":"dosing.tm.json#/properties/rate","title":null,"maximum":80,"unit":"%"}} """, Shelf);
        var dose = model.Properties.Single();
        Assert.Equal((null, 0.0, 80.0, "%"), (dose.Title, dose.Schema.Minimum, dose.Schema.Maximum, dose.Unit!.Code));
    }

    [Fact]
    public void Model_outside_the_document_is_refused_without_a_source()
    {
        const string Told = "models outside the document are not fetched here. Put its definitions into the document.";
        Assert.Equal($"/links: Refers to the model at valve.tm.json; {Told}", FaultOf("""  "links":[{"rel":"tm:extends","href":"valve.tm.json"}] """));
        Assert.Equal($"/links: Refers to the model at valve.tm.json; {Told}", FaultOf("""  "properties":{"a":{"tm:ref":"valve.tm.json#/properties/open"}} """));
    }

    [Theory]
    [InlineData("""  "properties":{"a":{"tm:ref":"#/properties/b"}} """, "/properties/a/tm:ref: Points to nothing. Found \"#/properties/b\".")]
    [InlineData("""  "properties":{"a":{"tm:ref":"properties/b"}} """, "/properties/a/tm:ref: Must be an address, # and a JSON pointer. Found \"properties/b\".")]
    [InlineData("""  "properties":{"a":{"tm:ref":7}} """, "/properties/a/tm:ref: Must be an address, # and a JSON pointer. Found 7.")]
    [InlineData("""  "properties":{"a":{"tm:ref":"#/properties/a"}} """, "/properties/a/tm:ref: The references go in a circle, or too deep. Found \"#/properties/a\".")]
    [InlineData("""  "properties":{"a":{"tm:ref":"#/properties/b"},"b":{"tm:ref":"#/properties/a"}} """, "/properties/a/tm:ref: The references go in a circle, or too deep. Found \"#/properties/b\".")]
    [InlineData("""  "links":[{"rel":"tm:extends","href":"nowhere"}] """, "/links: There is no thing model at nowhere.")]
    [InlineData("""  "links":[{"rel":"tm:extends","href":"broken.tm.json"}] """, "/links: There is no thing model at broken.tm.json.")]
    [InlineData("""  "links":[{"rel":"tm:extends","href":"loop.tm.json"}] """, null)]
    public void Wrong_reference_is_a_fault(string rest, string? fault)
    {
        var found = FaultOf(rest, Shelf);
        if (fault is not null) Assert.Equal(fault, found);
    }

    [Fact]
    public void References_cannot_blow_a_document_up()
    {
        var doubling = Enumerable.Range(1, 30).Select(static i => $"\"p{i}\":{{\"properties\":{{\"a\":{{\"tm:ref\":\"#/properties/p{i - 1}\"}},\"b\":{{\"tm:ref\":\"#/properties/p{i - 1}\"}}}}}}");
        Assert.Contains("too deep", FaultOf($"\"properties\":{{\"p0\":{{\"type\":\"number\"}},{string.Join(',', doubling)}}}"), StringComparison.Ordinal);
    }

    [Fact]
    public void Required_of_the_drafts_turns_the_rule_around()
    {
        var model = Read("""  "properties":{"a":{},"b":{}},"actions":{"c":{}},"tm:required":["#/properties/a"] """);
        Assert.Equal((false, true, true), (model.Properties[0].Optional, model.Properties[1].Optional, model.Actions[0].Optional));
    }

    [Fact]
    public void Placeholder_stands_for_a_value_of_any_type()
    {
        var model = Read("""
            "title":"Thermostat {{NUMBER}}","version":"{{VERSION}}","base":"mqtt://{{BROKER}}",
            "properties":{"temperature":{"type":"number","minimum":-20,"maximum":"{{MAXIMUM}}","observable":"{{OBSERVABLE}}","unit":"{{UNIT}}"}}
            """);
        var temperature = model.Properties.Single();
        Assert.Equal((null, -20.0, null, false, null), (model.Version, temperature.Schema.Minimum, temperature.Schema.Maximum, temperature.Observable, temperature.Unit));
        Assert.Equal("Thermostat {{NUMBER}}", model.Title!.For("en"));
    }

    [Fact]
    public void Composition_is_links()
    {
        var model = Read("""  "links":[{"rel":"tm:submodel","href":"./fan.tm.json","type":"application/tm+json","instanceName":"fan"}] """);
        Assert.Equal([new ModelLink("./fan.tm.json", "tm:submodel", "application/tm+json")], model.Links);
    }
}
