namespace Wanwu.Simulator.Recordings;

/// <summary>What was measured at one instant; properties without a measurement are not in it.</summary>
internal sealed record RecordedRow(Timestamp Time, IReadOnlyList<RecordedValue> Values);

internal readonly record struct RecordedValue(string Property, Value Value, Quality Quality);
