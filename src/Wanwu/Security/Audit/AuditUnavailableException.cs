namespace Wanwu.Security.Audit;

/// <summary>The trail cannot be written, so what would have to be recorded is refused.</summary>
internal sealed class AuditUnavailableException(string message, Exception? inner = null) : IOException(message, inner);
