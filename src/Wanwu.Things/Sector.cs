namespace Wanwu.Things;

/// <summary>A field of work: what a thing model, and so its things, serves. One row of <see cref="Sectors"/>.</summary>
/// <param name="Id">The key used in models, API and grants: lower-case letters and hyphens.</param>
public sealed record Sector(string Id, LocalizedText Name);

/// <summary>The fields of work, in the order in which people choose from them. A row may be added, never renamed: ids are stored.</summary>
/// <remarks>After the ten fields of the State Council's guiding opinions of 2013 (國發〔2013〕7號), those that have their own authorities apart.</remarks>
public static class Sectors
{
    public static readonly IReadOnlyList<Sector> All =
    [
        Row("industry", "工業", "工业", "Industry"),
        Row("agriculture", "農業", "农业", "Agriculture"),
        Row("environment", "生態環境", "生态环境", "Environment"),
        Row("water", "水務與水利", "水务与水利", "Water"),
        Row("energy", "能源", "能源", "Energy"),
        Row("transport", "交通運輸", "交通运输", "Transport"),
        Row("commerce", "商貿流通", "商贸流通", "Commerce and logistics"),
        Row("city", "城市管理", "城市管理", "City management"),
        Row("buildings", "建築", "建筑", "Buildings"),
        Row("public-safety", "公共安全", "公共安全", "Public safety"),
        Row("fire", "消防", "消防", "Fire protection"),
        Row("work-safety", "安全生產", "安全生产", "Safety at work"),
        Row("health", "醫療衛生", "医疗卫生", "Health"),
        Row("education", "教育", "教育", "Education"),
        Row("social-services", "社會事業", "社会事业", "Social services"),
        Row("weather", "氣象", "气象", "Weather"),
        Row("forestry", "林業與草原", "林业与草原", "Forestry and grassland"),
        Row("natural-resources", "自然資源", "自然资源", "Natural resources"),
    ];

    private static readonly Dictionary<string, Sector> ById = All.ToDictionary(sector => sector.Id, StringComparer.Ordinal);

    /// <summary>As a message lists them.</summary>
    public static readonly string Ids = string.Join(", ", All.Select(sector => sector.Id));

    public static Sector? Find(string? id) => id is not null && ById.TryGetValue(id, out var sector) ? sector : null;

    public static string? FaultOf(string id) => Find(id) is null ? $"'{(id.Length > 40 ? id[..40] : id)}' is not a sector. There are: {Ids}." : null;

    private static Sector Row(string id, string zhHant, string zhHans, string en) => new(id, LocalizedText.Of(zhHant, zhHans, en));
}
