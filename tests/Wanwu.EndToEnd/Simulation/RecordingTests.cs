using Wanwu.Simulator.Recordings;

namespace Wanwu.EndToEnd.Simulation;

/// <summary>Recordings are read by their description alone.</summary>
public sealed class RecordingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Air_quality_recording_holds_sixty_days_of_local_hours()
    {
        var recording = Recording.Read(Repository.PathOf("packs", "air-quality", "recordings", "beijing-aotizhongxin.recording.json"));
        Assert.Equal(60 * 24, recording.Rows.Count);
        Assert.Equal(Timestamp.Parse("2016-12-31T00:00:00+08:00"), recording.Rows[0].Time);
        Assert.Equal(Timestamp.Parse("2017-02-28T23:00:00+08:00"), recording.Rows[^1].Time);
        Assert.Contains(new RecordedValue("pm25", Value.OfInteger(331), Quality.Good), recording.Rows[0].Values);
        Assert.Contains(new RecordedValue("windDirection", Value.OfText("ENE"), Quality.Good), recording.Rows[0].Values);
    }

    [Fact]
    public void Another_csv_is_data_and_no_code()
    {
        var description = Write("pump.recording.json", """
            {
              "file": "pump.csv",
              "time": { "columns": ["when"], "format": "yyyy/MM/dd HH:mm", "zone": "UTC" },
              "missing": ["", "-"],
              "where": { "site": "A" },
              "qualities": { "M": "maintenance" },
              "properties": {
                "flow": { "column": "Flow, m3/h", "qualityColumn": "flag" },
                "running": { "column": "on", "kind": "boolean" }
              },
              "thing": { "name": { "en": "Pump" }, "identifier": { "scheme": "urn", "value": "urn:uuid:71d0e5c4-9a2b-8c3d-8e4f-5a6b7c8d9e01" } }
            }
            """);
        Write("pump.csv", "site,when,\"Flow, m3/h\",flag,on\r\nA,2026/01/01 08:05,1.5,M,true\r\nB,2026/01/01 08:05,9,,true\r\nA,2026/01/01 08:00,-,,false\r\n");

        var rows = Recording.Read(description).Rows;

        Assert.Equal([Timestamp.Parse("2026-01-01T08:00:00Z"), Timestamp.Parse("2026-01-01T08:05:00Z")], rows.Select(row => row.Time));
        Assert.Equal([new RecordedValue("running", Value.OfBoolean(false), Quality.Good)], rows[0].Values);
        Assert.Equal([new RecordedValue("flow", Value.OfNumber(1.5), Quality.Maintenance), new RecordedValue("running", Value.OfBoolean(true), Quality.Good)], rows[1].Values);
    }

    [Fact]
    public void Column_in_another_unit_is_converted_to_the_unit_of_the_model()
    {
        Write("boiler.tm.json", Intake.TestModels.Boiler);
        var description = Write("boiler.recording.json", Described("""{ "temperature": { "column": "T", "unit": "K" } }"""));
        Write("boiler.csv", "when,T\n2026-01-01 00:00:00,300.15\n");
        Assert.Equal(27, Assert.Single(Recording.Read(description).Rows[0].Values).Value.AsNumber, 9);
    }

    [Theory]
    [InlineData("""{ "temperature": { "column": "T", "unit": "Pa" } }""", "Pa")]
    [InlineData("""{ "temperature": { "column": "T", "unit": "bananas" } }""", "bananas")]
    [InlineData("""{ "temperatur": { "column": "T" } }""", "temperatur")]
    [InlineData("""{ "temperature": { "column": "TT" } }""", "TT")]
    public void Description_that_does_not_fit_is_refused_with_the_name_at_fault(string properties, string named)
    {
        Write("boiler.tm.json", Intake.TestModels.Boiler);
        var description = Write("boiler.recording.json", Described(properties));
        Write("boiler.csv", "when,T\n2026-01-01 00:00:00,20\n");
        Assert.Contains(named, Assert.Throws<RecordingException>(() => Recording.Read(description)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-13-01 00:00:00,20", "line 2")]
    [InlineData("2026-01-01 00:00:00,warm", "warm")]
    [InlineData("2026-01-01 00:00:00", "line 2")]
    public void Row_that_cannot_be_read_is_named(string row, string named)
    {
        Write("boiler.tm.json", Intake.TestModels.Boiler);
        var description = Write("boiler.recording.json", Described("""{ "temperature": { "column": "T" } }"""));
        Write("boiler.csv", $"when,T\n{row}\n");
        Assert.Contains(named, Assert.Throws<RecordingException>(() => Recording.Read(description)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_without_a_description_beside_it_is_known_by_its_columns()
    {
        var csv = Write("elsewhere.csv", File.ReadAllText(Repository.PathOf("packs", "air-quality", "recordings", "beijing-aotizhongxin.csv")));
        var (description, data) = RecordingFinder.Find(csv, null);
        Assert.EndsWith("beijing-aotizhongxin.recording.json", description, StringComparison.Ordinal);
        Assert.Equal(1_440, Recording.Read(description, data).Rows.Count);
    }

    [Fact]
    public void Misspelt_member_of_a_description_is_refused()
    {
        var description = Write("boiler.recording.json", Described("{}").Replace("\"missing\"", "\"mising\"", StringComparison.Ordinal));
        Assert.Contains("mising", Assert.Throws<RecordingException>(() => Recording.Read(description)).Message, StringComparison.Ordinal);
    }

    private static string Described(string properties) => $$"""
        {
          "file": "boiler.csv",
          "time": { "columns": ["when"] },
          "missing": [""],
          "model": "boiler.tm.json",
          "properties": {{properties}},
          "thing": { "name": { "en": "Boiler" }, "identifier": { "scheme": "urn", "value": "urn:uuid:71d0e5c4-9a2b-8c3d-8e4f-5a6b7c8d9e02" } }
        }
        """;

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }
}
