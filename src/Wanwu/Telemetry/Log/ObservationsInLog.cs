using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Telemetry.Log;

/// <summary>Reads observations back from the log, for somebody who has fallen behind it.</summary>
internal sealed class ObservationsInLog(SeriesTable series, DataFolder data)
{
    /// <param name="position">Log position of the message's record.</param>
    public delegate void Visitor(in Observation observation, long position);

    /// <summary>Every observation committed from <paramref name="from"/> on and before <paramref name="to"/>, as far as the log still has them.</summary>
    public void Read(long from, long to, Visitor visit, CancellationToken stop)
    {
        var segments = LogFolder.List(Path.Combine(data.Path, "log"));
        var concerned = segments.Where((segment, i) => segment.First < to && (i + 1 == segments.Count || segments[i + 1].First > from)).ToList();
        LogScan.Read(concerned, (in LogRecord record) =>
        {
            stop.ThrowIfCancellationRequested();
            // Behind the end lies what is being written at this moment.
            if (record.Type is RecordType.Message or RecordType.Correction && record.Position >= from && record.Position < to) Visit(record, visit);
        }, stop);
    }

    private void Visit(in LogRecord record, Visitor visit)
    {
        var reader = new RecordReader(record.Payload);
        if (record.Type == RecordType.Correction) reader.SkipNote();
        reader.Head();
        var count = reader.Int32();
        reader.Int32();
        for (var i = 0; i < count; i++)
        {
            var recorded = reader.Observation();
            if (series.Find(recorded.Series) is { } known) visit(new Observation(known, new Timestamp(recorded.Time), recorded.ToValue(), recorded.Quality), record.Position);
        }
    }
}
