using System.Text.Json.Serialization;

namespace Wanwu.Things;

/// <summary>What is known about the trust a value deserves. Carried with every observation from device to export, never dropped.</summary>
/// <remarks>
/// The numbers are on disk: they may be added to, never changed. The meanings cover the data flags of HJ 212-2017 table A (N, M, C, T, D, B …),
/// the quality of OPC UA and the data status of GB/T 32960; each protocol's sheet says how its own flags map.
/// </remarks>
[JsonConverter(typeof(JsonStringEnumConverter<Quality>))]
public enum Quality : byte
{
    /// <summary>Measured in normal operation.</summary>
    [JsonStringEnumMemberName("good")] Good = 0,
    /// <summary>The value stands but something about it is doubtful; set by checks at ingest or by the device.</summary>
    [JsonStringEnumMemberName("suspect")] Suspect = 1,
    /// <summary>The device was under maintenance.</summary>
    [JsonStringEnumMemberName("maintenance")] Maintenance = 2,
    /// <summary>The device was being calibrated.</summary>
    [JsonStringEnumMemberName("calibration")] Calibration = 3,
    /// <summary>Above the measuring range.</summary>
    [JsonStringEnumMemberName("overRange")] OverRange = 4,
    /// <summary>Below the measuring range or the detection limit.</summary>
    [JsonStringEnumMemberName("underRange")] UnderRange = 5,
    /// <summary>The device reported a fault of its own.</summary>
    [JsonStringEnumMemberName("fault")] Fault = 6,
    /// <summary>The device could not reach its sensor.</summary>
    [JsonStringEnumMemberName("offline")] Offline = 7,
    /// <summary>Due, and known to be absent: the row says that nothing was measured.</summary>
    [JsonStringEnumMemberName("missing")] Missing = 8,
    /// <summary>Put in by a person or estimated, not measured.</summary>
    [JsonStringEnumMemberName("substituted")] Substituted = 9,
    /// <summary>Out of operation or stopped by plan.</summary>
    [JsonStringEnumMemberName("stopped")] Stopped = 10,
}
