using System.Numerics;
using DuckDB.NET.Native;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace Wanwu.Telemetry.Sql.Forms;

/// <summary>Takes the cells of one column, or of what is in one, apart for Parquet: the values there are, and for each the levels that say where it stands and what above it is null.</summary>
internal abstract class SqlParquetColumn(Field field)
{
    public Field Field { get; } = field;

    /// <summary>The columns that hold values, in the schema's order.</summary>
    public abstract IEnumerable<Leaf> Leaves { get; }

    /// <param name="repeated">At which list the cell goes on; 0 at the start of a row.</param>
    /// <param name="defined">How much above the cell is there.</param>
    /// <param name="depth">How many lists are around it.</param>
    /// <returns>About how many bytes it takes.</returns>
    public abstract int Add(object? cell, int repeated, int defined, int depth);

    /// <summary>Something above the cell is null, or a list without elements.</summary>
    public abstract int Nothing(int repeated, int defined);

    /// <exception cref="InvalidOperationException">Parquet has no such type.</exception>
    public static SqlParquetColumn Of(string name, SqlType type, bool isKey = false) => type.Id switch
    {
        DuckDBType.Boolean => Plain<bool>(name, isKey, 1),
        DuckDBType.TinyInt => Plain<sbyte>(name, isKey, 1),
        DuckDBType.SmallInt => Plain<short>(name, isKey, 2),
        DuckDBType.Integer => Plain<int>(name, isKey, 4),
        DuckDBType.BigInt => Plain<long>(name, isKey, 8),
        DuckDBType.UnsignedTinyInt => Plain<byte>(name, isKey, 1),
        DuckDBType.UnsignedSmallInt => Plain<ushort>(name, isKey, 2),
        DuckDBType.UnsignedInteger => Plain<uint>(name, isKey, 4),
        DuckDBType.UnsignedBigInt => Plain<ulong>(name, isKey, 8),
        DuckDBType.Float => Plain<float>(name, isKey, 4),
        DuckDBType.Double => Plain<double>(name, isKey, 8),
        DuckDBType.HugeInt or DuckDBType.UnsignedHugeInt => Decimals(name, isKey, SqlForms.WidestDecimal, 0, cell => SqlForms.Whole((BigInteger)cell)),
        DuckDBType.Decimal => Decimals(name, isKey, type.Width, type.Scale, cell => ((SqlDecimal)cell).Unscaled),
        DuckDBType.Date => new Leaf<DateTime>(new DateTimeDataField(name, DateTimeFormat.Date, isNullable: !isKey), cell => ((DateOnly)cell).ToDateTime(default, DateTimeKind.Utc), _ => 4),
        DuckDBType.Blob => new Leaf<ReadOnlyMemory<byte>>(new DataField<byte[]>(name, !isKey), cell => (byte[])cell, cell => ((byte[])cell).Length + 4),
        DuckDBType.List or DuckDBType.Array => new Lists(name, Of("element", type.Members[0].Type)),
        DuckDBType.Map => new Maps(name, Of("key", type.Members[0].Type, isKey: true), Of("value", type.Members[1].Type)),
        DuckDBType.Struct => new Structs(name, [.. type.Members.Select(member => Of(member.Name, member.Type))]),
        _ when type.IsTimestamp => new Leaf<DateTime>(
            new DateTimeDataField(name, DateTimeFormat.Timestamp, isAdjustedToUTC: type.Id == DuckDBType.TimestampTz, unit: DateTimeTimeUnit.Micros, isNullable: !isKey),
            cell => DateTime.SpecifyKind(((SqlTime)cell).Time, DateTimeKind.Utc), _ => 8),
        _ when SqlForms.IsText(type) || type.Id is DuckDBType.Time or DuckDBType.Interval =>
            new Leaf<ReadOnlyMemory<char>>(new DataField<string>(name, !isKey), cell => cell.ToString().AsMemory(), cell => 2 * (cell as string)?.Length + 24 ?? 40),
        _ => throw new InvalidOperationException($"It is of the type {type.Name}."),
    };

    private static Leaf<T> Plain<T>(string name, bool isKey, int size) where T : struct => new(new DataField<T>(name, !isKey), cell => (T)cell, _ => size);

    private static Leaf<BigDecimal> Decimals(string name, bool isKey, int width, int scale, Func<object, Int128> unscaled) =>
        new(new BigDecimalDataField(name, width, scale, !isKey), cell => new BigDecimal(unscaled(cell), width, scale), _ => 40);

    internal abstract class Leaf(DataField field) : SqlParquetColumn(field)
    {
        public override IEnumerable<Leaf> Leaves => [this];

        public abstract Task WriteAsync(ParquetRowGroupWriter group, DataField field, CancellationToken stop);
    }

    private sealed class Leaf<T>(DataField field, Func<object, T> convert, Func<object, int> size) : Leaf(field) where T : struct
    {
        private readonly List<T> _values = [];
        private readonly List<int> _defined = [], _repeated = [];
        private readonly bool _isNullable = field.IsNullable;

        public override int Add(object? cell, int repeated, int defined, int depth)
        {
            if (cell is null) return Nothing(repeated, defined);
            _values.Add(convert(cell));
            return Level(repeated, _isNullable ? defined + 1 : defined) + size(cell);
        }

        public override int Nothing(int repeated, int defined) => Level(repeated, defined);

        private int Level(int repeated, int defined)
        {
            _defined.Add(defined);
            _repeated.Add(repeated);
            return 2 * sizeof(int);
        }

        public override Task WriteAsync(ParquetRowGroupWriter group, DataField field, CancellationToken stop) => group.WriteAllPartsAsync<T>(field, _values.ToArray(),
            field.MaxDefinitionLevel > 0 ? _defined.ToArray() : null, field.MaxRepetitionLevel > 0 ? _repeated.ToArray() : null, stop);
    }

    /// <summary>A list adds two levels of what is there: the list itself, and that it has elements.</summary>
    private sealed class Lists(string name, SqlParquetColumn elements) : SqlParquetColumn(new ListField(name, elements.Field))
    {
        public override IEnumerable<Leaf> Leaves => elements.Leaves;

        public override int Add(object? cell, int repeated, int defined, int depth)
        {
            if (cell is not object?[] list) return Nothing(repeated, defined);
            if (list.Length == 0) return Nothing(repeated, defined + 1);
            var size = 0;
            for (var i = 0; i < list.Length; i++) size += elements.Add(list[i], i == 0 ? repeated : depth + 1, defined + 2, depth + 1);
            return size;
        }

        public override int Nothing(int repeated, int defined) => elements.Nothing(repeated, defined);
    }

    private sealed class Maps(string name, SqlParquetColumn keys, SqlParquetColumn values) : SqlParquetColumn(new MapField(name, keys.Field, values.Field))
    {
        public override IEnumerable<Leaf> Leaves => keys.Leaves.Concat(values.Leaves);

        public override int Add(object? cell, int repeated, int defined, int depth)
        {
            if (cell is not SqlMap { Entries: var entries }) return Nothing(repeated, defined);
            if (entries.Count == 0) return Nothing(repeated, defined + 1);
            var size = 0;
            for (var i = 0; i < entries.Count; i++)
            {
                var at = i == 0 ? repeated : depth + 1;
                size += keys.Add(entries[i].Key, at, defined + 2, depth + 1) + values.Add(entries[i].Value, at, defined + 2, depth + 1);
            }
            return size;
        }

        public override int Nothing(int repeated, int defined) => keys.Nothing(repeated, defined) + values.Nothing(repeated, defined);
    }

    private sealed class Structs(string name, SqlParquetColumn[] members) : SqlParquetColumn(new StructField(name, [.. members.Select(member => member.Field)]))
    {
        public override IEnumerable<Leaf> Leaves => members.SelectMany(member => member.Leaves);

        public override int Add(object? cell, int repeated, int defined, int depth)
        {
            if (cell is not SqlStruct { Values: var values }) return Nothing(repeated, defined);
            var size = 0;
            for (var i = 0; i < members.Length; i++) size += members[i].Add(values[i], repeated, defined + 1, depth);
            return size;
        }

        public override int Nothing(int repeated, int defined)
        {
            var size = 0;
            foreach (var member in members) size += member.Nothing(repeated, defined);
            return size;
        }
    }
}
