namespace Wanwu.Things;

/// <summary>How a value is shown to whoever may not see it in clear.</summary>
public enum MaskKind : byte
{
    /// <summary>Not at all; what nothing else is said of.</summary>
    Remove,
    /// <summary>A text by its first and last letters.</summary>
    Partial,
    /// <summary>A value by a keyed hash: the same value has the same hash within an installation, and nobody without the key finds the value by trying.</summary>
    Hash,
    /// <summary>A number or place to fewer decimal places, the observation to a stretch of time, or both.</summary>
    Coarsen,
}

/// <summary>The mask of a property.</summary>
/// <param name="Decimals">Of <see cref="MaskKind.Coarsen"/>: to how many decimal places; below 0 to tens, hundreds and so on. Null leaves the value as it is.</param>
/// <param name="Within">Of <see cref="MaskKind.Coarsen"/>: one value for each such stretch of time, told with the stretch's beginning. Null leaves times as they are.</param>
public sealed record Masking(MaskKind Kind, int? Decimals = null, TimeSpan? Within = null)
{
    public const int FewestDecimals = -9, MostDecimals = 6;
    public static readonly Masking Remove = new(MaskKind.Remove), Partial = new(MaskKind.Partial), Hash = new(MaskKind.Hash);
}
