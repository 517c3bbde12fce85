using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Wanwu.Telemetry.Store;

/// <summary>Rows of numbers that a statement answered, straight from DuckDB's memory: nothing is made of a row but what is asked for.</summary>
internal sealed unsafe class NumberRows : IDisposable
{
    private DuckDBResult _result;
    private DuckDBDataChunk? _chunk;
    private readonly nint[] _data;
    private readonly nint[] _validity;
    private int _row = -1, _rows;

    /// <exception cref="StoreReadException">The statement failed, or was interrupted.</exception>
    public NumberRows(DuckDBConnection connection, string sql) : this(NativeMethods.Query.DuckDBQuery(connection.NativeConnection, sql, out var result), result) { }

    /// <inheritdoc cref="NumberRows(DuckDBConnection, string)"/>
    public NumberRows(DuckDBPreparedStatement statement) : this(NativeMethods.PreparedStatements.DuckDBExecutePrepared(statement, out var result), result) { }

    private NumberRows(DuckDBState state, DuckDBResult result)
    {
        _result = result;
        if (!state.IsSuccess())
        {
            var fault = new StoreReadException(NativeMethods.Query.DuckDBResultError(ref _result), NativeMethods.Query.DuckDBResultErrorType(ref _result));
            NativeMethods.Query.DuckDBDestroyResult(ref _result);
            throw fault;
        }
        var columns = (int)NativeMethods.Query.DuckDBColumnCount(ref _result);
        (_data, _validity) = (new nint[columns], new nint[columns]);
    }

    /// <summary>Goes to the next row; false behind the last.</summary>
    public bool Read()
    {
        if (++_row < _rows) return true;
        _chunk?.Dispose();
        _chunk = NativeMethods.Query.DuckDBFetchChunk(_result);
        (_row, _rows) = (0, _chunk.IsInvalid ? 0 : (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(_chunk));
        if (_rows == 0) return false;
        for (var i = 0; i < _data.Length; i++)
        {
            var vector = NativeMethods.DataChunks.DuckDBDataChunkGetVector(_chunk, i);
            (_data[i], _validity[i]) = ((nint)NativeMethods.Vectors.DuckDBVectorGetData(vector), (nint)NativeMethods.Vectors.DuckDBVectorGetValidity(vector));
        }
        return true;
    }

    public bool IsNull(int column) => _validity[column] != 0 && (((ulong*)_validity[column])[_row >> 6] >> (_row & 63) & 1) == 0;

    /// <summary>A BIGINT.</summary>
    public long Int64(int column) => ((long*)_data[column])[_row];

    /// <summary>An INTEGER.</summary>
    public int Int32(int column) => ((int*)_data[column])[_row];

    /// <summary>A DOUBLE; zero where there is none.</summary>
    public double Double(int column) => IsNull(column) ? 0 : ((double*)_data[column])[_row];

    public void Dispose()
    {
        _chunk?.Dispose();
        NativeMethods.Query.DuckDBDestroyResult(ref _result);
    }
}
