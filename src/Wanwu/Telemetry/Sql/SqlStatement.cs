using Wanwu.Telemetry.Sql.Reach;

namespace Wanwu.Telemetry.Sql;

/// <summary>A query that was read and found to be allowed.</summary>
/// <param name="Views">Names of the views it reads, in lower case.</param>
/// <param name="Parameters">Names of its parameters: numbers for those without a name.</param>
/// <param name="Uses">Where it reads the views, and which rows at most; null where that is not known.</param>
internal sealed record SqlStatement(string Text, IReadOnlySet<string> Views, IReadOnlySet<string> Parameters, IReadOnlyList<SqlUse>? Uses);
