using System.ComponentModel.DataAnnotations;

namespace Wanwu.Security.Access.External;

/// <summary>Sign-in through providers of OpenID Connect, as an organisation's own. Section <c>Security:External</c>.</summary>
internal sealed record ExternalOptions : IValidatableObject
{
    /// <summary>Each with <c>Id</c>, <c>Authority</c>, <c>ClientId</c>, <c>ClientSecret</c> or <c>ClientSecretFile</c>, <c>Name</c>, <c>NameHans</c>, <c>NameHant</c>, <c>Scopes</c>, <c>Accounts</c>, <c>TrustedMethods</c>, <c>TrustedLevels</c>, <c>UserInfo</c> and <c>Grants</c> (docs/operations.md).</summary>
    public IReadOnlyList<ExternalProvider> Providers { get; init; } = [];

    public ExternalProvider? Find(string? id) => Providers.FirstOrDefault(provider => provider.Id == id);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (index, provider) in Providers.Index())
        {
            foreach (var fault in provider.Faults()) yield return new ValidationResult($"{index}:{fault}", [nameof(Providers)]);
            if (Providers.Count(other => other.Id == provider.Id) > 1) yield return new ValidationResult($"{index}:Id '{provider.Id}' is there twice.", [nameof(Providers)]);
        }
    }
}

/// <summary>Who comes in through a provider.</summary>
internal enum ExternalAccounts : byte
{
    /// <summary>Whose account is linked: by the person, or by way of an invitation.</summary>
    Invited,
    /// <summary>Everybody to whom the provider's claims grant something; the account is made at the first sign-in.</summary>
    Automatic,
}
