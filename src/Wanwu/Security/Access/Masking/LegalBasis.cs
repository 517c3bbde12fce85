namespace Wanwu.Security.Access;

/// <summary>On what somebody may handle personal data (Personal Information Protection Law, art. 13).</summary>
internal static class LegalBasis
{
    /// <summary>Of grants made before a purpose was asked for; cannot be granted.</summary>
    public const string Unrecorded = "unrecorded";

    /// <summary>In the order of the article: consent; a contract or the management of staff; a duty by law; an emergency or public health; public interest, as reporting; data that are public already; another law.</summary>
    public static readonly IReadOnlyList<string> All = ["consent", "contract", "legal-duty", "emergency", "public-interest", "disclosed", "other-law"];

    public static bool IsKnown(string basis) => All.Contains(basis);
}
