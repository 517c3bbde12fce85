using Microsoft.Extensions.Options;
using Wanwu.Connect.Intake;
using Wanwu.Registry;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Tests.Connect;

public sealed class IntakeCostTests
{
    [Theory]
    [InlineData("""{"temperature":21.5,"humidity":40,"open":true}""")]
    [InlineData("""{"t":"2026-01-01T10:00:00Z","values":{"temperature":21.5,"humidity":40},"quality":{"humidity":"suspect"}}""")]
    [InlineData("""[{"bn":"urn:dev:x:","bt":1767261600,"n":"temperature","v":21.5},{"n":"humidity","v":40}]""")]
    public void A_report_like_the_one_before_makes_no_garbage(string payload)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(payload);
        var id = ThingId.New(TimeProvider.System);
        var thing = new ReportingThing(new ThingEntry { Id = id, Name = LocalizedText.Of(null, null, "probe"), Zone = TimeZoneInfo.Utc }, new SeriesTable().Of(id), 100);
        var reader = new ReportReader(Options.Create(new IntakeOptions()));
        var into = new ReportBuffer();
        var now = Timestamp.Now(TimeProvider.System);
        Read();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) Read();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Empty(into.Refusals.ToArray());
        Assert.InRange(into.Observations.Length, 2, 3);

        void Read()
        {
            into.Begin(id, "v1/report");
            reader.Read(bytes, thing, now, into);
        }
    }

    [Fact]
    public void Nothing_of_an_envelope_becomes_a_property()
    {
        var id = ThingId.New(TimeProvider.System);
        var series = new SeriesTable();
        var thing = new ReportingThing(new ThingEntry { Id = id, Name = LocalizedText.Of(null, null, "probe"), Zone = TimeZoneInfo.Utc }, series.Of(id), 100);
        var into = new ReportBuffer();
        into.Begin(id, "v1/report");
        new ReportReader(Options.Create(new IntakeOptions())).Read("""{"t":1767261600000,"seq":7,"quality":"good","values":{"a":1}}"""u8, thing, Timestamp.Now(TimeProvider.System), into);
        Assert.Equal((1, 1, 1), (into.Observations.Length, into.Refused, series.Count));
    }
}
