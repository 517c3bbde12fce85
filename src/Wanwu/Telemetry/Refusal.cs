using System.Text.Json.Serialization;
using Wanwu.Things;

namespace Wanwu.Telemetry;

/// <summary>Why something that arrived was not stored.</summary>
/// <remarks>The numbers are on disk: they may be added to, never changed. The API writes the camel-case name.</remarks>
[JsonConverter(typeof(JsonStringEnumConverter<RefusalReason>))]
internal enum RefusalReason : ushort
{
    /// <summary>The payload is not JSON.</summary>
    [JsonStringEnumMemberName("brokenJson")] BrokenJson = 1,
    /// <summary>The thing's model has no such property.</summary>
    [JsonStringEnumMemberName("unknownProperty")] UnknownProperty = 2,
    [JsonStringEnumMemberName("wrongType")] WrongType = 3,
    [JsonStringEnumMemberName("wrongUnit")] WrongUnit = 4,
    /// <summary>Beyond the bounds the model gives.</summary>
    [JsonStringEnumMemberName("outOfRange")] OutOfRange = 5,
    [JsonStringEnumMemberName("timeInFuture")] TimeInFuture = 6,
    [JsonStringEnumMemberName("timeTooOld")] TimeTooOld = 7,
    /// <summary>The time cannot be read, or has no zone.</summary>
    [JsonStringEnumMemberName("badTime")] BadTime = 8,
    [JsonStringEnumMemberName("badPropertyName")] BadPropertyName = 9,
    [JsonStringEnumMemberName("tooLarge")] TooLarge = 10,
    [JsonStringEnumMemberName("unknownTopic")] UnknownTopic = 11,
    [JsonStringEnumMemberName("unknownThing")] UnknownThing = 12,
    [JsonStringEnumMemberName("notAllowed")] NotAllowed = 13,
    [JsonStringEnumMemberName("wrongCredentials")] WrongCredentials = 14,
    [JsonStringEnumMemberName("thingRetired")] ThingRetired = 15,
    [JsonStringEnumMemberName("badQuality")] BadQuality = 16,
    [JsonStringEnumMemberName("tooManyValues")] TooManyValues = 17,
    [JsonStringEnumMemberName("notUtf8")] NotUtf8 = 18,
    /// <summary>Readable, but not in a form the door understands.</summary>
    [JsonStringEnumMemberName("malformed")] Malformed = 19,
    /// <summary>Nothing is taken from the thing until it is released.</summary>
    [JsonStringEnumMemberName("quarantined")] Quarantined = 20,
    /// <summary>Identifier or address are refused at every door.</summary>
    [JsonStringEnumMemberName("banned")] Banned = 21,
}

/// <summary>Something that arrived and was not stored, kept so that the integrator can see what and why.</summary>
/// <param name="Reason">The named reason.</param>
/// <param name="Detail">What was wrong, where, and what to do about it.</param>
/// <param name="Thing">The thing that sent it, where it is known.</param>
/// <param name="Property">The property concerned, where there is one.</param>
/// <param name="Count">How many observations were refused with it, at least 1.</param>
/// <param name="Bytes">What arrived, at most <see cref="MaxBytes"/> of it. The memory belongs to the refusal: it is not reused by its maker.</param>
/// <param name="Source">Topic, path or peer it came by.</param>
internal readonly record struct Refusal(
    RefusalReason Reason, string Detail, ThingId? Thing, string? Property, int Count, ReadOnlyMemory<byte> Bytes, string? Source)
{
    public const int MaxBytes = 1024;
}
