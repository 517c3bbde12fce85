using Wanwu.Security.Access;
using Wanwu.Things;
using Wanwu.Things.Expressions;

namespace Wanwu.Registry.Mappings;

/// <summary>How messages of other topics become observations: one document, as <see cref="MappingReader"/> reads it.</summary>
/// <remarks>Immutable once read. The order of members is that of the document.</remarks>
internal sealed class Mapping
{
    public const int MaxBytes = 64 * 1024, MaxValues = 200, MaxMapped = 200, MaxName = 200;

    public required LocalizedText Name { get; init; }
    public bool IsEnabled { get; init; } = true;
    public required TopicPattern Topic { get; init; }
    public required MappingPublishers From { get; init; }
    public required MappedThing Thing { get; init; }
    public MappedRegistration? Register { get; init; }
    /// <summary>The payload is one plain number or text instead of JSON.</summary>
    public bool IsPlain { get; init; }
    /// <summary>The array each of whose elements is read as a report of its own; a path from <c>$</c>.</summary>
    public Expression? Each { get; init; }
    /// <summary>Only messages for which this is true are for the mapping.</summary>
    public Expression? When { get; init; }
    public MappedTime? Time { get; init; }
    public MappedQuality? Quality { get; init; }
    public required IReadOnlyList<MappedValue> Values { get; init; }
    /// <summary>The document, on one line.</summary>
    public required string Json { get; init; }
}

internal enum PublisherKind : byte
{
    /// <summary>Whoever has signed in.</summary>
    Any,
    Thing,
    Model,
    Organisation,
    /// <summary>A program by the name of its access token, or a person.</summary>
    Account,
}

/// <summary>Whose messages the mapping reads. What they may report for is asked beside it, as for any report.</summary>
internal sealed record MappingPublishers(PublisherKind Kind, string Value)
{
    public bool Allow(Caller caller, ThingDirectory things) => Kind switch
    {
        PublisherKind.Any => caller.Kind != CallerKind.Anonymous,
        PublisherKind.Account => caller.Kind != CallerKind.Thing && caller.Name == Value,
        PublisherKind.Thing => caller.Thing is { } own && own.ToString() == Value,
        PublisherKind.Model => Find(caller, things)?.Model?.Id == Value,
        _ => things.Organisations.IsWithin(Find(caller, things)?.Organisation, Value),
    };

    private static ThingEntry? Find(Caller caller, ThingDirectory things) => caller.Thing is { } own ? things.Find(own) : null;
}

internal enum ThingSource : byte
{
    /// <summary>The thing that has published.</summary>
    Publisher,
    /// <summary>The thing that bears an identifier.</summary>
    Identifier,
    /// <summary>The thing behind the publishing gateway whose label <see cref="ThingLabels.LocalName"/> has the value.</summary>
    LocalName,
}

/// <summary>Which thing a message is about.</summary>
/// <param name="Gateway">For a local name: the gateway, where the publisher is none itself.</param>
internal sealed record MappedThing(ThingSource Source, IdentifierScheme? Scheme = null, Expression? Value = null, ThingId? Gateway = null);

/// <summary>A device that is not known yet is registered when it is first heard of.</summary>
/// <param name="AtMost">How many things may have been registered behind one publisher this way.</param>
internal sealed record MappedRegistration(string? Model, Expression? Name, int AtMost);

internal enum TimeForm : byte
{
    Rfc3339,
    Seconds,
    Milliseconds,
    /// <summary>Date and time without a zone, read in the mapping's or the thing's; with one, that one holds.</summary>
    Local,
}

/// <summary>Where the time stands. A message without it has the time of receipt.</summary>
internal sealed record MappedTime(Expression Value, TimeForm Form, TimeZoneInfo? Zone);

/// <summary>Where the quality stands, or what it is for all messages.</summary>
internal sealed record MappedQuality(Expression Value, ValueMap? Map);

/// <summary>What becomes one observation, or all members of an object.</summary>
internal sealed class MappedValue
{
    /// <summary>The property; without one, the members of the object <see cref="Value"/> leads to become properties of their own names.</summary>
    public PropertyName? Property { get; init; }
    public byte[] NameUtf8 { get; init; } = [];
    public required Expression Value { get; init; }
    public string? Unit { get; init; }
    /// <summary>What a text or number is turned into first.</summary>
    public ValueKind? Kind { get; init; }
    public ValueMap? Map { get; init; }
    /// <summary>Of members: whether texts and booleans are taken as well as numbers.</summary>
    public bool TakesAll { get; init; }
    public byte[] Prefix { get; init; } = [];
    public IReadOnlyList<byte[]> Except { get; init; } = [];
    public bool IsMembers => Property is null;
}
