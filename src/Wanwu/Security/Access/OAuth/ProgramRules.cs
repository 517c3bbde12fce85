using System.Text.Json;
using Wanwu.Registry;

namespace Wanwu.Security.Access.OAuth;

/// <summary>What may be said of a program. Members that are not known are faults, so that nothing is set that nobody meant to offer.</summary>
internal static class ProgramRules
{
    public const int MaxName = 100, MostRedirectUris = 20, MaxUri = 500;
    private static readonly string[] Members = ["name", "public", "redirectUris", "scope", "roles", "organisation"];

    /// <param name="isPublic">Of a program that is there already, which does not change.</param>
    public static ProgramTerms Read(JsonElement document, FieldFaults faults, bool? isPublic = null)
    {
        var body = JsonBody.Members(document, isPublic is null ? Members : [.. Members.Except(["public", "roles"])], faults);
        var name = TokenEndpoints.ReadName(body, faults);
        var scope = OwnTokenEndpoints.ReadScope(body, faults);
        var terms = new ProgramTerms(name ?? "", isPublic ?? ReadPublic(body, faults), Texts(body, "redirectUris", faults), scope, Texts(body, "roles", faults), body.Text("organisation", faults));
        foreach (var (member, fault) in FaultsOf(terms)) faults.Add(member, fault);
        return terms;
    }

    /// <summary>What is wrong with terms, by member.</summary>
    public static IEnumerable<(string Member, string Fault)> FaultsOf(ProgramTerms terms)
    {
        if (terms.RedirectUris.Count > MostRedirectUris) yield return ("redirectUris", $"At most {MostRedirectUris}.");
        foreach (var (index, uri) in terms.RedirectUris.Index())
            if (FaultOfUri(uri) is { } fault) yield return ($"redirectUris[{index}]", fault);
        foreach (var (index, role) in terms.Roles.Index())
            if (!Role.IsKnown(role)) yield return ($"roles[{index}]", $"Expected one of {string.Join(", ", Role.All)}.");
        if (terms.Public && terms.Roles.Count > 0) yield return ("roles", "A program without a secret cannot act for itself.");
        if (terms.RedirectUris.Count == 0 && terms.Public) yield return ("redirectUris", "A program without a secret only acts for people: say where they are sent back to.");
    }

    /// <summary>Over what its roles hold: its organisation with all below, or everything.</summary>
    public static GrantScope ScopeOf(ProgramTerms terms) => terms.Organisation is null ? GrantScope.Everything : new GrantScope(terms.Organisation, null, null);

    /// <summary>What keeps the caller from registering it so, by member: an organisation that there is not, a role that it may not grant.</summary>
    public static IEnumerable<(string Member, string Fault)> FaultsOf(ProgramTerms terms, Caller by, GrantRules grants, ThingDirectory things)
    {
        var isThere = terms.Organisation is not { } organisation || things.Organisations.Find(organisation) is not null;
        if (!isThere || !grants.Administers(by, ScopeOf(terms)))
            yield return ("organisation", terms.Organisation is null ? "Only an administrator over everything looks after a program of no organisation: name one." : "There is no such organisation, or you do not administer it.");
        foreach (var (index, role) in terms.Roles.Index())
            if (Role.IsKnown(role) && grants.FaultOfMaking(by, null, role, ScopeOf(terms)) is { } fault) yield return ($"roles[{index}]", fault);
    }

    /// <summary>What is wrong with an address to which people are sent back; null when nothing is.</summary>
    public static string? FaultOfUri(string text) =>
        text.Length > MaxUri || !Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || text.Any(letter => letter is <= ' ' or > '~' or '*' or '\\')
            ? $"Expected an absolute address of at most {MaxUri} characters, without wildcards."
        : uri.Fragment.Length > 0 || text.Contains('#', StringComparison.Ordinal) ? "An address to be sent back to has no fragment."
        : uri.UserInfo.Length > 0 || uri.Authority.Contains('@', StringComparison.Ordinal) ? "An address to be sent back to has no name or password."
        : uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback) ? null
        : "Expected https; http only for 127.0.0.1, [::1] or localhost.";

    private static bool ReadPublic(Dictionary<string, JsonElement> body, FieldFaults faults)
    {
        if (!body.TryGetValue("public", out var value) || value.ValueKind is JsonValueKind.Null or JsonValueKind.False) return false;
        if (value.ValueKind != JsonValueKind.True) faults.Add("public", "Expected true or false.");
        return true;
    }

    private static List<string> Texts(Dictionary<string, JsonElement> body, string member, FieldFaults faults)
    {
        List<string> texts = [];
        if (!body.TryGetValue(member, out var list) || list.ValueKind == JsonValueKind.Null) return texts;
        if (list.ValueKind != JsonValueKind.Array)
        {
            faults.Add(member, "Expected a list of texts.");
            return texts;
        }
        foreach (var (index, element) in list.EnumerateArray().Index())
        {
            if (element.ValueKind == JsonValueKind.String) texts.Add(element.GetString()!);
            else faults.Add($"{member}[{index}]", "Expected a text.");
        }
        return texts;
    }
}
