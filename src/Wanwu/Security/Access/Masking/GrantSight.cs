using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>What of the values a grant lets see in clear.</summary>
/// <param name="Highest">The highest data class.</param>
/// <param name="Purpose">For what personal values are handled; null: they are not seen in clear.</param>
/// <param name="Basis">On what, of <see cref="LegalBasis"/>; there when there is a purpose.</param>
internal sealed record GrantSight(DataClass Highest, string? Purpose, string? Basis)
{
    public const int MaxPurpose = 200;

    /// <summary>What a grant lets see that says nothing of it.</summary>
    public static readonly GrantSight Usual = new(DataClass.Internal, null, null);

    public bool SeesPersonal => Purpose is not null && Basis is not null;

    /// <summary>Whether only a security officer may grant it.</summary>
    public bool IsBeyondUsual => Highest > DataClass.Internal || Purpose is not null || Basis is not null;

    public uint Bits => ClassBits.Of(Highest, SeesPersonal);
}
