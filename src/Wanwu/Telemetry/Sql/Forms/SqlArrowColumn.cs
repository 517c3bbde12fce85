using System.Numerics;
using Apache.Arrow;
using Apache.Arrow.Types;
using DuckDB.NET.Native;

namespace Wanwu.Telemetry.Sql.Forms;

/// <summary>Gathers the cells of one column, or of what is in one, for a record batch of Arrow.</summary>
internal abstract class SqlArrowColumn(IArrowType type)
{
    private readonly ArrowBuffer.BitmapBuilder _valid = new();

    public IArrowType Type => type;

    protected int Nulls { get; private set; }

    protected int Length { get; private set; }

    /// <summary>About how many bytes the cell takes.</summary>
    public int Add(object? cell)
    {
        _valid.Append(cell is not null);
        Length++;
        if (cell is null) Nulls++;
        return cell is null ? Nothing() : Put(cell);
    }

    protected abstract int Put(object cell);

    /// <summary>Holds the place of what is null.</summary>
    protected abstract int Nothing();

    public abstract ArrayData Build();

    protected ArrayData Data(ReadOnlySpan<ArrowBuffer> buffers, params ArrayData[] children) =>
        new(Type, Length, Nulls, 0, [Nulls == 0 ? ArrowBuffer.Empty : _valid.Build(), .. buffers], children.Length == 0 ? null : children);

    /// <exception cref="InvalidOperationException">Arrow has no such type.</exception>
    public static SqlArrowColumn Of(SqlType type) => type.Id switch
    {
        DuckDBType.Boolean => new Booleans(),
        DuckDBType.TinyInt => new Fixed<sbyte>(Int8Type.Default, cell => (sbyte)cell),
        DuckDBType.SmallInt => new Fixed<short>(Int16Type.Default, cell => (short)cell),
        DuckDBType.Integer => new Fixed<int>(Int32Type.Default, cell => (int)cell),
        DuckDBType.BigInt => new Fixed<long>(Int64Type.Default, cell => (long)cell),
        DuckDBType.UnsignedTinyInt => new Fixed<byte>(UInt8Type.Default, cell => (byte)cell),
        DuckDBType.UnsignedSmallInt => new Fixed<ushort>(UInt16Type.Default, cell => (ushort)cell),
        DuckDBType.UnsignedInteger => new Fixed<uint>(UInt32Type.Default, cell => (uint)cell),
        DuckDBType.UnsignedBigInt => new Fixed<ulong>(UInt64Type.Default, cell => (ulong)cell),
        DuckDBType.Float => new Fixed<float>(FloatType.Default, cell => (float)cell),
        DuckDBType.Double => new Fixed<double>(DoubleType.Default, cell => (double)cell),
        DuckDBType.HugeInt or DuckDBType.UnsignedHugeInt => new Fixed<Int128>(new Decimal128Type(SqlForms.WidestDecimal, 0), cell => SqlForms.Whole((BigInteger)cell)),
        DuckDBType.Decimal => new Fixed<Int128>(new Decimal128Type(type.Width, type.Scale), cell => ((SqlDecimal)cell).Unscaled),
        DuckDBType.Date => new Fixed<int>(Date32Type.Default, cell => ((DateOnly)cell).DayNumber - SqlForms.Day1970),
        DuckDBType.Time => new Fixed<long>(new Time64Type(TimeUnit.Microsecond), cell => ((SqlTimeOfDay)cell).Microseconds),
        DuckDBType.Interval => new Fixed<MonthsDaysNanoseconds>(new IntervalType(IntervalUnit.MonthDayNanosecond), cell => new MonthsDaysNanoseconds((SqlInterval)cell)),
        DuckDBType.Blob => new Bytes(BinaryType.Default),
        DuckDBType.List or DuckDBType.Array => new Lists(Of(type.Members[0].Type)),
        DuckDBType.Map => new Maps(Of(type.Members[0].Type), Of(type.Members[1].Type)),
        DuckDBType.Struct => new Structs(type),
        _ when type.IsTimestamp => new Fixed<long>(new TimestampType(TimeUnit.Microsecond, type.Id == DuckDBType.TimestampTz ? "UTC" : null), cell => ((SqlTime)cell).Microseconds),
        _ when SqlForms.IsText(type) => new Bytes(StringType.Default),
        _ => throw new InvalidOperationException($"It is of the type {type.Name}."),
    };

    /// <summary>As Arrow lays an interval out.</summary>
    private readonly record struct MonthsDaysNanoseconds(int Months, int Days, long Nanoseconds)
    {
        public MonthsDaysNanoseconds(SqlInterval interval) : this(interval.Months, interval.Days, checked(interval.Microseconds * 1_000)) { }
    }

    private sealed class Fixed<T>(IArrowType type, Func<object, T> convert) : SqlArrowColumn(type) where T : unmanaged
    {
        private readonly ArrowBuffer.Builder<T> _values = new();

        protected override unsafe int Put(object cell)
        {
            _values.Append(convert(cell));
            return sizeof(T);
        }

        protected override unsafe int Nothing()
        {
            _values.Append(default(T));
            return sizeof(T);
        }

        public override ArrayData Build() => Data([_values.Build()]);
    }

    private sealed class Booleans() : SqlArrowColumn(BooleanType.Default)
    {
        private readonly ArrowBuffer.BitmapBuilder _values = new();

        protected override int Put(object cell)
        {
            _values.Append((bool)cell);
            return 1;
        }

        protected override int Nothing() => Put(false);

        public override ArrayData Build() => Data([_values.Build()]);
    }

    private sealed class Bytes(IArrowType type) : SqlArrowColumn(type)
    {
        private readonly ArrowBuffer.Builder<int> _offsets = new ArrowBuffer.Builder<int>().Append(0);
        private readonly ArrowBuffer.Builder<byte> _bytes = new();

        protected override int Put(object cell)
        {
            var bytes = cell as byte[] ?? System.Text.Encoding.UTF8.GetBytes((string)cell);
            _bytes.Append(bytes);
            _offsets.Append(_bytes.Length);
            return sizeof(int) + bytes.Length;
        }

        protected override int Nothing() => Put(System.Array.Empty<byte>());

        public override ArrayData Build() => Data([_offsets.Build(), _bytes.Build()]);
    }

    private sealed class Lists(SqlArrowColumn elements) : SqlArrowColumn(new ListType(new Field("element", elements.Type, nullable: true)))
    {
        private readonly ArrowBuffer.Builder<int> _offsets = new ArrowBuffer.Builder<int>().Append(0);
        private int _count;

        protected override int Put(object cell)
        {
            var size = sizeof(int);
            foreach (var element in (object?[])cell)
            {
                size += elements.Add(element);
                _count++;
            }
            _offsets.Append(_count);
            return size;
        }

        protected override int Nothing() => Put(System.Array.Empty<object?>());

        public override ArrayData Build() => Data([_offsets.Build()], elements.Build());
    }

    private sealed class Maps(SqlArrowColumn keys, SqlArrowColumn values)
        : SqlArrowColumn(new MapType(new Field("key", keys.Type, nullable: false), new Field("value", values.Type, nullable: true), keySorted: false))
    {
        private readonly ArrowBuffer.Builder<int> _offsets = new ArrowBuffer.Builder<int>().Append(0);
        private int _count;

        protected override int Put(object cell)
        {
            var size = sizeof(int);
            foreach (var (key, value) in ((SqlMap)cell).Entries)
            {
                size += keys.Add(key) + values.Add(value);
                _count++;
            }
            _offsets.Append(_count);
            return size;
        }

        protected override int Nothing() => Put(new SqlMap([]));

        public override ArrayData Build() =>
            Data([_offsets.Build()], new ArrayData(((MapType)Type).KeyValueType, _count, 0, 0, [ArrowBuffer.Empty], [keys.Build(), values.Build()]));
    }

    private sealed class Structs : SqlArrowColumn
    {
        private readonly SqlArrowColumn[] _members;

        public Structs(SqlType type) : this(type, [.. type.Members.Select(member => Of(member.Type))]) { }

        private Structs(SqlType type, SqlArrowColumn[] members)
            : base(new StructType([.. type.Members.Select((member, index) => new Field(member.Name, members[index].Type, nullable: true))])) => _members = members;

        protected override int Put(object cell)
        {
            var size = 0;
            for (var i = 0; i < _members.Length; i++) size += _members[i].Add(((SqlStruct)cell).Values[i]);
            return size;
        }

        protected override int Nothing()
        {
            var size = 0;
            foreach (var member in _members) size += member.Add(null);
            return size;
        }

        public override ArrayData Build() => Data([], [.. _members.Select(member => member.Build())]);
    }
}
