using System.Text;
using System.Text.Json;

namespace Wanwu.Things.Tests;

public sealed class QualityTests
{
    public static TheoryData<Quality> Qualities => new(Enum.GetValues<Quality>());

    [Fact]
    public void Numbers_on_disk_stay_as_they_are() => Assert.Equal(
        "Good=0 Suspect=1 Maintenance=2 Calibration=3 OverRange=4 UnderRange=5 Fault=6 Offline=7 Missing=8 Substituted=9 Stopped=10",
        string.Join(' ', Enum.GetValues<Quality>().Select(static q => $"{q}={(int)q}")));

    [Fact]
    public void Kinds_on_disk_stay_as_they_are() => Assert.Equal(
        "None=0 Number=1 Integer=2 Boolean=3 Text=4 Point=5 Object=6", string.Join(' ', Enum.GetValues<ValueKind>().Select(static q => $"{q}={(int)q}")));

    [Theory, MemberData(nameof(Qualities))]
    public void Each_has_a_name_that_reads_back(Quality quality)
    {
        var name = QualityNames.NameOf(quality);
        Assert.Equal(JsonNamingPolicy.CamelCase.ConvertName(quality.ToString()), name);
        Assert.True(QualityNames.TryParse(Encoding.UTF8.GetBytes(name.ToUpperInvariant()), out var read) && read == quality);
        Assert.True(QualityNames.TryParse(name, out read) && read == quality);
        Assert.Equal(quality, JsonSerializer.Deserialize<Quality>(JsonSerializer.Serialize(quality)));
    }

    [Theory]
    [InlineData("99")]
    [InlineData("1")]
    [InlineData("\"1\"")]
    [InlineData("\"great\"")]
    [InlineData("\"\"")]
    [InlineData("null")]
    public void Numbers_and_other_names_are_refused(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Quality>(json));
}
