using System.Globalization;
using System.Numerics;
using System.Text;
using DuckDB.NET.Native;

namespace Wanwu.Telemetry.Sql;

/// <summary>One column of a portion of rows, as it lies in DuckDB's memory; lists and structures with what is in them.</summary>
/// <remarks>Valid as long as its portion is.</remarks>
internal sealed unsafe class SqlVector
{
    private readonly SqlType _type;
    private readonly void* _data;
    private readonly ulong* _validity;
    private readonly SqlVector[] _members;

    public SqlVector(SqlType type, nint vector)
    {
        _type = type;
        _data = NativeMethods.Vectors.DuckDBVectorGetData(vector);
        _validity = NativeMethods.Vectors.DuckDBVectorGetValidity(vector);
        _members = type.Id switch
        {
            DuckDBType.List => [new SqlVector(type.Members[0].Type, NativeMethods.Vectors.DuckDBListVectorGetChild(vector))],
            DuckDBType.Array => [new SqlVector(type.Members[0].Type, NativeMethods.Vectors.DuckDBArrayVectorGetChild(vector))],
            DuckDBType.Map => Members(type, NativeMethods.Vectors.DuckDBListVectorGetChild(vector)),
            DuckDBType.Struct => Members(type, vector),
            _ => [],
        };
    }

    private static SqlVector[] Members(SqlType type, nint vector) =>
        [.. type.Members.Select((member, index) => new SqlVector(member.Type, NativeMethods.Vectors.DuckDBStructVectorGetChild(vector, index)))];

    /// <summary>
    /// Null, a bool, a number, a text, bytes, a <see cref="DateOnly"/>, <see cref="SqlTime"/>, <see cref="SqlTimeOfDay"/> or <see cref="SqlInterval"/>, a
    /// <see cref="SqlDecimal"/>, or a list (<c>object?[]</c>), <see cref="SqlMap"/> or <see cref="SqlStruct"/> of such. What is no number (NaN, infinity) and what is
    /// no time of the calendar is null.
    /// </summary>
    /// <exception cref="InvalidOperationException">It is of a type that is not written.</exception>
    public object? this[ulong row] => _validity != null && (_validity[row / 64] >> (int)(row % 64) & 1) == 0 ? null : _type.Id switch
    {
        DuckDBType.Boolean => At<byte>(row) != 0,
        DuckDBType.TinyInt => At<sbyte>(row),
        DuckDBType.SmallInt => At<short>(row),
        DuckDBType.Integer => At<int>(row),
        DuckDBType.BigInt => At<long>(row),
        DuckDBType.UnsignedTinyInt => At<byte>(row),
        DuckDBType.UnsignedSmallInt => At<ushort>(row),
        DuckDBType.UnsignedInteger => At<uint>(row),
        DuckDBType.UnsignedBigInt => At<ulong>(row),
        DuckDBType.HugeInt => (BigInteger)At<Int128>(row),
        DuckDBType.UnsignedHugeInt => (BigInteger)At<UInt128>(row),
        DuckDBType.Float => At<float>(row) is var number && float.IsFinite(number) ? number : null,
        DuckDBType.Double => At<double>(row) is var number && double.IsFinite(number) ? number : null,
        DuckDBType.Decimal => DecimalAt(row),
        DuckDBType.Varchar => Encoding.UTF8.GetString(BytesAt(row)),
        DuckDBType.Blob => BytesAt(row).ToArray(),
        DuckDBType.Bit => BitsOf(BytesAt(row)),
        DuckDBType.Uuid => UuidOf(At<UInt128>(row)),
        DuckDBType.Enum => _type.Labels[(int)(_type.Labels.Count <= 256 ? At<byte>(row) : _type.Labels.Count <= 65_536 ? At<ushort>(row) : At<uint>(row))],
        DuckDBType.SqlNull => null,
        DuckDBType.List or DuckDBType.Array or DuckDBType.Map or DuckDBType.Struct => NestedAt(row),
        _ => TimeAt(row),
    };

    private object? TimeAt(ulong row) => _type.Id switch
    {
        DuckDBType.Timestamp => SqlTime.Of(At<long>(row), false),
        DuckDBType.TimestampTz => SqlTime.Of(At<long>(row), true),
        DuckDBType.TimestampS => SqlTime.Of(At<long>(row) is var seconds && Math.Abs(seconds) <= SqlTime.MostMicroseconds / 1_000_000 ? seconds * 1_000_000 : long.MaxValue, false),
        DuckDBType.TimestampMs => SqlTime.Of(At<long>(row) is var millis && Math.Abs(millis) <= SqlTime.MostMicroseconds / 1_000 ? millis * 1_000 : long.MaxValue, false),
        DuckDBType.TimestampNs => At<long>(row) is var nanos && nanos is long.MaxValue or -long.MaxValue ? null : SqlTime.Of((long)Math.Floor(nanos / 1_000m), false),
        DuckDBType.Date => At<int>(row) is var days && days is >= -719_162 and <= 2_932_896 ? DateOnly.FromDayNumber(days + 719_162) : null,
        DuckDBType.Time => new SqlTimeOfDay(At<long>(row)),
        DuckDBType.TimeTz => TimeOfZone(At<ulong>(row)),
        DuckDBType.Interval => At<SqlInterval>(row),
        _ => throw new InvalidOperationException($"It is of the type {_type.Name}."),
    };

    private T At<T>(ulong row) where T : unmanaged => ((T*)_data)[row];

    private SqlDecimal DecimalAt(ulong row)
    {
        Int128 unscaled = _type.Width switch { <= 4 => At<short>(row), <= 9 => At<int>(row), <= 18 => At<long>(row), _ => At<Int128>(row) };
        return new SqlDecimal(unscaled, _type.Scale);
    }

    /// <summary>Up to twelve bytes stand in the vector itself, more elsewhere.</summary>
    private ReadOnlySpan<byte> BytesAt(ulong row)
    {
        var place = (byte*)_data + row * 16;
        var length = *(uint*)place;
        return new ReadOnlySpan<byte>(length <= 12 ? place + 4 : *(byte**)(place + 8), (int)length);
    }

    /// <summary>The first byte says how many bits of the second do not count.</summary>
    private static string BitsOf(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (var part in bytes[1..]) text.Append(CultureInfo.InvariantCulture, $"{part:b8}");
        return text.ToString(bytes[0], text.Length - bytes[0]);
    }

    /// <summary>Stored with its first bit turned, so that it sorts as its text does.</summary>
    private static string UuidOf(UInt128 stored)
    {
        var text = (stored ^ (UInt128.One << 127)).ToString("x32", CultureInfo.InvariantCulture);
        return $"{text[..8]}-{text[8..12]}-{text[12..16]}-{text[16..20]}-{text[20..]}";
    }

    /// <summary>Microseconds of the day above 24 bits of how far the zone lies behind the easternmost there is.</summary>
    private static string TimeOfZone(ulong bits)
    {
        const int Easternmost = 57_599;
        var offset = TimeSpan.FromSeconds(Easternmost - (int)(bits & 0xFF_FFFF));
        return new SqlTimeOfDay((long)(bits >> 24)) + (offset < TimeSpan.Zero ? "-" : "+") + offset.ToString("hh\\:mm", CultureInfo.InvariantCulture);
    }

    private object NestedAt(ulong row)
    {
        if (_type.Id == DuckDBType.Struct) return new SqlStruct(_type, Array.ConvertAll(_members, member => member[row]));
        var entry = _type.Id == DuckDBType.Array ? new DuckDBListEntry(row * (ulong)_type.Members[0].Count, (ulong)_type.Members[0].Count) : At<DuckDBListEntry>(row);
        var (offset, length) = (entry.Offset, entry.Length);
        if (_type.Id == DuckDBType.Map)
        {
            var entries = new KeyValuePair<object, object?>[length];
            for (ulong i = 0; i < length; i++) entries[i] = new(_members[0][offset + i]!, _members[1][offset + i]);
            return new SqlMap(entries);
        }
        var list = new object?[length];
        for (ulong i = 0; i < length; i++) list[i] = _members[0][offset + i];
        return list;
    }
}
