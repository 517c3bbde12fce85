using System.Text.Json;
using Wanwu.Registry.Organisations;

namespace Wanwu.Console.OrganisationRoom;

/// <summary>An organisation as it is being typed. It becomes the same request that the API takes, so that one set of rules judges both.</summary>
internal sealed class DraftOrganisation
{
    private readonly Dictionary<string, string?> _names = [];

    public string? Id { get; set; }
    public string? Uscc { get; set; }
    public string Sector { get; set; } = "";

    public static DraftOrganisation Of(OrganisationEntry entry)
    {
        var draft = new DraftOrganisation { Uscc = entry.Uscc, Sector = entry.Sector ?? "" };
        (draft._names["zh-Hant"], draft._names["zh-Hans"], draft._names["en"]) = (entry.Name.TraditionalChinese, entry.Name.SimplifiedChinese, entry.Name.English);
        return draft;
    }

    public string NameIn(string language) => _names.GetValueOrDefault(language) ?? "";

    public void SetName(string language, string? name) => _names[language] = string.IsNullOrWhiteSpace(name) ? null : name.Trim();

    /// <param name="isNew">Whether what was left empty is left out rather than taken away.</param>
    public JsonElement ToBody(bool isNew, string? parent)
    {
        var body = new Dictionary<string, object?>();
        if (_names.Count > 0) body["name"] = isNew ? _names.Where(name => name.Value is not null).ToDictionary() : _names;
        if (isNew && !string.IsNullOrWhiteSpace(Id)) body["id"] = Id.Trim();
        if (isNew && parent is not null) body["parent"] = parent;
        if (!isNew || !string.IsNullOrWhiteSpace(Uscc)) body["uscc"] = string.IsNullOrWhiteSpace(Uscc) ? null : Uscc.Trim();
        if (!isNew || Sector.Length > 0) body["sector"] = Sector.Length == 0 ? null : Sector;
        return JsonSerializer.SerializeToElement(body);
    }
}
