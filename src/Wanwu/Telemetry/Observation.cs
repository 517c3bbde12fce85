using Wanwu.Things;

namespace Wanwu.Telemetry;

/// <summary>One value of one series at one time. The time it was received belongs to the message that brought it.</summary>
internal readonly record struct Observation(Series Series, Timestamp Time, Value Value, Quality Quality);
