namespace Wanwu.Telemetry.Log;

/// <summary>Reads the segments of a log in order and hands every whole record over; says what was damaged instead of stopping at it.</summary>
internal static class LogScan
{
    public delegate void Visitor(in LogRecord record);

    /// <returns>Position behind the last whole record, and the damage found.</returns>
    /// <exception cref="InvalidDataException">A segment was written by a later version.</exception>
    public static (long End, List<LogDamage> Damage) Read(IReadOnlyList<Segment> segments, Visitor visit, CancellationToken stop = default)
    {
        var damage = new List<LogDamage>();
        var end = 0L;
        for (var i = 0; i < segments.Count; i++)
        {
            stop.ThrowIfCancellationRequested();
            using var reader = new SegmentReader(segments[i]);
            if (!reader.IsKnownVersion)
                throw new InvalidDataException($"{segments[i].Path} was written by a later version of Wanwu; this one reads version {LogFormat.Version}.");
            if (end != 0 && segments[i].First > end)
                damage.Add(new LogDamage(LogDamageKind.Missing, segments[i].Path, end, segments[i].First - end));
            while (reader.TryRead(out var record)) visit(record);
            Report(reader, isLast: i == segments.Count - 1, damage);
            if (reader.HeaderIsWhole || reader.End > LogFormat.HeaderBytes) end = Math.Max(end, segments[i].First + reader.End);
        }
        return (end, damage);
    }

    private static void Report(SegmentReader reader, bool isLast, List<LogDamage> damage)
    {
        var (path, first) = reader.Segment;
        // A last file shorter than its head, or all zero, is a segment whose making was cut off.
        if (!reader.HeaderIsWhole && !(isLast && reader.End == LogFormat.HeaderBytes))
            damage.Add(new LogDamage(LogDamageKind.Header, path, first, LogFormat.HeaderBytes));
        foreach (var (offset, length) in reader.Gaps)
            damage.Add(new LogDamage(LogDamageKind.Unreadable, path, first + offset, length));
        if (reader.Tail is { } tail)
            damage.Add(new LogDamage(isLast ? LogDamageKind.TornTail : LogDamageKind.Unreadable, path, first + tail.Offset, tail.Length));
    }
}
