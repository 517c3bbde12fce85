using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>How somebody may see the values of one property of one thing: in clear, masked, or not at all.</summary>
/// <param name="Mask">Null: in clear.</param>
internal readonly record struct PropertySight(Masking? Mask)
{
    public static readonly PropertySight Clear = new(null), None = new(Masking.Remove);

    public bool IsClear => Mask is null;

    public bool IsNone => Mask is { Kind: MaskKind.Remove };

    /// <summary>Whether single values may be shown at the moment they have: in clear, or by a mask that leaves times alone.</summary>
    public bool ShowsNow => Mask is null or { Kind: not MaskKind.Remove, Within: null };
}
