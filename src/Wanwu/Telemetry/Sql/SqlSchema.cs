using System.Globalization;
using Wanwu.Telemetry.Rollups;
using Wanwu.Things;

namespace Wanwu.Telemetry.Sql;

/// <summary>A column of a view, and what stands in it.</summary>
/// <param name="Type">As DuckDB names it.</param>
internal sealed record SqlColumn(string Name, string Type, LocalizedText Meaning);

/// <summary>What may be read in SQL.</summary>
internal sealed record SqlView(string Name, LocalizedText Meaning, IReadOnlyList<SqlColumn> Columns);

/// <summary>The views there are: what the documentation, the console's list and the check of a query agree on.</summary>
internal static class SqlSchema
{
    public static readonly SqlView Observations = new("observations",
        Said("每一筆觀測，照回報的原樣；熱資料與冷資料合在一起", "每一条观测，按上报的原样；热数据与冷数据合在一起", "Every observation as it was reported, hot and cold as one"),
        [
            new("thing", "VARCHAR", Said("物的編號", "物的编号", "Id of the thing")),
            new("property", "VARCHAR", Said("屬性名稱", "属性名称", "Name of the property")),
            new("t", "TIMESTAMPTZ", Said("觀測的時間", "观测的时间", "When it was observed")),
            new("value", "DOUBLE", Said("數值；是非以 1 與 0 表示；其他種類為空", "数值；是非以 1 与 0 表示；其他种类为空", "The number; yes and no as 1 and 0; null for other kinds")),
            new("integer", "BIGINT", Said("整數的精確值", "整数的精确值", "An integer, exactly")),
            new("text", "VARCHAR", Said("文字", "文本", "A text")),
            new("lat", "DOUBLE", Said("位置的緯度（WGS-84）", "位置的纬度（WGS-84）", "Latitude of a point (WGS-84)")),
            new("lon", "DOUBLE", Said("位置的經度（WGS-84）", "位置的经度（WGS-84）", "Longitude of a point (WGS-84)")),
            new("object", "JSON", Said("物件，以 JSON 表示", "对象，以 JSON 表示", "An object, as JSON")),
            new("kind", "VARCHAR", Said("值的種類：number、integer、boolean、text、point、object、none", "值的种类：number、integer、boolean、text、point、object、none", "What the value is: number, integer, boolean, text, point, object, none")),
            new("quality", "VARCHAR", Said("品質：good、suspect、fault 等", "质量：good、suspect、fault 等", "Its quality: good, suspect, fault …")),
            new("received", "TIMESTAMPTZ", Said("伺服器收到的時間", "服务器收到的时间", "When the server received it")),
        ]);

    public static readonly SqlView Things = new("things",
        Said("您看得到的物，一物一列", "您看得到的物，一物一行", "The things you may see, one row each"),
        [
            new("id", "VARCHAR", Said("物的編號；對應 observations.thing", "物的编号；对应 observations.thing", "Id of the thing; joins observations.thing")),
            new("name", "VARCHAR", Said("您的語言的名稱", "您的语言的名称", "Its name in your language")),
            new("model", "VARCHAR", Said("物模型的編號", "物模型的编号", "Id of its model")),
            new("organisation", "VARCHAR", Said("所屬組織", "所属组织", "Its organisation")),
            new("organisation_path", "VARCHAR[]", Said("由最上層到所屬組織，如 list_contains(organisation_path, '…')", "由最上层到所属组织，如 list_contains(organisation_path, '…')", "The organisations from the top down to its own, as in list_contains(organisation_path, '…')")),
            new("region", "VARCHAR", Said("行政區劃代碼（GB/T 2260，六位）", "行政区划代码（GB/T 2260，六位）", "Region, six digits of GB/T 2260")),
            new("sector", "VARCHAR", Said("領域，出自物模型", "领域，出自物模型", "Field of work, from its model")),
            new("zone", "VARCHAR", Said("時區（IANA 名稱）", "时区（IANA 名称）", "Time zone, its IANA name")),
            new("lifecycle", "VARCHAR", Said("planned、deployed、inService、underRepair、retired", "planned、deployed、inService、underRepair、retired", "planned, deployed, inService, underRepair or retired")),
            new("gateway", "VARCHAR", Said("代為回報的閘道器編號", "代为上报的网关编号", "Id of the gateway that reports for it")),
            new("lat", "DOUBLE", Said("緯度（WGS-84）", "纬度（WGS-84）", "Latitude (WGS-84)")),
            new("lon", "DOUBLE", Said("經度（WGS-84）", "经度（WGS-84）", "Longitude (WGS-84)")),
            new("labels", "MAP(VARCHAR, VARCHAR)", Said("標籤，如 labels['floor']", "标签，如 labels['floor']", "Labels, as in labels['floor']")),
            new("identifiers", "MAP(VARCHAR, VARCHAR)", Said("識別碼，依其體系；同一體系有多個時取第一個", "标识码，按其体系；同一体系有多个时取第一个", "Identifiers by their scheme; the first where there are several of one")),
            new("created", "TIMESTAMPTZ", Said("登錄的時間", "登记的时间", "When it was registered")),
            new("changed", "TIMESTAMPTZ", Said("最後變更的時間", "最后变更的时间", "When it was last changed")),
        ]);

    public static readonly SqlView Series = new("series",
        Said("每個物的每個屬性，及其最新值", "每个物的每个属性，及其最新值", "Every property of every thing, with its latest value"),
        [
            new("thing", "VARCHAR", Said("物的編號", "物的编号", "Id of the thing")),
            new("property", "VARCHAR", Said("屬性名稱", "属性名称", "Name of the property")),
            new("unit", "VARCHAR", Said("單位（UCUM），出自物模型", "单位（UCUM），出自物模型", "Unit in UCUM, from the model")),
            new("t", "TIMESTAMPTZ", Said("最新觀測的時間", "最新观测的时间", "When it was last observed")),
            new("value", "DOUBLE", Said("最新的數值；其他種類為空", "最新的数值；其他种类为空", "The latest number; null for other kinds")),
            new("text", "VARCHAR", Said("最新的值，以文字表示", "最新的值，以文本表示", "The latest value, whatever its kind, as text")),
            new("quality", "VARCHAR", Said("最新值的品質", "最新值的质量", "Quality of the latest value")),
        ]);

    /// <summary>The views of sums, and what each sums up.</summary>
    public static readonly IReadOnlyList<(SqlView View, RollupLevel Level)> Rollups =
    [
        (Rollup("rollup_1m", "每分鐘", "每分钟", "minute"), RollupLevel.Minute), (Rollup("rollup_1h", "每小時", "每小时", "hour"), RollupLevel.Hour),
        (Rollup("rollup_1d", "每日（依物的時區）", "每日（按物的时区）", "day of the thing's zone"), RollupLevel.Day),
    ];

    public static readonly IReadOnlyList<SqlView> All = [Observations, Things, Series, .. Rollups.Select(rollup => rollup.View)];

    /// <summary>As a message lists them.</summary>
    public static string Names => string.Join(", ", All.Select(view => view.Name));

    public static bool Has(string view) => All.Any(known => known.Name.Equals(view, StringComparison.OrdinalIgnoreCase));

    public static IReadOnlyList<SqlViewView> For(CultureInfo language) =>
        [.. All.Select(view => new SqlViewView(view.Name, view.Meaning.For(language), [.. view.Columns.Select(column => new SqlColumnView(column.Name, column.Type, column.Meaning.For(language)))]))];

    private static SqlView Rollup(string name, string zhHant, string zhHans, string en) => new(name,
        Said($"{zhHant}的彙總，依品質分列", $"{zhHans}的汇总，按质量分列", $"Sums of each {en}, a row for each quality"),
        [
            new("thing", "VARCHAR", Said("物的編號", "物的编号", "Id of the thing")),
            new("property", "VARCHAR", Said("屬性名稱", "属性名称", "Name of the property")),
            new("t", "TIMESTAMPTZ", Said("時段的開始", "时段的开始", "When the stretch begins")),
            new("quality", "VARCHAR", Said("品質", "质量", "The quality")),
            new("count", "BIGINT", Said("觀測的筆數", "观测的条数", "How many observations")),
            new("n", "BIGINT", Said("其中有數值的筆數", "其中有数值的条数", "How many of them are numbers")),
            new("sum", "DOUBLE", Said("總和", "总和", "Their sum")),
            new("avg", "DOUBLE", Said("平均", "平均", "Their mean")),
            new("min", "DOUBLE", Said("最小", "最小", "The least")),
            new("max", "DOUBLE", Said("最大", "最大", "The greatest")),
            new("first", "DOUBLE", Said("最早的數值", "最早的数值", "The earliest number")),
            new("last", "DOUBLE", Said("最晚的數值", "最晚的数值", "The latest number")),
        ]);

    private static LocalizedText Said(string zhHant, string zhHans, string en) => LocalizedText.Of(zhHant, zhHans, en);
}

/// <summary>A view as the API describes it, in the caller's language.</summary>
internal sealed record SqlViewView(string Name, string Meaning, IReadOnlyList<SqlColumnView> Columns);

internal sealed record SqlColumnView(string Name, string Type, string Meaning);
