using Wanwu.Things;

namespace Wanwu.Connect.Imports;

/// <summary>What the columns of a file most likely mean, by their names: a start for whoever knows better.</summary>
internal static class MappingGuess
{
    private static readonly string[] Things = ["thing", "device", "device_id", "deviceid", "station", "sensor", "meter", "id", "thing_id", "设备", "站点", "設備", "站點", "设备编号", "測站"];
    private static readonly string[] Times = ["time", "t", "timestamp", "date", "datetime", "date_time", "ts", "时间", "時間", "日期", "采集时间", "监测时间"];
    private static readonly string[] Numbers = ["no", "no.", "index", "row", "", "序号", "序號", "编号"];
    private static readonly string[] Qualities = ["quality", "质量", "品質"];
    /// <summary>What every export of the platform has.</summary>
    private static readonly string[] Exported = ["thing", "property", "t", "value", "kind", "quality"];
    private static readonly string[][] Parts = [["year", "年"], ["month", "月"], ["day", "日"], ["hour", "时", "時"], ["minute", "分"], ["second", "秒"]];

    public static ImportMapping Of(IReadOnlyList<string> header)
    {
        var thing = Find(header, Things);
        var time = Find(header, Times);
        var parts = Parts.Select(names => Find(header, names)).TakeWhile(column => column is not null).Select(column => column!).ToList();
        IReadOnlyList<string> times = parts.Count >= 3 ? parts : time is null ? [] : [time];
        var (property, value) = (Find(header, ["property", "parameter", "属性", "屬性", "参数"]), Find(header, ["value", "值", "数值", "數值"]));
        if (property is not null && value is not null)
        {
            return new ImportMapping
            {
                ThingColumn = thing, Time = times, PropertyColumn = property, ValueColumn = value,
                UnitColumn = Find(header, ["unit", "单位", "單位"]), QualityColumn = Find(header, Qualities),
                KindColumn = Exported.All(header.Contains) ? "kind" : null,
            };
        }
        var quality = Find(header, Qualities);
        var rest = header.Except([thing, quality, .. times]).Where(column => !Numbers.Contains(column!.Trim().ToLowerInvariant()));
        return new ImportMapping { ThingColumn = thing, Time = times, QualityColumn = quality, Columns = [.. rest.Select(column => new ImportColumn(column!, PropertyOf(column!)))] };
    }

    /// <summary>The column's own name where it may be a property's, otherwise what is left of it.</summary>
    private static string PropertyOf(string column)
    {
        var name = column.Trim();
        if (PropertyName.TryParse(name, null, out _)) return name;
        var cut = name.IndexOfAny(['(', '（', '[']);
        var kept = string.Concat((cut > 0 ? name[..cut] : name).Trim().Select(character => char.IsLetterOrDigit(character) ? character : '_'));
        return PropertyName.TryParse(kept, null, out _) ? kept : "value";
    }

    private static string? Find(IReadOnlyList<string> header, string[] names) =>
        names.Select(name => header.FirstOrDefault(column => string.Equals(column.Trim(), name, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(found => found is not null);
}
