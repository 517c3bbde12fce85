using System.Text.Json;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Sql;

/// <summary>The rows of a running query, a portion at a time and straight from DuckDB's memory: with the whole type of every column, and with what is null at any depth.</summary>
internal sealed class SqlRows : IDisposable
{
    private readonly DuckDBPreparedStatement _statement;
    private DuckDBResult _result;
    private DuckDBDataChunk? _portion;
    private SqlVector[] _vectors = [];

    /// <exception cref="StoreReadException">DuckDB refuses the query, or it failed.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public SqlRows(DuckDBConnection connection, string text, IReadOnlyDictionary<string, JsonElement> parameters)
    {
        var state = NativeMethods.PreparedStatements.DuckDBPrepare(connection.NativeConnection, text, out _statement);
        if (!state.IsSuccess())
        {
            var message = NativeMethods.PreparedStatements.DuckDBPrepareError(_statement);
            _statement.Dispose();
            throw new StoreReadException(message, DuckDBErrorType.Invalid);
        }
        try
        {
            foreach (var (name, value) in parameters) Bind(name, value);
            if (!NativeMethods.PreparedStatements.DuckDBExecutePreparedStreaming(_statement, out _result).IsSuccess()) throw Failure();
            Columns = [.. Enumerable.Range(0, (int)NativeMethods.Query.DuckDBColumnCount(ref _result)).Select(ColumnAt)];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyList<SqlResultColumn> Columns { get; }

    /// <summary>Rows of the portion.</summary>
    public ulong Count { get; private set; }

    /// <summary>Goes to the next portion; false behind the last.</summary>
    /// <exception cref="StoreReadException">The query failed.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public bool Next()
    {
        _portion?.Dispose();
        _portion = NativeMethods.StreamingResult.DuckDBStreamFetchChunk(_result);
        Count = _portion.IsInvalid ? 0 : NativeMethods.DataChunks.DuckDBDataChunkGetSize(_portion);
        if (Count == 0)
        {
            if (!string.IsNullOrEmpty(NativeMethods.Query.DuckDBResultError(ref _result))) throw Failure();
            return false;
        }
        _vectors = [.. Columns.Select((column, index) => new SqlVector(column.Of, NativeMethods.DataChunks.DuckDBDataChunkGetVector(_portion, index)))];
        return true;
    }

    public void Read(ulong row, object?[] cells)
    {
        for (var column = 0; column < cells.Length; column++) cells[column] = _vectors[column][row];
    }

    private SqlResultColumn ColumnAt(int index)
    {
        using var type = NativeMethods.Query.DuckDBColumnLogicalType(ref _result, index);
        return new SqlResultColumn(NativeMethods.Query.DuckDBColumnName(ref _result, index), SqlType.Of(type));
    }

    /// <summary>Typed as JSON types it; DuckDB casts it where the query wants another type.</summary>
    private void Bind(string name, JsonElement value)
    {
        if (!NativeMethods.PreparedStatements.DuckDBBindParameterIndex(_statement, out var index, name).IsSuccess()) throw new InvalidOperationException($"There is no parameter ${name}.");
        var state = value.ValueKind switch
        {
            JsonValueKind.String => NativeMethods.PreparedStatements.DuckDBBindVarchar(_statement, index, value.GetString()!),
            JsonValueKind.True or JsonValueKind.False => NativeMethods.PreparedStatements.DuckDBBindBoolean(_statement, index, value.GetBoolean()),
            JsonValueKind.Number when value.TryGetInt64(out var whole) => NativeMethods.PreparedStatements.DuckDBBindInt64(_statement, index, whole),
            JsonValueKind.Number => NativeMethods.PreparedStatements.DuckDBBindDouble(_statement, index, value.GetDouble()),
            _ => NativeMethods.PreparedStatements.DuckDBBindNull(_statement, index),
        };
        if (!state.IsSuccess()) throw new InvalidOperationException($"The parameter ${name} was not taken.");
    }

    private Exception Failure()
    {
        var (message, type) = (NativeMethods.Query.DuckDBResultError(ref _result), NativeMethods.Query.DuckDBResultErrorType(ref _result));
        return type == DuckDBErrorType.Interrupt ? new OperationCanceledException() : new StoreReadException(string.IsNullOrEmpty(message) ? "The query failed." : message, type);
    }

    public void Dispose()
    {
        _portion?.Dispose();
        _result.Close();
        _statement.Dispose();
    }
}
