using DuckDB.NET.Native;

namespace Wanwu.Telemetry.Sql;

/// <summary>The type of a column, with what is in it.</summary>
/// <param name="Name">As DuckDB calls it; LIST, MAP and STRUCT without what is in them.</param>
/// <param name="Width">Digits of a DECIMAL.</param>
/// <param name="Scale">Digits of a DECIMAL behind the point.</param>
/// <param name="Members">The elements of a LIST, key and value of a MAP, the members of a STRUCT.</param>
/// <param name="Labels">The texts of an ENUM.</param>
internal sealed record SqlType(DuckDBType Id, string Name, byte Width, byte Scale, IReadOnlyList<SqlMember> Members, IReadOnlyList<string> Labels)
{
    public bool IsTime => Id is DuckDBType.Date || IsTimestamp;

    public bool IsTimestamp => Id is DuckDBType.Timestamp or DuckDBType.TimestampS or DuckDBType.TimestampMs or DuckDBType.TimestampNs or DuckDBType.TimestampTz;

    public bool IsNumber => Id is DuckDBType.Double or DuckDBType.Float or DuckDBType.Decimal or DuckDBType.TinyInt or DuckDBType.SmallInt or DuckDBType.Integer or DuckDBType.BigInt
        or DuckDBType.HugeInt or DuckDBType.UnsignedTinyInt or DuckDBType.UnsignedSmallInt or DuckDBType.UnsignedInteger or DuckDBType.UnsignedBigInt or DuckDBType.UnsignedHugeInt;

    public static SqlType Of(DuckDBLogicalType type)
    {
        var id = NativeMethods.LogicalType.DuckDBGetTypeId(type);
        var (width, scale) = id == DuckDBType.Decimal ? (NativeMethods.LogicalType.DuckDBDecimalWidth(type), NativeMethods.LogicalType.DuckDBDecimalScale(type)) : default;
        return new SqlType(id, NameOf(id), width, scale, MembersOf(id, type), id == DuckDBType.Enum ? LabelsOf(type) : []);
    }

    private static string NameOf(DuckDBType id) => id switch
    {
        DuckDBType.TimestampTz => "TIMESTAMPTZ",
        DuckDBType.TimestampS or DuckDBType.TimestampMs or DuckDBType.TimestampNs => "TIMESTAMP",
        DuckDBType.UnsignedTinyInt => "UTINYINT",
        DuckDBType.UnsignedSmallInt => "USMALLINT",
        DuckDBType.UnsignedInteger => "UINTEGER",
        DuckDBType.UnsignedBigInt => "UBIGINT",
        DuckDBType.UnsignedHugeInt => "UHUGEINT",
        DuckDBType.SqlNull => "NULL",
        _ => id.ToString().ToUpperInvariant(),
    };

    private static IReadOnlyList<SqlMember> MembersOf(DuckDBType id, DuckDBLogicalType type) => id switch
    {
        DuckDBType.List => [Member("element", NativeMethods.LogicalType.DuckDBListTypeChildType(type))],
        DuckDBType.Array => [Member("element", NativeMethods.LogicalType.DuckDBArrayTypeChildType(type), (int)NativeMethods.LogicalType.DuckDBArrayVectorGetSize(type))],
        DuckDBType.Map => [Member("key", NativeMethods.LogicalType.DuckDBMapTypeKeyType(type)), Member("value", NativeMethods.LogicalType.DuckDBMapTypeValueType(type))],
        DuckDBType.Struct => [.. Enumerable.Range(0, (int)NativeMethods.LogicalType.DuckDBStructTypeChildCount(type)).Select(index => StructMember(type, index))],
        _ => [],
    };

    /// <summary>What <c>row(…)</c> makes has members without a name: they are called by their place.</summary>
    private static SqlMember StructMember(DuckDBLogicalType type, int index) => Member(
        NativeMethods.LogicalType.DuckDBStructTypeChildName(type, index) is { Length: > 0 } name ? name : (index + 1).ToString(System.Globalization.CultureInfo.InvariantCulture),
        NativeMethods.LogicalType.DuckDBStructTypeChildType(type, index));

    private static SqlMember Member(string name, DuckDBLogicalType type, int count = 0)
    {
        using (type) return new SqlMember(name, Of(type), count);
    }

    private static string[] LabelsOf(DuckDBLogicalType type) =>
        [.. Enumerable.Range(0, (int)NativeMethods.LogicalType.DuckDBEnumDictionarySize(type)).Select(index => NativeMethods.LogicalType.DuckDBEnumDictionaryValue(type, index))];
}

/// <param name="Count">How many there are in each ARRAY.</param>
internal sealed record SqlMember(string Name, SqlType Type, int Count);

/// <summary>A column of an answer.</summary>
internal sealed record SqlResultColumn(string Name, SqlType Of)
{
    public string Type => Of.Name;
    public bool IsTime => Of.IsTime;
    public bool IsNumber => Of.IsNumber;
}
