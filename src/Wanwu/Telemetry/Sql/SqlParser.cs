using System.Globalization;
using System.Text;
using System.Text.Json;
using DuckDB.NET.Data;
using Wanwu.Telemetry.Sql.Reach;

namespace Wanwu.Telemetry.Sql;

/// <summary>Reads a query with DuckDB's own parser, so that what is checked is what will run. No data is near: the parser is a database of its own, empty and in memory.</summary>
internal sealed class SqlParser : IDisposable
{
    private const string OnlySelect = "Only one SELECT is allowed (WITH and VALUES belong to it): queries read, they change and set nothing.";
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 6_000 };
    private readonly Lock _turn = new();
    private DuckDBConnection? _connection;

    /// <summary>The query if it is allowed, or what is wrong with it.</summary>
    public (SqlStatement? Statement, SqlRefusal? Refusal) Read(string text)
    {
        if (text.Length > SqlRequest.MaxText) return Refuse($"The query has {text.Length} characters; {SqlRequest.MaxText} are allowed.");
        if (string.IsNullOrWhiteSpace(text)) return Refuse("The query is empty.");
        if (text.Contains('\0', StringComparison.Ordinal)) return Refuse("The query holds a zero character.");
        try
        {
            using var tree = JsonDocument.Parse(Ask("SELECT json_serialize_sql($1::VARCHAR)::VARCHAR", text), Deep);
            return Check(text, tree.RootElement);
        }
        catch (JsonException)
        {
            return Refuse("The query is nested too deep.");
        }
        catch (DuckDBException fault)
        {
            return (null, SqlFault.Of(fault.Message, text));
        }
    }

    private (SqlStatement? Statement, SqlRefusal? Refusal) Check(string text, JsonElement root)
    {
        if (root.GetProperty("error").GetBoolean()) return (null, FaultOf(root, text));
        var statements = root.GetProperty("statements");
        if (statements.GetArrayLength() != 1) return Refuse(OnlySelect);
        var check = new SqlCheck(text);
        return check.Run(statements[0]) is { } refusal ? (null, refusal) : (new SqlStatement(text, check.Views, check.Parameters, check.Views.Count > 0 ? UsesOf(statements[0]) : []), null);
    }

    private IReadOnlyList<SqlUse>? UsesOf(JsonElement statement)
    {
        try
        {
            return SqlUses.Of(statement, new SqlExpressions(tree => Ask("SELECT json_deserialize_sql($1::JSON)", tree)).Read);
        }
        catch (Exception fault) when (fault is KeyNotFoundException or InvalidOperationException or InsufficientExecutionStackException)
        {
            // Allowed, and of a form that is not known where its conditions are looked for.
            return null;
        }
    }

    private static SqlRefusal FaultOf(JsonElement root, string text)
    {
        var message = root.GetProperty("error_message").GetString()!;
        if (message.StartsWith("Only SELECT", StringComparison.Ordinal)) return new SqlRefusal(SqlRefusalKind.Wrong, OnlySelect);
        var at = root.TryGetProperty("position", out var position) && long.TryParse(position.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var offset) ? offset : -1;
        return SqlFault.At(text, at, message);
    }

    private static (SqlStatement?, SqlRefusal?) Refuse(string message) => (null, new SqlRefusal(SqlRefusalKind.Wrong, message));

    private string Ask(string question, string text)
    {
        lock (_turn)
        {
            _connection ??= Open();
            using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // One of two questions, written above.
            command.CommandText = question;
#pragma warning restore CA2100
            command.Parameters.Add(new DuckDBParameter(text));
            return (string)command.ExecuteScalar()!;
        }
    }

    private static DuckDBConnection Open()
    {
        var connection = new DuckDBConnection("DataSource=:memory:;memory_limit=128MiB;threads=1;enable_external_access=false;lock_configuration=true");
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public void Dispose() => _connection?.Dispose();
}

/// <summary>DuckDB's faults as somebody outside may read them.</summary>
internal static class SqlFault
{
    private const int MostText = 600;

    /// <param name="offset">Of the fault in the text's UTF-8 bytes; below 0 or beyond where it has no place.</param>
    public static SqlRefusal At(string text, long offset, string message)
    {
        if (offset < 0 || offset > Encoding.UTF8.GetByteCount(text)) return new SqlRefusal(SqlRefusalKind.Wrong, message);
        var before = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text).AsSpan(0, (int)offset));
        return new SqlRefusal(SqlRefusalKind.Wrong, message, before.Count(c => c == '\n') + 1, before.Length - (before.LastIndexOf('\n') + 1) + 1);
    }

    /// <summary>What the message says without its list of everything that would have been possible, and where in the query it is.</summary>
    public static SqlRefusal Of(string fault, string text)
    {
        var message = fault;
        var (line, column) = PlaceOf(message, text);
        foreach (var tail in new[] { "\n\nLINE ", "\nLINE ", "\n\tCandidate functions:", "\nCandidate functions:", "\n\nPossible solutions", "\nDid you mean" })
            if (message.IndexOf(tail, StringComparison.Ordinal) is > 0 and var at) message = message[..at];
        message = message.Trim();
        if (message.Length > MostText) message = message[..MostText] + "…";
        return new SqlRefusal(KindOf(fault), message, line, column);
    }

    /// <summary>By the message, because a fault found while a query is prepared comes without its type.</summary>
    private static SqlRefusalKind KindOf(string message) => message.Split(' ')[0] switch
    {
        "Out" when message.StartsWith("Out of Memory", StringComparison.Ordinal) => SqlRefusalKind.TooLarge,
        "Parser" or "Binder" or "Catalog" or "Syntax" => SqlRefusalKind.Wrong,
        _ => SqlRefusalKind.Failed,
    };

    /// <summary>DuckDB shows a piece of the line and a caret below it; the piece is found again in the line.</summary>
    private static (int? Line, int? Column) PlaceOf(string message, string text)
    {
        var at = message.LastIndexOf("\nLINE ", StringComparison.Ordinal);
        if (at < 0) return (null, null);
        var shown = message[(at + 6)..].Split('\n');
        var colon = shown[0].IndexOf(": ", StringComparison.Ordinal);
        if (colon < 0 || shown.Length < 2 || !int.TryParse(shown[0].AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var line)) return (null, null);
        var piece = shown[0][(colon + 2)..];
        var caret = shown[1].IndexOf('^', StringComparison.Ordinal) - "LINE : ".Length - colon;
        var lines = text.Split('\n');
        if (line < 1 || line > lines.Length) return (null, null);
        var cut = piece.StartsWith("...", StringComparison.Ordinal) ? 3 : 0;
        var start = lines[line - 1].IndexOf(piece[cut..].Replace("...", "", StringComparison.Ordinal), StringComparison.Ordinal);
        return start < 0 || caret < cut ? (line, null) : (line, start + caret - cut + 1);
    }
}
