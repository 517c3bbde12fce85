using Wanwu.Telemetry.Erasure;
using Wanwu.Telemetry.Log;

namespace Wanwu.Connect.Mqtt.Sessions;

/// <summary>What waits for subscribers, and retained messages: in memory, and in both snapshots of the sessions.</summary>
internal sealed class SessionErasure(ErasedMessages messages, MqttSessions sessions, RetainedMessages retained, DurableSessions durable, Journal journal, SnapshotFolder folder) : IErasurePlace
{
    /// <summary>As many snapshots are kept: what an older one holds is gone when so many new ones are there.</summary>
    private const int Snapshots = 2;

    public ErasureTurn Turn => ErasureTurn.Beside;

    public Task<IReadOnlyList<ErasedCount>> CountAsync(ErasureSubject subject, CancellationToken stop) => Task.Run<IReadOnlyList<ErasedCount>>(() =>
    {
        var fits = messages.Of(subject);
        return [new ErasedCount("waiting", sessions.All.Sum(session => (long)session.State.CountOf(fits))), new ErasedCount("retained", retained.All().Count(fits)), new ErasedCount("snapshots", InSnapshots(subject))];
    }, stop);

    private long InSnapshots(ErasureSubject subject)
    {
        var count = 0L;
        foreach (var (path, _) in folder.List())
        {
            try
            {
                SnapshotReader.Read(path, (in LogRecord record) =>
                {
                    if (messages.Takes(record, subject)) count++;
                });
            }
            catch (FileNotFoundException)
            {
                // A newer one was put in place, and this one is gone.
            }
        }
        return count;
    }

    public async Task EraseAsync(ErasureSubject subject, CancellationToken stop)
    {
        var fits = messages.Of(subject);
        foreach (var session in sessions.All) session.State.Revise(message => !fits(message), alsoSent: true);
        retained.Forget(fits, nothing =>
        {
            var payload = PayloadWriter.Mine;
            SessionRecords.Published(payload, nothing, 0, 0);
            return journal.Append(RecordType.Retained, payload, null);
        });
        // Whatever they held: records of the log that tell of it go next, and no start may need them.
        for (var i = 0; i < Snapshots; i++)
            if (!await durable.WriteAsync(stop)) throw new IOException("The sessions could not be written down without what is to be erased.");
    }
}
