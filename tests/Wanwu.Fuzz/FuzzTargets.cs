namespace Wanwu.Fuzz;

/// <summary>Takes one input; throws when something does not hold.</summary>
public delegate void FuzzTarget(ReadOnlySpan<byte> input);

/// <summary>The targets by name, and their inputs.</summary>
public static class FuzzTargets
{
    public static IReadOnlyList<string> Names { get; } = ["mqtt", "topics"];

    public static FuzzTarget? Find(string name) => name switch
    {
        "mqtt" => MqttTarget.Run,
        "topics" => TopicTarget.Run,
        _ => null,
    };

    /// <summary>Every file of a folder, in the order of names.</summary>
    public static IReadOnlyList<byte[]> Corpus(string folder) => [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
}
