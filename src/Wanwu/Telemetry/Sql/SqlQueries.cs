using System.Text.Json;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Microsoft.Extensions.Options;
using Wanwu.Security.Access;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Sql;

/// <summary>What became of a query: its rows are in the output, or it was refused.</summary>
/// <param name="Cut">Why not all rows are there: <c>rows</c> or <c>bytes</c>; null when they are.</param>
internal sealed record SqlAnswer(SqlOutput Output, int Rows, string? Cut, TimeSpan Took);

/// <summary>Runs the SQL of people and programs: checked, in their name, and within bounds.</summary>
/// <remarks>Each query has a connection of its own to the store, which sees nothing but what was made for it and is closed behind it. The right to ask at all is checked by the caller.</remarks>
internal sealed class SqlQueries(SqlParser parser, SqlViews views, SqlTurns turns, StoreDatabase database, StoreLoader loader, SqlClock clock)
{
    /// <summary>Interrupted when <paramref name="stop"/> says so: then nobody is left to tell.</summary>
    /// <param name="makeOutput">Called anew when the query has to be put again.</param>
    /// <exception cref="StoreException">The store cannot be read at present.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for the answer any more.</exception>
    public async Task<(SqlAnswer? Answer, SqlRefusal? Refusal)> RunAsync(SqlRequest request, Caller caller, Func<SqlOutput> makeOutput, CancellationToken stop)
    {
        var started = clock.Start();
        var (statement, wrong) = parser.Read(request.Text);
        if (statement is null) return (null, wrong);
        if (SqlParameters.FaultOf(statement, request) is { } fault) return (null, fault);
        using var deadline = clock.Deadline();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, deadline.Token);
        try
        {
            using var turn = await turns.TakeAsync(caller, both.Token);
            if (turn is null) return (null, new SqlRefusal(SqlRefusalKind.TooMany, "You have as many queries under way as you may. Wait for one of them, or cancel it."));
            if (statement.Views.Count > 0) await loader.LoadedAsync(both.Token);
            var run = new SqlRun(request, clock.Options);
            var answer = await turns.RunAsync(() => database.Alone((connection, cold, token) =>
            {
                connection.Execute($"SET SESSION TimeZone = {ColdSql.Quote(request.Zone.Id)}");
                Create(connection, cold, statement, request, caller);
                return run.Answer(connection, makeOutput(), token);
            }, both.Token));
            return (answer with { Took = clock.Since(started) }, null);
        }
        catch (SqlRefusedException refused)
        {
            return (null, refused.Refusal);
        }
        catch (GaveWayException)
        {
            return (null, new SqlRefusal(SqlRefusalKind.GaveWay, "The query was ended because what comes in needed its memory. Ask for less, or later."));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (null, new SqlRefusal(SqlRefusalKind.TooLong, $"The query took longer than {clock.Options.TimeoutSeconds} s and was interrupted. Ask for a shorter stretch of time, or fewer things."));
        }
    }

    /// <summary>A file whose end is damaged fails when the view over it is made.</summary>
    private void Create(DuckDBConnection connection, ColdView cold, SqlStatement statement, SqlRequest request, Caller caller)
    {
        try
        {
            views.Create(connection, cold, statement, request, caller);
        }
        catch (StoreException fault) when (fault is not StoreReadException && cold.Named.Count > 0 && !StoreDatabase.IsShortOfMemory(fault))
        {
            throw new StoreReadException(fault.Message, DuckDBErrorType.Io);
        }
    }
}

/// <summary>How long a query may take, and how long it took.</summary>
internal sealed class SqlClock(IOptions<SqlOptions> options, TimeProvider clock)
{
    public SqlOptions Options => options.Value;

    public long Start() => clock.GetTimestamp();

    public TimeSpan Since(long started) => clock.GetElapsedTime(started);

    public CancellationTokenSource Deadline() => new(TimeSpan.FromSeconds(Options.TimeoutSeconds), clock);
}

/// <summary>One query on a connection that is ready for it.</summary>
internal sealed class SqlRun(SqlRequest request, SqlOptions options)
{
    public SqlAnswer Answer(DuckDBConnection connection, SqlOutput output, CancellationToken stop)
    {
        // From here on only what was made for this query has a name.
        connection.Execute("SET SESSION search_path = 'temp'");
        try
        {
            return Read(connection, output, stop);
        }
        catch (StoreReadException fault) when (IsOfTheQuery(fault))
        {
            stop.ThrowIfCancellationRequested();
            throw new SqlRefusedException(SqlFault.Of(fault.Message, request.Text));
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException or OverflowException)
        {
            // What DuckDB may hold and no form of an answer may.
            throw new SqlRefusedException(new SqlRefusal(SqlRefusalKind.Failed, $"A value of the answer cannot be written: cast it to VARCHAR. ({fault.Message})"));
        }
    }

    /// <summary>Everything else may be a damaged file, which is looked for before the query is put again.</summary>
    private static bool IsOfTheQuery(StoreReadException fault) => fault.ErrorType switch
    {
        DuckDBErrorType.Io or DuckDBErrorType.Interrupt or DuckDBErrorType.Fatal or DuckDBErrorType.Internal
            or DuckDBErrorType.Serialization => false,
        DuckDBErrorType.InvalidInput or DuckDBErrorType.Invalid => !fault.Message.Contains(ColdFiles.Extension, StringComparison.Ordinal),
        _ => true,
    };

    private SqlAnswer Read(DuckDBConnection connection, SqlOutput output, CancellationToken stop)
    {
        using var reader = new SqlRows(connection, request.Text, request.Parameters);
        output.Begin(reader.Columns);
        var cells = new object?[reader.Columns.Count];
        var rows = 0;
        while (reader.Next())
        {
            for (ulong row = 0; row < reader.Count; row++)
            {
                stop.ThrowIfCancellationRequested();
                if (rows == request.Limit) return new SqlAnswer(output, rows, "rows", default);
                reader.Read(row, cells);
                output.Row(cells);
                rows++;
                if (output.Bytes > (long)options.ResultMegabytes << 20) return new SqlAnswer(output, rows, "bytes", default);
            }
        }
        stop.ThrowIfCancellationRequested();
        return new SqlAnswer(output, rows, null, default);
    }
}

/// <summary>Whether the parameters are those of the query.</summary>
internal static class SqlParameters
{
    public static SqlRefusal? FaultOf(SqlStatement statement, SqlRequest request)
    {
        var missing = statement.Parameters.Where(name => !request.Parameters.ContainsKey(name)).Order(StringComparer.Ordinal).ToList();
        if (missing.Count > 0) return Refuse($"The query has parameters without a value: {string.Join(", ", missing.Select(name => "$" + name))}.");
        foreach (var (name, value) in request.Parameters)
        {
            if (!statement.Parameters.Contains(name)) return Refuse($"The query has no parameter ${name}.");
            if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array) return Refuse($"The parameter ${name} is no text, number, true, false or null.");
            if (value.ValueKind == JsonValueKind.String && value.GetString()!.Contains('\0', StringComparison.Ordinal)) return Refuse($"The parameter ${name} holds a zero character.");
        }
        return null;
    }

    private static SqlRefusal Refuse(string message) => new(SqlRefusalKind.Wrong, message);
}
