using System.Globalization;
using System.Text.RegularExpressions;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access.External;

/// <summary>One provider, as the settings name it.</summary>
internal sealed partial record ExternalProvider
{
    /// <summary>Small letters, digits and hyphens: part of the address to which the provider sends people back.</summary>
    public string Id { get; init; } = "";
    /// <summary>The provider's issuer, as https://login.example.cn/realms/water; http only on this machine.</summary>
    public string Authority { get; init; } = "";
    /// <summary>As which the provider knows this server.</summary>
    public string ClientId { get; init; } = "";
    /// <summary>Better kept in the environment or in a file than in a settings file.</summary>
    public string ClientSecret { get; init; } = "";
    /// <summary>File that holds the secret and nothing else.</summary>
    public string ClientSecretFile { get; init; } = "";
    /// <summary>What is asked for; openid is always among it.</summary>
    public string Scopes { get; init; } = "openid profile";
    /// <summary>As people read it on the sign-in page.</summary>
    public string Name { get; init; } = "";
    public string NameHans { get; init; } = "";
    public string NameHant { get; init; } = "";
    /// <summary>Who comes in.</summary>
    public ExternalAccounts Accounts { get; init; }
    /// <summary>Values of the claim amr, of which one says that the provider has asked for a second factor; without any, this server asks for its own.</summary>
    public string TrustedMethods { get; init; } = "";
    /// <summary>Values of the claim acr that say the same.</summary>
    public string TrustedLevels { get; init; } = "";
    /// <summary>Whether claims are also fetched from the provider's user info endpoint.</summary>
    public bool UserInfo { get; init; }
    /// <summary>What the provider's claims grant; it is brought up to date at every sign-in.</summary>
    public IReadOnlyList<ExternalGrant> Grants { get; init; } = [];

    /// <summary>By which the grants that came of its claims are known.</summary>
    public string GrantedBy => $"provider {Id}";

    public string Scheme => SchemeOf(Id);

    public static string SchemeOf(string id) => $"external-{id}";

    /// <summary>What people read, in their language as far as it was given.</summary>
    public string NameFor(CultureInfo culture)
    {
        var name = culture.Name switch { "zh-Hans" => NameHans, "zh-Hant" => NameHant, _ => Name };
        return name.Length > 0 ? name : Name.Length > 0 ? Name : Id;
    }

    /// <summary>The secret; null for a client without one, which PKCE alone protects.</summary>
    public string? Secret() => ClientSecretFile.Length > 0 ? File.ReadAllText(ClientSecretFile).Trim() : ClientSecret.Length > 0 ? ClientSecret : null;

    /// <summary>Whether a token's issuer is the one that was configured: what the provider's own document says is not enough.</summary>
    public bool IsIssuer(string? issuer) => issuer is not null && issuer.TrimEnd('/') == Authority.TrimEnd('/');

    public bool Trusts(string? level, IEnumerable<string> methods) =>
        (level is not null && Texts(TrustedLevels).Contains(level)) || methods.Any(Texts(TrustedMethods).Contains);

    internal static string[] Texts(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What is wrong with it, each beginning with the setting's name.</summary>
    public IEnumerable<string> Faults()
    {
        if (!Ids().IsMatch(Id)) yield return "Id must be 1 to 30 small letters, digits and hyphens.";
        if (!Uri.TryCreate(Authority, UriKind.Absolute, out var uri) || uri.Query.Length > 0 || uri.Fragment.Length > 0 || !(uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)))
            yield return "Authority must be an https address without query, as https://login.example.cn/; http only for this machine itself.";
        if (ClientId.Length == 0) yield return "ClientId must not be empty.";
        if (ClientSecretFile.Length > 0 && !File.Exists(ClientSecretFile)) yield return $"ClientSecretFile '{ClientSecretFile}' is not there.";
        if (ClientSecretFile.Length > 0 && ClientSecret.Length > 0) yield return "ClientSecret and ClientSecretFile are both there: one of them is enough.";
        if (!Enum.IsDefined(Accounts)) yield return "Accounts must be Invited or Automatic.";
        if (Accounts == ExternalAccounts.Automatic && Grants.Count == 0) yield return "Grants must not be empty where Accounts is Automatic: nobody could come in.";
        foreach (var (index, grant) in Grants.Index())
            if (grant.Fault() is { } fault) yield return $"Grants:{index}:{fault}";
    }

    [GeneratedRegex("^[a-z0-9-]{1,30}$")]
    private static partial Regex Ids();
}

/// <summary>What somebody is granted of whom the provider says something.</summary>
internal sealed record ExternalGrant
{
    /// <summary>The claim's name.</summary>
    public string Claim { get; init; } = "groups";
    /// <summary>One of its values.</summary>
    public string Value { get; init; } = "";
    public string Role { get; init; } = "";
    public string? Organisation { get; init; }
    public string? Region { get; init; }
    public string? Sector { get; init; }

    public GrantScope Scope => string.IsNullOrEmpty(Organisation) && string.IsNullOrEmpty(Region) && string.IsNullOrEmpty(Sector)
        ? GrantScope.Everything : new GrantScope(NullIfEmpty(Organisation), NullIfEmpty(Region), NullIfEmpty(Sector));

    /// <summary>People appoint who watches over people, and who administers everything: nobody becomes that by a group of another system.</summary>
    public string? Fault() =>
        Claim.Length == 0 || Value.Length == 0 ? "Claim and Value must not be empty."
        : !Access.Role.IsKnown(Role) ? $"Role must be one of {string.Join(", ", Access.Role.All)}."
        : Role is Access.Role.SecurityOfficer or Access.Role.Auditor ? $"Role {Role} is granted by people only."
        : Role == Access.Role.Administrator && Scope.IsEverything ? "Role administrator over everything is granted by people only: name an organisation, region or sector."
        : !string.IsNullOrEmpty(Region) && ThingRules.FaultOfRegion(Region) is { } region ? $"Region: {region}"
        : !string.IsNullOrEmpty(Sector) && Sectors.FaultOf(Sector) is { } sector ? $"Sector: {sector}"
        : null;

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
