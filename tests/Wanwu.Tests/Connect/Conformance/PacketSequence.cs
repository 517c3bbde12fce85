using System.Text.Json;

namespace Wanwu.Tests.Connect.Conformance;

internal enum SequenceStepKind { Send, Receive, Publish }

/// <summary>One step: bytes to send, bytes to receive, or a message that another client publishes.</summary>
internal sealed record SequenceStep(SequenceStepKind Kind, byte[] Bytes, string Topic, string Payload, byte Qos);

/// <summary>One conversation and how it must end.</summary>
/// <param name="Connects">Whether an ordinary CONNECT comes first.</param>
/// <param name="Closes">Whether the server must close the connection; otherwise it must go on answering.</param>
internal sealed record PacketSequence(string Name, byte Version, bool Connects, bool Closes, IReadOnlyList<SequenceStep> Steps)
{
    public static IReadOnlyList<PacketSequence> ReadFile(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. from set in document.RootElement.EnumerateArray()
                   where !Flag(set, "disable", false)
                   from test in set.GetProperty("tests").EnumerateArray()
                   select Read(set.GetProperty("group").GetString()!, test)];
    }

    private static PacketSequence Read(string group, JsonElement test) => new(
        $"{group} {test.GetProperty("name").GetString()}",
        test.TryGetProperty("ver", out var version) ? version.GetByte() : (byte)4,
        Flag(test, "connect", true), Flag(test, "expect_disconnect", true),
        [.. test.GetProperty("msgs").EnumerateArray().Select(ReadStep)]);

    private static SequenceStep ReadStep(JsonElement step)
    {
        var (type, payload) = (step.GetProperty("type").GetString(), step.GetProperty("payload").GetString()!);
        return type switch
        {
            "send" => new SequenceStep(SequenceStepKind.Send, Bytes(payload), "", "", 0),
            "recv" => new SequenceStep(SequenceStepKind.Receive, Bytes(payload), "", "", 0),
            "publish" => new SequenceStep(SequenceStepKind.Publish, [], step.GetProperty("topic").GetString()!, payload, step.GetProperty("qos").GetByte()),
            _ => throw new InvalidDataException($"'{type}' is no step."),
        };
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static bool Flag(JsonElement of, string name, bool otherwise) => of.TryGetProperty(name, out var value) ? value.GetBoolean() : otherwise;
}
