using System.Text.Json.Serialization;

namespace Wanwu.Registry;

/// <summary>Where a thing stands between plan and scrap. The numbers are on disk: they may be added to, never changed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Lifecycle>))]
internal enum Lifecycle : byte
{
    /// <summary>Wanted, not there yet.</summary>
    [JsonStringEnumMemberName("planned")] Planned = 0,
    /// <summary>Mounted, not yet taken over.</summary>
    [JsonStringEnumMemberName("deployed")] Deployed = 1,
    [JsonStringEnumMemberName("inService")] InService = 2,
    [JsonStringEnumMemberName("underRepair")] UnderRepair = 3,
    /// <summary>Gone for good: it may not sign in or report, and its identifiers are free again. What it reported stays.</summary>
    [JsonStringEnumMemberName("retired")] Retired = 4,
}

/// <summary>Which step may follow which.</summary>
internal static class LifecycleSteps
{
    /// <summary>All of them, as a message lists them.</summary>
    public static readonly string Names = string.Join(", ", Enum.GetValues<Lifecycle>().Select(Text));

    public static bool MayBecome(this Lifecycle from, Lifecycle to) => from == to || (from, to) switch
    {
        (Lifecycle.Retired, _) => false,
        (_, Lifecycle.Retired) => true,
        (_, Lifecycle.Planned) => false,
        (Lifecycle.Planned, Lifecycle.UnderRepair) => false,
        _ => true,
    };

    public static string Text(this Lifecycle lifecycle) => lifecycle switch
    {
        Lifecycle.Planned => "planned",
        Lifecycle.Deployed => "deployed",
        Lifecycle.InService => "inService",
        Lifecycle.UnderRepair => "underRepair",
        _ => "retired",
    };

    public static bool TryParse(string? text, out Lifecycle lifecycle)
    {
        foreach (var known in Enum.GetValues<Lifecycle>())
        {
            lifecycle = known;
            if (known.Text() == text) return true;
        }
        lifecycle = default;
        return false;
    }
}
