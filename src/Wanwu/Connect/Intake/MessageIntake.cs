using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Connect.Intake;

/// <summary>The way from any protocol's message to the log: whose it is, what it says, and where it is kept.</summary>
/// <remarks>Thread-safe; each reading loop brings its own <see cref="ReportBuffer"/> and <see cref="ReportingThing"/>s.</remarks>
internal sealed class MessageIntake(ObservationLog log, SeriesTable series, ThingDirectory things, ReportReader reader, AccessRules rules, TimeProvider clock)
{
    public ObservationLog Log => log;
    public ReportReader Reader => reader;
    public ThingDirectory Things => things;
    public int MaxPayloadBytes => reader.MaxPayloadBytes;
    public AccessRules Rules => rules;
    public TimeProvider Clock => clock;
    public Timestamp Now => Timestamp.Now(clock);
    /// <summary>Grows when the registry changes or who may do what: what was opened or refused at the same version still holds.</summary>
    public long Version => things.Version + rules.Version;

    /// <summary>The thing as the caller may report for it; otherwise the reason and a sentence.</summary>
    /// <param name="into">The series it reports into; those of the platform unless given.</param>
    public ReportingThing? Open(Caller caller, ThingId id, out RefusalReason reason, out string detail, SeriesTable? into = null)
    {
        (reason, detail) = (default, "");
        var entry = things.Find(id);
        // What a caller may not know of is for it not there; a thing knows whom it asks about.
        if (entry is null || (caller.Kind != CallerKind.Thing && !rules.May(caller, Permission.ReadThings, entry))) (reason, detail) = (RefusalReason.UnknownThing, $"There is no thing {id}.");
        else if (entry.IsRetired) (reason, detail) = (RefusalReason.ThingRetired, $"The thing {id} is retired; put it in service again before it reports.");
        else if (entry.Quarantine is { } quarantine) (reason, detail) = (RefusalReason.Quarantined, quarantine.Sentence(id));
        else if (!rules.May(caller, Permission.Report, entry)) (reason, detail) = (RefusalReason.NotAllowed, $"'{caller.Name}' may not report for {id}: only the thing itself, its gateway and callers with the permission to report may.");
        else return new ReportingThing(entry, (into ?? series).Of(id), reader.MaxPropertiesPerThing);
        return null;
    }

    public void Read(ReadOnlySpan<byte> payload, ReportingThing thing, Timestamp received, ReportBuffer into) => reader.Read(payload, thing, received, into);

    public void ReadEvent(ReadOnlySpan<byte> payload, ReportingThing thing, ReadOnlySpan<byte> name, Timestamp received, ReportBuffer into) =>
        reader.ReadEvent(payload, thing, name, received, into);

    /// <summary>Hands what was read to the log. A resend that the log has seen counts as repeated and is not stored again.</summary>
    /// <param name="receipt">What must be read back with the message, and never without it (<see cref="MessageRecord.Receipt"/>).</param>
    public AppendResult Append(string protocol, ThingId thing, Timestamp received, ReportBuffer read, ulong origin, bool resent, ICommitWaiter? waiter, ReadOnlySpan<byte> receipt = default, SenderPlace? place = null)
    {
        var record = new MessageRecord
        {
            Protocol = protocol, Thing = thing, Received = received, Origin = origin, Observations = read.Observations, Refusals = read.Refusals, Receipt = receipt, Place = place,
        };
        return Append(record, resent, waiter);
    }

    /// <summary>The same for one part of a message that is about several things.</summary>
    public AppendResult Append(in MessageRecord record, bool resent, ICommitWaiter? waiter) =>
        resent && log.SeenOrigin(record.Origin) ? log.AppendRepeat(record, waiter) : log.Append(record, waiter);
}
