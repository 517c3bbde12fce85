using System.Text.Json;
using Wanwu.Registry.Organisations;
using Wanwu.Things;

namespace Wanwu.Registry;

/// <summary>Reads an organisation's description: whole when it is created, in part (RFC 7396 merge patch) when it is changed.</summary>
internal static class OrganisationBody
{
    private static readonly string[] Members = ["name", "parent", "uscc", "sector"], NewMembers = ["id", .. Members];

    public static OrganisationDraft Read(JsonElement body, FieldFaults faults) => Read(JsonBody.Members(body, Members, faults), faults);

    /// <summary>Reads a new organisation. One that is given no id is called by its name.</summary>
    public static (string Id, OrganisationDraft Draft) ReadNew(JsonElement body, FieldFaults faults)
    {
        var members = JsonBody.Members(body, NewMembers, faults);
        var draft = Read(members, faults);
        var name = draft.NameHant.Value ?? draft.NameHans.Value ?? draft.NameEn.Value;
        if (faults.IsEmpty && name is null) faults.Add("name", "An organisation needs a name.");
        var id = (members.Text("id", faults) ?? name)?.Trim() ?? "";
        if (faults.IsEmpty && OrganisationRules.FaultOfId(id) is { } fault) faults.Add("id", fault);
        return (id, draft);
    }

    private static OrganisationDraft Read(Dictionary<string, JsonElement> members, FieldFaults faults)
    {
        var draft = new OrganisationDraft();
        if (members.TryGetValue("name", out var name)) (draft.NameHant, draft.NameHans, draft.NameEn) = NameBody.Read(name, faults);
        if (members.ContainsKey("parent")) draft.Parent = members.Text("parent", faults)?.Trim();
        if (members.ContainsKey("sector")) draft.Sector = members.Text("sector", faults)?.Trim();
        if (draft.Sector.Value is { } sector && Sectors.FaultOf(sector) is { } ofSector) faults.Add("sector", ofSector);
        if (members.ContainsKey("uscc")) draft.Uscc = ReadCreditCode(members.Text("uscc", faults), faults);
        if (draft.Parent.Value is { } parent && ThingRules.FaultOfOrganisation(parent) is { } ofParent) faults.Add("parent", ofParent);
        return draft;
    }

    private static string? ReadCreditCode(string? text, FieldFaults faults)
    {
        if (text is null) return null;
        var code = OrganisationRules.CreditCode(text, out var fault);
        if (fault is not null) faults.Add("uscc", fault);
        return code;
    }
}
