using System.ComponentModel.DataAnnotations;

namespace Wanwu.Security.Access.OAuth;

/// <summary>Programs that sign in by OAuth 2.1. Section <c>Security:OAuth</c>.</summary>
internal sealed record OAuthOptions : IValidatableObject
{
    /// <summary>The address under which programs and browsers reach this server, as https://iot.example.cn/; empty: whatever address a request came to.</summary>
    public string Issuer { get; init; } = "";
    /// <summary>Minutes for which an access token holds.</summary>
    [Range(1, 60)] public int AccessTokenMinutes { get; init; } = 30;
    /// <summary>Days for which a refresh token holds; every use gives a new one and ends the old.</summary>
    [Range(1, 365)] public int RefreshTokenDays { get; init; } = 30;
    /// <summary>Hours for which a program's former secret goes on working beside its new one.</summary>
    [Range(0, 720)] public int SecretOverlapHours { get; init; } = 24;
    /// <summary>Folder of the keys that sign and seal tokens; empty: oauth-keys in the data folder. The files are sealed by the server's key ring (keys).</summary>
    public string KeyFolder { get; init; } = "";
    /// <summary>Days after which new keys are made. Old ones still read what they have sealed, and go when nothing of it holds any more.</summary>
    [Range(1, 3_650)] public int KeyDays { get; init; } = 90;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Issuer.Length > 0 && !(Uri.TryCreate(Issuer, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)) && uri is { Query: "", Fragment: "", UserInfo: "" }))
            yield return new ValidationResult("Expected an https address without query, as https://iot.example.cn/; http only for this machine itself.", [nameof(Issuer)]);
    }
}
