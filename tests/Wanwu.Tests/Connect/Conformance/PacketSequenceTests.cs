using Wanwu.Connect;

namespace Wanwu.Tests.Connect.Conformance;

/// <summary>The packet sequences of Eclipse Mosquitto, against each transport: well-formed and malformed packets of MQTT 3.1, 3.1.1 and 5.0 with what a server must answer.</summary>
public sealed class PacketSequenceTests
{
    private const int All = 683;
    private static readonly string Folder = Repository.File("tests", "Wanwu.Tests", "Connect", "Conformance", "sequences");

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("Linux")]
    public async Task Every_packet_is_answered_as_the_standard_asks(string transport)
    {
        var stop = TestContext.Current.CancellationToken;
        await using var server = await WanwuServer.StartAsync(settings: ["--Connect:Mqtt:AllowAnonymous=true", $"--Connect:Mqtt:Transport={transport}"]);
        var peer = new SequencePeer(server.Get<ListeningDoors>().Find("mqtt")!.Endpoint, stop);
        var (played, wrong) = (0, new List<string>());
        foreach (var file in Directory.EnumerateFiles(Folder, "*.json").Order(StringComparer.Ordinal))
        {
            foreach (var sequence in PacketSequence.ReadFile(file))
            {
                played++;
                if (await peer.PlayAsync(sequence) is { } fault) wrong.Add($"{Path.GetFileName(file)} {sequence.Name}: {fault}");
            }
        }
        Assert.Equal([], wrong);
        Assert.Equal(All, played);
    }
}
