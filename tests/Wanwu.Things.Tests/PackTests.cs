using System.Globalization;

namespace Wanwu.Things.Tests;

public sealed class PackTests
{
    public static TheoryData<string> ModelFiles => new(Directory.EnumerateFiles(RepositoryFiles.PathOf("packs"), "*.tm.json", SearchOption.AllDirectories)
        .Select(static f => Path.GetRelativePath(RepositoryFiles.Root, f).Replace('\\', '/')).Order());

    private static ThingModel Read(string file) => ThingModel.Parse(File.ReadAllText(RepositoryFiles.PathOf(file)));

    [Theory, MemberData(nameof(ModelFiles))]
    public void Each_model_speaks_three_languages_and_names_its_version_and_sector(string file)
    {
        var model = Read(file);
        Assert.NotNull(model.Id);
        Assert.NotNull(model.Version);
        Assert.NotNull(model.Sector);
        Assert.All([model.Title, model.Description, .. model.Properties.Select(static p => p.Title), .. model.Actions.Select(static a => a.Title), .. model.Events.Select(static e => e.Title)],
            static text => Assert.True(text is { TraditionalChinese: not null, SimplifiedChinese: not null, English: not null }));
    }

    [Theory, MemberData(nameof(ModelFiles))]
    public void Each_number_of_a_model_has_a_unit_and_a_range(string file) => Assert.All(
        Read(file).Properties.Where(static p => p.Kind is ValueKind.Number), static p => Assert.True(p is { Unit: not null, Schema: { Minimum: not null, Maximum: not null } }, $"{p.Name}"));

    [Fact]
    public void Air_quality_station_measures_what_the_recording_holds()
    {
        var model = Read("packs/air-quality/air-quality-station.tm.json");
        Assert.Equal("pm25 pm10 so2 no2 co o3 temperature pressure dewPoint rain windDirection windSpeed", string.Join(' ', model.Properties.Select(static p => p.Name)));
        Assert.All(model.Properties, static p => Assert.Equal((TimeSpan.FromHours(1), true), (p.ReportEvery, p.Observable)));
    }

    [Fact]
    public void Every_row_of_the_recording_fits_the_air_quality_station()
    {
        var model = Read("packs/air-quality/air-quality-station.tm.json");
        string[] columns = ["PM2.5", "PM10", "SO2", "NO2", "CO", "O3", "TEMP", "PRES", "DEWP", "RAIN", "wd", "WSPM"];
        var rows = File.ReadAllLines(RepositoryFiles.PathOf("packs", "air-quality", "recordings", "beijing-aotizhongxin.csv")).Select(static l => l.Split(',').Select(static c => c.Trim('"')).ToArray()).ToArray();
        Assert.True(rows.Length > 1_000);
        for (var i = 0; i < columns.Length; i++)
        {
            var at = Array.IndexOf(rows[0], columns[i]);
            foreach (var cell in rows.Skip(1).Select(r => r[at]).Where(static c => c != "NA"))
            {
                var value = columns[i] == "wd" ? Value.OfText(cell) : Value.OfNumber(double.Parse(cell, CultureInfo.InvariantCulture));
                Assert.Equal(SchemaFit.Fits, model.Properties[i].Schema.Fit(value));
            }
        }
    }
}
