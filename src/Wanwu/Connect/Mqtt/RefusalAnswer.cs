using Wanwu.Connect.Intake;
using Wanwu.Protocols.Mqtt;
using Wanwu.Telemetry;

namespace Wanwu.Connect.Mqtt;

/// <summary>What an MQTT 5 client is told of a message that was refused, wholly or in part.</summary>
internal static class RefusalAnswer
{
    private const int MaxReason = 400;

    /// <summary>A message of which something was stored is a success: the reason string says what was not.</summary>
    public static ReasonCode Code(ReportBuffer read) => read.Observations.Length > 0 ? ReasonCode.Success : read.Refusals[0].Reason switch
    {
        RefusalReason.UnknownTopic or RefusalReason.UnknownThing => ReasonCode.TopicNameInvalid,
        RefusalReason.NotAllowed or RefusalReason.ThingRetired or RefusalReason.Quarantined => ReasonCode.NotAuthorized,
        _ => ReasonCode.PayloadFormatInvalid,
    };

    public static string? Sentence(ReportBuffer read)
    {
        var detail = read.Refusals[0].Detail;
        // Test suites publish there to see that nobody hears it, and read nothing behind the code.
        if (ReferenceEquals(detail, PublishTargets.ServersOwn)) return null;
        if (read.Count > 1) detail = $"{read.Refused} of {read.Count} values refused. {detail}";
        return detail.Length > MaxReason ? detail[..MaxReason] + "…" : detail;
    }
}
