using Wanwu.Things;

namespace Wanwu.Registry.Organisations;

/// <summary>Of what form an organisation's texts are.</summary>
internal static class OrganisationRules
{
    /// <summary>What an address takes for something else.</summary>
    private static readonly string[] Reserved = [".", "..", "new"];
    private static readonly IdentifierScheme CreditCodes = IdentifierSchemes.Find("uscc")!;

    public static string? FaultOfId(string id) =>
        Reserved.Contains(id) ? $"'{id}' cannot be an organisation's id." : ThingRules.FaultOfOrganisation(id);

    /// <summary>The canonical form of a credit code.</summary>
    public static string? CreditCode(string text, out string? fault)
    {
        var check = CreditCodes.Check(text);
        fault = check.IsValid ? null : check.Fault;
        return check.IsValid ? check.Value : null;
    }

    public static string NoSuch(string id) =>
        $"There is no organisation '{ThingRules.Short(id)}'. Make it with POST /api/v1/organisations or ./wanwu organisation add, or leave it out.";
}
