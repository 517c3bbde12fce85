using Wanwu.Connect.Intake;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt.Mappings;

/// <summary>Hands a message to the log: as one record, or where it is about several things as one for each.</summary>
internal static class MessageParts
{
    /// <param name="receipt">Kept with the last part; null for none.</param>
    /// <param name="done">Parts the log has taken already. When it is full in between, the caller comes back with the same message and this number.</param>
    public static AppendResult Append(MessageIntake intake, Timestamp received, ReportBuffer read, ulong origin, bool resent, ICommitWaiter? waiter, MessageReceipt? receipt, SenderPlace? place, ref int done)
    {
        if (read.Parts == 1) return intake.Append("mqtt", read.Thing ?? default, received, read, origin, resent, waiter, receipt is { } one ? one.With(origin) : default, place);
        AppendResult result = default;
        for (var from = read.Part(done - 1); done < read.Parts; done++)
        {
            var part = read.Part(done);
            var own = origin == 0 ? 0 : origin + (ulong)done;
            result = intake.Append(new MessageRecord
            {
                Protocol = "mqtt", Thing = part.Thing ?? default, Received = received, Origin = own,
                Observations = read.Observations[from.Observations..part.Observations], Refusals = read.Refusals[from.Refusals..part.Refusals],
                Receipt = receipt is { } last && done == read.Parts - 1 ? last.With(own) : default, Place = place,
            }, resent, waiter);
            if (result.Outcome == AppendOutcome.Full) return result;
            if (result.Outcome == AppendOutcome.NoRoom) break;
            from = part;
        }
        done = 0;
        return result;
    }
}
