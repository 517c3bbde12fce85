using System.Text.Json.Serialization;
using Wanwu.Security.Audit;
using Wanwu.Things;

namespace Wanwu.Telemetry.Erasure;

[JsonConverter(typeof(JsonStringEnumConverter<ErasureState>))]
internal enum ErasureState
{
    /// <summary>Ordered; it begins when the one before it has ended.</summary>
    [JsonStringEnumMemberName("waiting")] Waiting,
    [JsonStringEnumMemberName("running")] Running,
    /// <summary>Something keeps it from being done, which <see cref="ErasureOrder.Problem"/> tells; it is tried again.</summary>
    [JsonStringEnumMemberName("held")] Held,
    /// <summary>Nothing of it was found any more, wherever the server keeps values.</summary>
    [JsonStringEnumMemberName("done")] Done,
}

/// <summary>A thing and those of its properties that are to be erased.</summary>
internal sealed record ErasedThing(ThingId Thing, IReadOnlyList<PropertyName> Properties);

/// <summary>What lies in one place: of a tier, a queue, a folder.</summary>
/// <param name="Place">Where: cold, hot, corrections, sessions, …</param>
/// <param name="Count">Rows, messages or files.</param>
/// <param name="From">The earliest time of them, where they have one.</param>
internal sealed record ErasedCount(string Place, long Count, Timestamp? From = null, Timestamp? To = null);

/// <summary>An order to erase, as it lies on disk: <c>erasures/ID.json</c>, version 1. The value it may be about is there as its keyed hash alone.</summary>
internal sealed record ErasureOrder
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;
    public required string Id { get; init; }
    /// <summary>What was received until then is erased.</summary>
    public required Timestamp Ordered { get; init; }
    public required Actor By { get; init; }
    public required string Reason { get; init; }
    /// <summary>The selection as it was put, by parameter; a value as its hash.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Selection { get; init; }
    /// <summary>What it came to when it was ordered.</summary>
    public required IReadOnlyList<ErasedThing> Things { get; init; }
    public required Timestamp From { get; init; }
    /// <summary>Exclusive.</summary>
    public required Timestamp To { get; init; }
    /// <summary>Only observations with the text or whole number that has this hash; null for all.</summary>
    public string? ValueHash { get; init; }
    public ErasureState State { get; init; }
    public string? Problem { get; init; }
    public Timestamp? Begun { get; init; }
    public Timestamp? Ended { get; init; }
    /// <summary>What was there when it began.</summary>
    public IReadOnlyList<ErasedCount>? Before { get; init; }
    /// <summary>What a scan of everything found at the end.</summary>
    public IReadOnlyList<ErasedCount>? After { get; init; }
    /// <summary>Files that were written anew or removed.</summary>
    public int Files { get; init; }

    [JsonIgnore] public int Series => Things.Sum(thing => thing.Properties.Count);
}
