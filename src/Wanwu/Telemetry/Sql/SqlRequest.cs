using System.Globalization;
using System.Text.Json;

namespace Wanwu.Telemetry.Sql;

/// <summary>A question in SQL, as somebody put it.</summary>
/// <param name="Parameters">By name, or by number (<c>1</c>, <c>2</c> …); values as JSON has them.</param>
/// <param name="Zone">The zone in which days are cut and times are written.</param>
/// <param name="Language">The language of names.</param>
internal sealed record SqlRequest(string Text, IReadOnlyDictionary<string, JsonElement> Parameters, int Limit, TimeZoneInfo Zone, CultureInfo Language)
{
    public const int DefaultLimit = 1_000;

    /// <summary>Longest text of a query, in UTF-16 code units.</summary>
    public const int MaxText = 32 * 1024;

    public static readonly IReadOnlyDictionary<string, JsonElement> NoParameters = new Dictionary<string, JsonElement>();
}

/// <summary>Why a query gets no answer.</summary>
internal enum SqlRefusalKind : byte
{
    /// <summary>It cannot be read, or asks for what is not allowed or not there.</summary>
    Wrong,
    /// <summary>It is allowed and went wrong with these values: a text that is no number, a sum too large.</summary>
    Failed,
    /// <summary>It took longer than it may.</summary>
    TooLong,
    /// <summary>It needed more memory, or more room for what does not fit into it, than it may have.</summary>
    TooLarge,
    /// <summary>The store needed what the query had.</summary>
    GaveWay,
    /// <summary>The caller has as many queries under way as it may.</summary>
    TooMany,
}

/// <summary>What is wrong with a query.</summary>
/// <param name="Line">Counted from 1; null where the fault has no place.</param>
/// <param name="Column">Counted from 1 in characters.</param>
internal sealed record SqlRefusal(SqlRefusalKind Kind, string Message, int? Line = null, int? Column = null);

/// <summary>Carries a refusal out of a transaction, which is to be rolled back.</summary>
internal sealed class SqlRefusedException(SqlRefusal refusal) : Exception(refusal.Message)
{
    public SqlRefusal Refusal => refusal;
}
