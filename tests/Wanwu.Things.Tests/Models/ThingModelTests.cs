namespace Wanwu.Things.Tests;

public sealed class ThingModelTests
{
    [Fact]
    public void Model_is_inferred_from_what_was_seen()
    {
        var model = ThingModel.Infer(LocalizedText.Of("Probe"),
        [
            (PropertyName.Parse("temperature"), ValueKind.Integer), (PropertyName.Parse("temperature"), ValueKind.Number), (PropertyName.Parse("place"), ValueKind.Point),
            (PropertyName.Parse("state"), ValueKind.Text), (PropertyName.Parse("mixed"), ValueKind.Text), (PropertyName.Parse("mixed"), ValueKind.Boolean),
        ]);
        Assert.Equal([ValueKind.Number, ValueKind.Point, ValueKind.Text, ValueKind.None], model.Properties.Select(static p => p.Kind));
        Assert.Equal("Probe", model.Title!.For("zh-Hant"));
    }
}
