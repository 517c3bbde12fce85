using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>A value that may have been left out, which is not the same as being null.</summary>
internal readonly record struct Optional<T>(T Value)
{
    public bool IsSet { get; } = true;

    public static implicit operator Optional<T>(T value) => new(value);

    public T Or(T current) => IsSet ? Value : current;
}

/// <summary>What is to be written of a thing; what is not set stays as it is. Each value has been checked by itself.</summary>
internal sealed record ThingDraft
{
    /// <summary>How far whoever asks for it may go; null for the server itself.</summary>
    public ThingReach? Reach { get; set; }
    public Optional<string?> NameHant { get; set; }
    public Optional<string?> NameHans { get; set; }
    public Optional<string?> NameEn { get; set; }
    public Optional<string?> Model { get; set; }
    public Optional<Lifecycle> Lifecycle { get; set; }
    public Optional<string?> Organisation { get; set; }
    public Optional<string?> Region { get; set; }
    public Optional<string?> Zone { get; set; }
    public Optional<ThingId?> Gateway { get; set; }
    public Optional<Place?> Place { get; set; }
    public Optional<IReadOnlyList<Identifier>> Identifiers { get; set; }
    /// <summary>Set takes all labels away before <see cref="Labels"/> are applied.</summary>
    public bool ClearsLabels { get; set; }
    /// <summary>Labels to set, or with a null value to take away.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Labels { get; set; } = [];

    public static ThingDraft Named(LocalizedText name) =>
        new() { NameHant = name.TraditionalChinese, NameHans = name.SimplifiedChinese, NameEn = name.English };
}
