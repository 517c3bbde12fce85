namespace Wanwu.Telemetry.Log;

/// <summary>What a start makes of the log: series, origins and latest values back in memory, and what the store has not loaded yet back in the tail.</summary>
internal sealed partial class LogReplay(SeriesTable series, ObservationLog log, ILogger<LogReplay> logger, ILogJournal? journal = null)
{
    /// <summary>Who has records of its own in the log, if anybody.</summary>
    public ILogJournal? Journal => journal;

    /// <summary>What the last start found. Null until it has run.</summary>
    public LogRecovery? Last { get; private set; }

    /// <param name="loaded">Position up to which the store has everything.</param>
    /// <param name="makeRoom">Called whenever the tail is full, to load some of it.</param>
    /// <returns>The position at which the log goes on.</returns>
    public long Run(string folder, long loaded, Action makeRoom, CancellationToken stop)
    {
        var segments = LogFolder.List(folder);
        var records = 0L;
        var strangers = new List<LogDamage>();
        var journalFrom = journal?.Begin(strangers) ?? long.MaxValue;
        var (scanned, damage) = LogScan.Read(segments, (in LogRecord record) =>
        {
            stop.ThrowIfCancellationRequested();
            if (record.Type is RecordType.Message) RememberOrigin(record);
            if (record.Position >= journalFrom) journal!.Replay(record, strangers);
            if (record.Position < loaded) return;
            records++;
            Apply(record, strangers);
            var end = record.Position + record.Bytes.Length;
            log.Tail.Add(record.Bytes, end);
            if (log.Tail.Bytes >= log.MaxUnloaded) makeRoom();
        }, stop);
        if (segments.Count > 0 && segments[0].First > loaded)
            damage.Insert(0, new LogDamage(LogDamageKind.Missing, segments[0].Path, loaded, segments[0].First - loaded));
        var end = Math.Max(scanned, loaded);
        if (journal is not null) log.Journal = journal;
        journal?.Replayed(end);
        Last = new LogRecovery(loaded, end, records, [.. damage, .. strangers]);
        foreach (var found in Last.Damage) Damaged(found.Kind, found.File, found.Position, found.Bytes);
        Replayed(records, loaded, end);
        return end;
    }

    private void RememberOrigin(in LogRecord record)
    {
        var reader = new RecordReader(record.Payload);
        log.RememberOrigin(reader.Head().Origin);
    }

    private void Apply(in LogRecord record, List<LogDamage> strangers)
    {
        var reader = new RecordReader(record.Payload);
        if (record.Type == RecordType.SeriesDefinition)
        {
            var (number, thing, property) = reader.Definition();
            if (series.Restore(number, thing, property) is { } defined) defined.IsDefined = true;
        }
        if (record.Type is not (RecordType.Message or RecordType.Correction)) return;
        if (record.Type == RecordType.Correction) reader.SkipNote();
        var head = reader.Head();
        var count = reader.Int32();
        _ = reader.Int32();
        for (var i = 0; i < count; i++)
        {
            var recorded = reader.Observation();
            if (series.Find(recorded.Series) is not { } known)
            {
                strangers.Add(new LogDamage(LogDamageKind.UnknownSeries, "", record.Position, record.Bytes.Length));
                continue;
            }
            var time = new Things.Timestamp(recorded.Time);
            known.OfferLatest(new Observation(known, time, recorded.ToValue(), recorded.Quality), head.Received, record.Type == RecordType.Correction);
            known.Commit(time, record.Position + record.Bytes.Length, 0);
        }
    }

    [LoggerMessage(3010, LogLevel.Information, "Log replayed: {Records} records from position {From} to {To}")]
    private partial void Replayed(long records, long from, long to);

    [LoggerMessage(3011, LogLevel.Warning, "Log damage, {Kind}: {Bytes} bytes of {File} at position {Position} are no whole record; everything else was kept")]
    private partial void Damaged(LogDamageKind kind, string file, long position, long bytes);
}
