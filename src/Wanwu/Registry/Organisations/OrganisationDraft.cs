namespace Wanwu.Registry.Organisations;

/// <summary>What is to be written of an organisation; what is not set stays as it is. Each value has been checked by itself.</summary>
internal sealed record OrganisationDraft
{
    public Optional<string?> NameHant { get; set; }
    public Optional<string?> NameHans { get; set; }
    public Optional<string?> NameEn { get; set; }
    public Optional<string?> Parent { get; set; }
    public Optional<string?> Uscc { get; set; }
    public Optional<string?> Sector { get; set; }
}
