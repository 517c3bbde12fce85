using DuckDB.NET.Data;
using DuckDB.NET.Native;
using NativeAppender = DuckDB.NET.Native.DuckDBAppender;

namespace Wanwu.Telemetry.Store;

/// <summary>Fills a table column by column: values go straight into DuckDB's own vectors, with no object per row.</summary>
/// <remarks>Belongs to one connection and its open transaction. Rows count once <see cref="Finish"/> has run and the transaction has committed.</remarks>
internal sealed unsafe class ColumnAppender : IDisposable
{
    private readonly NativeAppender _appender;
    private readonly DuckDBLogicalType[] _types;
    private readonly DuckDBDataChunk _chunk;
    private readonly nint[] _vectors;
    private readonly nint[] _data;
    private readonly nint[] _validity;
    private readonly int _capacity = (int)NativeMethods.Helpers.DuckDBVectorSize();
    private int _row;

    public ColumnAppender(DuckDBConnection connection, string table, string? catalog = null)
    {
        var state = NativeMethods.Appender.DuckDBAppenderCreateExt(connection.NativeConnection, catalog, null, table, out _appender);
        if (!state.IsSuccess()) throw Failure();
        var columns = (int)NativeMethods.Appender.DuckDBAppenderColumnCount(_appender);
        _types = new DuckDBLogicalType[columns];
        (_vectors, _data, _validity) = (new nint[columns], new nint[columns], new nint[columns]);
        for (var i = 0; i < columns; i++) _types[i] = NativeMethods.Appender.DuckDBAppenderColumnType(_appender, (ulong)i);
        _chunk = NativeMethods.DataChunks.DuckDBCreateDataChunk([.. _types.Select(type => type.DangerousGetHandle())], (ulong)columns);
        Point();
    }

    public void Int32(int column, int value) => ((int*)_data[column])[_row] = value;
    public void Int64(int column, long value) => ((long*)_data[column])[_row] = value;
    public void UInt16(int column, ushort value) => ((ushort*)_data[column])[_row] = value;
    public void Byte(int column, byte value) => ((byte*)_data[column])[_row] = value;
    public void Double(int column, double value) => ((double*)_data[column])[_row] = value;

    /// <summary>A text in UTF-8, or bytes.</summary>
    public void Text(int column, ReadOnlySpan<byte> value)
    {
        fixed (byte* bytes = value)
        {
            byte nothing = 0;
            NativeMethods.Vectors.DuckDBVectorAssignStringElementLength(_vectors[column], (ulong)_row, bytes is null ? &nothing : bytes, value.Length);
        }
    }

    public void Text(int column, string? value)
    {
        if (value is null) Null(column);
        else Text(column, System.Text.Encoding.UTF8.GetBytes(value));
    }

    public void Null(int column)
    {
        if (_validity[column] == 0)
        {
            NativeMethods.Vectors.DuckDBVectorEnsureValidityWritable(_vectors[column]);
            _validity[column] = (nint)NativeMethods.Vectors.DuckDBVectorGetValidity(_vectors[column]);
        }
        ((ulong*)_validity[column])[_row >> 6] &= ~(1UL << (_row & 63));
    }

    /// <summary>The row is complete.</summary>
    public void Next()
    {
        if (++_row == _capacity) Hand();
    }

    /// <summary>Hands over what is left and checks that all of it was taken.</summary>
    public void Finish()
    {
        if (_row > 0) Hand();
        if (!NativeMethods.Appender.DuckDBAppenderFlush(_appender).IsSuccess()) throw Failure();
    }

    private void Hand()
    {
        NativeMethods.DataChunks.DuckDBDataChunkSetSize(_chunk, (ulong)_row);
        if (!NativeMethods.Appender.DuckDBAppendDataChunk(_appender, _chunk).IsSuccess()) throw Failure();
        NativeMethods.DataChunks.DuckDBDataChunkReset(_chunk);
        _row = 0;
        Point();
    }

    private void Point()
    {
        for (var i = 0; i < _vectors.Length; i++)
        {
            _vectors[i] = NativeMethods.DataChunks.DuckDBDataChunkGetVector(_chunk, i);
            _data[i] = (nint)NativeMethods.Vectors.DuckDBVectorGetData(_vectors[i]);
            _validity[i] = 0;
        }
    }

    private StoreException Failure()
    {
        using var fault = NativeMethods.Appender.DuckDBAppenderErrorData(_appender);
        return new StoreException(NativeMethods.ErrorData.DuckDBErrorDataMessage(fault));
    }

    public void Dispose()
    {
        _chunk?.Dispose();
        foreach (var type in _types ?? []) type?.Dispose();
        _appender.Dispose();
    }
}

/// <summary>The store could not do what was asked of it. Nothing acknowledged is lost: it is in the log.</summary>
internal class StoreException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A query that was read without a command failed: DuckDB's message and what kind of fault it is.</summary>
internal sealed class StoreReadException(string message, DuckDBErrorType type) : StoreException(message)
{
    public DuckDBErrorType ErrorType => type;
}
