using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Wanwu.Things.Tests;

public sealed class ThingModelTests
{
    private static readonly string GoldenFile = RepositoryFiles.PathOf("tests", "Wanwu.Things.Tests", "Models", "pumping-station.tm.json");
    private static ThingModel Golden() => ThingModel.Parse(File.ReadAllText(GoldenFile));

    private static PropertyAffordance Property(ThingModel model, string name) => model.FindProperty(PropertyName.Parse(name))!;

    [Fact]
    public void Full_model_is_written_back_as_it_was_read()
    {
        var text = File.ReadAllText(GoldenFile);
        Assert.Equal(text.TrimEnd(), Encoding.UTF8.GetString(Golden().ToJson(indented: true)));
        var model = JsonSerializer.Deserialize<ThingModel>(text)!;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(text), JsonNode.Parse(JsonSerializer.Serialize(model))));
    }

    [Fact]
    public void Head_of_the_full_model_is_understood()
    {
        var model = Golden();
        Assert.Equal(("urn:example:{{STATION_ID}}", "2.1.0", "water"), (model.Id, model.Version, model.Sector));
        Assert.Equal(LocalizedText.Of("泵站", "泵站", "Pumping station"), model.Title);
        Assert.Equal(LocalizedText.Of("把水由下池提至上池", null, "Lifts water from the lower to the upper pond"), model.Description);
        Assert.Equal(["tm:ThingModel", "schema:Product"], model.SemanticTypes);
        Assert.Equal([new ModelLink("https://example.com/manual.pdf", "manual", "application/pdf"), new ModelLink("https://example.com/", null, null)], model.Links);
        Assert.Equal("flow energy level mode pumps running place lid schedule keeper note", string.Join(' ', model.Properties.Select(static p => p.Name)));
    }

    [Fact]
    public void Properties_of_the_full_model_are_understood()
    {
        var model = Golden();
        var flow = Property(model, "flow");
        Assert.Equal((ValueKind.Number, "m³/h", 0.0, 1200.5, 0.1), (flow.Kind, flow.Unit!.Symbol, flow.Schema.Minimum, flow.Schema.Maximum, flow.Schema.MultipleOf));
        Assert.Equal((true, true, TimeSpan.FromMinutes(1), 0.5, 5, false), (flow.Schema.ReadOnly, flow.Observable, flow.ReportEvery, flow.Tolerance, flow.SignificantDigits, flow.Counter));
        var energy = Property(model, "energy");
        Assert.Equal((true, "kWh", "kW.h"), (energy.Counter, energy.Schema.UnitText, energy.Unit!.Code));
        Assert.Equal(["schema:Energy"], energy.Schema.SemanticTypes);
        var level = Property(model, "level");
        Assert.Equal((null, "qudt:M", 0.0, null), (level.Unit, level.Schema.UnitText, level.Schema.ExclusiveMinimum, level.Schema.Maximum));
        Assert.Equal([Value.OfText("auto"), Value.OfText("manual"), Value.OfText("off")], Property(model, "mode").Schema.Enum!);
        Assert.Equal(Value.OfText("auto"), Property(model, "mode").Schema.Default);
        Assert.Equal((ValueKind.Integer, ValueKind.Boolean), (Property(model, "pumps").Kind, Property(model, "running").Kind));
        Assert.Equal((true, 40), (Property(model, "keeper").Personal, Property(model, "keeper").Schema.MaxLength));
        Assert.Equal((ValueKind.None, true, true), (Property(model, "note").Kind, Property(model, "note").Schema.WriteOnly, Property(model, "note").Optional));
    }

    [Theory]
    [InlineData(null, null, DataClass.Internal)]
    [InlineData(null, "public", DataClass.Public)]
    [InlineData("public", null, DataClass.Public)]
    [InlineData("important", "public", DataClass.Important)]
    [InlineData("internal", "core", DataClass.Core)]
    public void Of_the_classes_of_model_and_property_the_higher_holds(string? ofModel, string? ofProperty, DataClass holds)
    {
        var draft = new ThingModelDraft { Title = LocalizedText.Of("m"), DataClass = Parsed(ofModel) };
        draft.Properties.Add(new PropertyDraft(PropertyName.Parse("a"), ValueKind.Number) { DataClass = Parsed(ofProperty), Sensitive = true, Mask = new Masking(MaskKind.Coarsen, 1, TimeSpan.FromHours(1)) });
        draft.Properties.Add(new PropertyDraft(PropertyName.Parse("b"), ValueKind.Text) { Personal = true, Mask = Masking.Hash });
        var model = draft.ToModel();
        var (a, b) = (Property(model, "a"), Property(model, "b"));
        Assert.Equal((holds, true, true, new Masking(MaskKind.Coarsen, 1, TimeSpan.FromHours(1))), (model.ClassOf(a), a.Personal, a.Sensitive, a.Mask!));
        Assert.Equal((true, false, Masking.Hash), (b.Personal, b.Sensitive, b.Mask!));
        Assert.Equal(model.DataClass ?? DataClass.Internal, model.ClassOf(null));

        static DataClass? Parsed(string? name) => DataClasses.TryParse(name, out var read) ? read : null;
    }

    [Fact]
    public void Places_arrays_and_objects_are_told_apart()
    {
        var model = Golden();
        Assert.Equal((ValueKind.Point, ValueKind.Point), (Property(model, "place").Kind, Property(model, "lid").Kind));
        Assert.Equal(["lat", "lon"], Property(model, "place").Schema.Required);
        var schedule = Property(model, "schedule").Schema;
        Assert.Equal((ValueKind.Object, 24, "time"), (schedule.Kind, schedule.MaxLength, schedule.Items!.Members[0].Value.Format));
        Assert.Equal("%", schedule.Items.Members[1].Value.Unit!.Code);
    }

    [Fact]
    public void Actions_and_events_of_the_full_model_are_understood()
    {
        var model = Golden();
        var start = model.FindAction(PropertyName.Parse("start"))!;
        Assert.Equal((LocalizedText.Of("啟動", null, "Start"), true, false), (start.Title, start.Idempotent, start.Optional));
        Assert.Equal((ValueKind.Object, ValueKind.Boolean), (start.Input!.Kind, start.Output!.Kind));
        Assert.Equal(2, start.Input.Members.Single().Value.Maximum);
        Assert.True(model.FindAction(PropertyName.Parse("stop"))!.Optional);
        Assert.Null(model.FindAction(PropertyName.Parse("flow")));
        Assert.Equal("cm", model.FindEvent(PropertyName.Parse("flooded"))!.Data!.Unit!.Code);
    }

    [Fact]
    public void Prefix_of_the_own_vocabulary_is_the_documents_choice()
    {
        var model = ThingModel.Parse("""
            {"@context":["https://www.w3.org/2022/wot/td/v1.1",{"w":"urn:wanwu:td#"}],"@type":"tm:ThingModel","w:sector":"water","properties":{"n":{"type":"number","w:counter":true,"wanwu:counter":7}}}
            """);
        Assert.Equal(("water", true), (model.Sector, Property(model, "n").Counter));
    }

    [Theory]
    [InlineData("en", null, null, "Meter")]
    [InlineData("zh-Hans", null, "Meter", null)]
    [InlineData("fr", "Meter", "Meter", "Meter")]
    public void Plain_title_is_in_the_language_of_the_context(string language, string? zhHant, string? zhHans, string? en)
    {
        var model = ThingModel.Parse($$"""{"@context":["https://www.w3.org/2022/wot/td/v1.1",{"@language":"{{language}}"}],"@type":"tm:ThingModel","title":"Meter"}""");
        Assert.Equal(LocalizedText.Of(zhHant, zhHans, en), model.Title);
    }

    [Fact]
    public void Model_without_anything_but_its_declaration_is_a_model()
    {
        var model = ThingModel.Parse("""{"@context":"https://www.w3.org/2022/wot/td/v1.1","@type":"tm:ThingModel"}""");
        Assert.Equal((null, 0), (model.Title, model.Properties.Count));
    }

    [Fact]
    public void Value_is_held_against_its_schema()
    {
        var model = Golden();
        Assert.Equal(SchemaFit.Fits, Property(model, "flow").Schema.Fit(Value.OfInteger(1200)));
        Assert.Equal(SchemaFit.OutOfRange, Property(model, "flow").Schema.Fit(Value.OfNumber(1200.51)));
        Assert.Equal(SchemaFit.OutOfRange, Property(model, "level").Schema.Fit(Value.OfNumber(0)));
        Assert.Equal(SchemaFit.WrongType, Property(model, "flow").Schema.Fit(Value.OfText("12")));
        Assert.Equal(SchemaFit.NotListed, Property(model, "mode").Schema.Fit(Value.OfText("AUTO")));
        Assert.Equal(SchemaFit.Fits, Property(model, "pumps").Schema.Fit(Value.OfNumber(2.0)));
        Assert.Equal(SchemaFit.WrongType, Property(model, "pumps").Schema.Fit(Value.OfNumber(1.5)));
        Assert.Equal(SchemaFit.NotListed, Property(model, "pumps").Schema.Fit(Value.OfInteger(3)));
        Assert.Equal(SchemaFit.WrongLength, Property(model, "keeper").Schema.Fit(Value.OfText(new string('x', 41))));
        Assert.Equal(SchemaFit.Fits, Property(model, "place").Schema.Fit(Value.OfPoint(31.5, 120.3)));
        Assert.Equal(SchemaFit.WrongType, Property(model, "place").Schema.Fit(Value.OfObject("{}")));
        Assert.Equal(SchemaFit.Fits, Property(model, "schedule").Schema.Fit(Value.OfObject("[]")));
        Assert.Equal(SchemaFit.Fits, Property(model, "note").Schema.Fit(Value.OfBoolean(true)));
        Assert.Equal(SchemaFit.Fits, Property(model, "mode").Schema.Fit(Value.None));
    }

    [Fact]
    public void Model_is_inferred_from_what_was_seen()
    {
        var model = ThingModel.Infer(LocalizedText.Of("Probe"),
        [
            (PropertyName.Parse("temperature"), ValueKind.Integer), (PropertyName.Parse("temperature"), ValueKind.Number), (PropertyName.Parse("place"), ValueKind.Point),
            (PropertyName.Parse("state"), ValueKind.Text), (PropertyName.Parse("mixed"), ValueKind.Text), (PropertyName.Parse("mixed"), ValueKind.Boolean),
            (PropertyName.Parse("empty"), ValueKind.None),
        ]);
        Assert.Equal([ValueKind.Number, ValueKind.Point, ValueKind.Text, ValueKind.None], model.Properties.Select(static p => p.Kind));
        Assert.Equal("Probe", model.Title!.For("zh-Hant"));
        Assert.All(model.Properties, static p => Assert.True(p.Observable && p.Schema.ReadOnly));
    }

    [Fact]
    public void What_is_plausible_is_read_and_written_alike()
    {
        var model = ThingModel.Parse("""
            {"@context":["https://www.w3.org/2022/wot/td/v1.1",{"wanwu":"urn:wanwu:td#"}],"@type":"tm:ThingModel","properties":{
              "a":{"type":"number","wanwu:range":{"minimum":-80,"maximum":60},"wanwu:rate":{"change":3,"seconds":60},
                "wanwu:stuck":{"reports":12,"seconds":3600,"within":0.1,"except":[0]},"wanwu:spike":{"window":11,"deviations":3.5,"least":0.2,"gap":600}},
              "b":{"type":"integer","wanwu:spike":{"window":3,"limit":5}},
              "c":{"type":"number"}}}
            """);
        var a = Property(model, "a").Plausibility!;
        Assert.Equal((new PlausibleRange(-80, 60), new PlausibleRate(3, TimeSpan.FromMinutes(1))), (a.Range, a.Rate));
        Assert.Equal((12, TimeSpan.FromHours(1), 0.1, 0.0), (a.Stuck!.Reports, a.Stuck.For, a.Stuck.Within, a.Stuck.Except.Single()));
        Assert.Equal(new SpikeRule(11, null, 3.5, 0.2, TimeSpan.FromMinutes(10)), a.Spike);
        Assert.Equal(new Plausibility { Spike = new SpikeRule(3, 5, null, 0, null) }, Property(model, "b").Plausibility);
        Assert.Null(Property(model, "c").Plausibility);

        var draft = new ThingModelDraft { Title = LocalizedText.Of("x"), Properties = { new PropertyDraft(PropertyName.Parse("a"), ValueKind.Number) { Plausibility = a } } };
        var again = Property(draft.ToModel(), "a").Plausibility!;
        Assert.Equal(a with { Stuck = null }, again with { Stuck = null });
        Assert.Equal((a.Stuck.Reports, a.Stuck.For, a.Stuck.Within), (again.Stuck!.Reports, again.Stuck.For, again.Stuck.Within));
        Assert.Equal(a.Stuck.Except, again.Stuck.Except);
    }

    [Fact]
    public void Draft_becomes_the_model_that_it_describes()
    {
        var draft = new ThingModelDraft { Title = LocalizedText.Of("水表", "水表", "Water meter"), Id = "urn:example:meter", Version = "3.0.0", Sector = "water", Description = LocalizedText.Of("Cold") };
        draft.Properties.Add(new PropertyDraft(PropertyName.Parse("volume"), ValueKind.Number)
        {
            Title = LocalizedText.Of("水量", null, "Volume"), Unit = UcumUnit.Parse("m3"), Minimum = 0, Maximum = 99999, Counter = true, ReportEvery = TimeSpan.FromHours(6), SignificantDigits = 8, Tolerance = 0.001,
        });
        draft.Properties.Add(new PropertyDraft(PropertyName.Parse("valve"), ValueKind.Text) { Enum = ["open", "shut"], ReadOnly = false, Observable = false, Personal = true });
        var model = draft.ToModel();
        Assert.Equal((draft.Title, draft.Id, "3.0.0", "water", draft.Description), (model.Title, model.Id, model.Version, model.Sector, model.Description));
        var volume = Property(model, "volume");
        Assert.Equal((LocalizedText.Of("水量", null, "Volume"), "m3", 0.0, 99999.0, true, TimeSpan.FromHours(6), 8, 0.001),
            (volume.Title, volume.Unit!.Code, volume.Schema.Minimum, volume.Schema.Maximum, volume.Counter, volume.ReportEvery, volume.SignificantDigits, volume.Tolerance));
        var valve = Property(model, "valve");
        Assert.Equal((false, false, true, 2), (valve.Schema.ReadOnly, valve.Observable, valve.Personal, valve.Schema.Enum!.Count));
        Assert.Throws<FormatException>(() => new ThingModelDraft { Title = draft.Title, Properties = { new PropertyDraft(PropertyName.Parse("x"), ValueKind.Number) { Minimum = 1, Maximum = 0 } } }.ToModel());
    }
}
