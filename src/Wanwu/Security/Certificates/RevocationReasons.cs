using System.Security.Cryptography.X509Certificates;

namespace Wanwu.Security.Certificates;

/// <summary>Why a certificate was revoked (RFC 5280 §5.3.1), by the names of the API.</summary>
internal static class RevocationReasons
{
    public const string Unspecified = "unspecified", KeyCompromise = "keyCompromise", Superseded = "superseded", CessationOfOperation = "cessationOfOperation";

    public static readonly IReadOnlyList<string> All = [Unspecified, KeyCompromise, Superseded, CessationOfOperation];

    public static X509RevocationReason Of(string? name) => name switch
    {
        KeyCompromise => X509RevocationReason.KeyCompromise,
        Superseded => X509RevocationReason.Superseded,
        CessationOfOperation => X509RevocationReason.CessationOfOperation,
        _ => X509RevocationReason.Unspecified,
    };
}
