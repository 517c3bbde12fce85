using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Telemetry.Corrections;

/// <summary>Who puts observations right, why, and what was there: one record of the log with the observations that stand from then on.</summary>
/// <param name="Number">Given once and never again; rises with time.</param>
/// <param name="Originals">What was there, in the order of the message's observations.</param>
internal sealed record CorrectionNote(long Number, CallerKind ByKind, string By, string Reason, IReadOnlyList<Original> Originals);

/// <summary>What an observation was before it was corrected.</summary>
internal readonly record struct Original(Value Value, Quality Quality, Timestamp Received);
