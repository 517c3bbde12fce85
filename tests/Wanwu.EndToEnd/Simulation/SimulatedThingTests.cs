using Wanwu.Simulator.Demo;
using Wanwu.Simulator.Devices;
using Wanwu.Simulator.Recordings;
using Wanwu.Simulator.Replays;
using Wanwu.Simulator.Server;

namespace Wanwu.EndToEnd.Simulation;

public sealed class SimulatedThingTests
{
    private static readonly RecordingDescription Description =
        RecordingDescription.Read(Repository.PathOf("packs", "air-quality", "recordings", "beijing-aotizhongxin.recording.json"));

    [Fact]
    public void Clones_have_names_identifiers_places_and_rows_of_their_own()
    {
        var things = SimulatedThing.Of(Description, 40);
        Assert.Equal(40, things.Select(thing => thing.Identifier.Value).Distinct().Count());
        Assert.Equal(40, things.Select(thing => thing.Name["zh-Hans"]).Distinct().Count());
        Assert.Equal(40, things.Select(thing => thing.RowsLater).Distinct().Count());
        Assert.All(things, thing => Assert.True(Identifier.TryCreate(thing.Identifier.Scheme, thing.Identifier.Value, out _, out var fault), fault));
        Assert.All(things, thing => Assert.StartsWith("1101", thing.Region, StringComparison.Ordinal));
    }

    [Fact]
    public void Clone_has_the_same_identifier_on_every_run() =>
        Assert.Equal(SimulatedThing.Of(Description, 9).Select(thing => thing.Identifier), SimulatedThing.Of(Description, 9).Select(thing => thing.Identifier));

    [Theory]
    [InlineData("127.0.0.1:1884", "127.0.0.1", 1884)]
    [InlineData("broker.example", "broker.example", 1883)]
    [InlineData("[::1]:1884", "::1", 1884)]
    [InlineData("[::1]", "::1", 1883)]
    public void Door_is_read_as_host_and_port(string text, string host, int port)
    {
        Assert.True(MqttDoor.TryParse(text, out var door));
        Assert.Equal((host, port), (door.Host, door.Port));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":1883")]
    [InlineData("host:0")]
    [InlineData("host:port")]
    [InlineData("host:70000")]
    public void What_is_no_door_is_refused(string text) => Assert.False(MqttDoor.TryParse(text, out _));

    [Fact]
    public void Credentials_are_kept_in_a_file_that_only_its_owner_reads()
    {
        using var folder = new TemporaryFolder();
        var server = new Uri("http://127.0.0.1:8080/");
        var file = new CredentialsFile(folder.File("state", "simulator.json"));
        file.Remember(server, "urn:uuid:1", new ThingCredentials("thing", "user", "password"));
        file.Save();

        Assert.Equal(new ThingCredentials("thing", "user", "password"), new CredentialsFile(folder.File("state", "simulator.json")).Find(server, "urn:uuid:1"));
        Assert.Null(file.Find(new Uri("http://127.0.0.1:9090/"), "urn:uuid:1"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.File("state", "simulator.json")));
    }

    [Fact]
    public void Faults_of_the_demonstration_zone_come_again_and_again()
    {
        var loose = StationFaults.Of(4);
        Assert.Equal([6L, 13L], Enumerable.Range(0, 20).Select(tick => (long)tick).Where(loose.Spoils));
        Assert.Equal(long.MaxValue, loose.NextSilence(0));
        var weak = StationFaults.Of(7);
        Assert.Equal(10, weak.NextSilence(0));
        Assert.Equal(20, weak.NextSilence(10));
    }
}
