using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Wanwu.Telemetry.Store;

/// <summary>A connection that keeps what every question asks prepared: planning such a statement costs ten times what answering it does.</summary>
/// <remarks>Used by one thread at a time, as any connection.</remarks>
internal sealed class StoreConnection(string settings) : DuckDBConnection(settings)
{
    private readonly Dictionary<string, DuckDBPreparedStatement> _known = new(StringComparer.Ordinal);

    /// <summary>The one number a constant statement answers.</summary>
    /// <exception cref="StoreReadException">The statement failed, or was interrupted.</exception>
    public long Known(string sql)
    {
        if (!_known.TryGetValue(sql, out var statement)) _known[sql] = statement = Prepare(sql);
        using var rows = new NumberRows(statement);
        return rows.Read() ? rows.Int64(0) : throw new StoreException($"There is no answer to: {sql}");
    }

    private DuckDBPreparedStatement Prepare(string sql)
    {
        if (NativeMethods.PreparedStatements.DuckDBPrepare(NativeConnection, sql, out var statement).IsSuccess()) return statement;
        using (statement) throw new StoreReadException(NativeMethods.PreparedStatements.DuckDBPrepareError(statement), DuckDBErrorType.Invalid);
    }

    protected override void Dispose(bool disposing)
    {
        // A statement holds the database open as long as it lives.
        foreach (var statement in _known.Values) statement.Dispose();
        _known.Clear();
        base.Dispose(disposing);
    }
}
