namespace Wanwu.Telemetry.Log;

/// <summary>Writes sealed batches to segment files, one after the other. Used by the committer alone.</summary>
/// <remarks>
/// A batch that fails leaves <see cref="Position"/> where it was; <see cref="CutBack"/> must succeed before the next write,
/// so that nothing of the failed batch can be read back behind the new one.
/// </remarks>
internal sealed class LogWriter(string folder, LogOptions options, DiskFaults faults) : IDisposable
{
    private const long Megabyte = 1 << 20;
    private LogFile? _file;
    private long _first;
    private long _reserved;

    /// <summary>Position behind the last durable batch.</summary>
    public long Position { get; private set; }

    public bool IsClean { get; private set; } = true;

    private volatile bool _endsSegment;

    /// <summary>The next batch begins a segment, however short the one before it is. From any thread.</summary>
    public void EndSegment() => _endsSegment = true;

    /// <summary>Goes on at <paramref name="position"/>; what lies behind it in the last segment is cut off.</summary>
    public void Open(long position)
    {
        Position = position;
        var segments = LogFolder.List(folder);
        // A segment that begins at or behind the end holds nothing whole: its making was cut off.
        foreach (var empty in segments.Where(segment => segment.First >= position)) File.Delete(empty.Path);
        if (segments.LastOrDefault(segment => segment.First < position) is not { Path: not null } last) return;
        var offset = position - last.First;
        if (offset >= options.SegmentMegabytes * Megabyte || new FileInfo(last.Path).Length < offset) return;
        _first = last.First;
        _file = LogFile.Open(last.Path, faults);
        IsClean = false;
        CutBack();
    }

    /// <exception cref="IOException">The disk did not take it; nothing of the batch counts.</exception>
    public void Write(Span<byte> batch)
    {
        IsClean = false;
        if (_file is null || (Position - _first > LogFormat.HeaderBytes && (_endsSegment || Position - _first + batch.Length > options.SegmentMegabytes * Megabyte)))
        {
            Begin(batch);
            return;
        }
        var offset = Position - _first;
        Reserve(offset + batch.Length);
        LogFormat.Seal(batch, Position);
        _file.Write(batch, offset);
        _file.Flush();
        Position += batch.Length;
        IsClean = true;
    }

    /// <summary>Begins a segment with its first batch. The file before it is closed only when this one is durable.</summary>
    private void Begin(Span<byte> batch)
    {
        var (before, beforeFirst, beforeReserved) = (_file, _first, _reserved);
        var path = LogFolder.PathOf(folder, Position);
        LogFile? file = null;
        try
        {
            _file = file = LogFile.Open(path, faults);
            (_first, _reserved) = (Position, 0);
            // The name may be left over from an attempt that failed.
            file.Truncate(0);
            Reserve(LogFormat.HeaderBytes + batch.Length);
            Span<byte> header = stackalloc byte[LogFormat.HeaderBytes];
            LogFormat.WriteHeader(header, Position);
            LogFormat.Seal(batch, Position + LogFormat.HeaderBytes);
            file.Write(header, 0);
            file.Write(batch, LogFormat.HeaderBytes);
            file.Flush();
            Position += LogFormat.HeaderBytes + batch.Length;
            IsClean = true;
            before?.Dispose();
            _endsSegment = false;
        }
        catch (IOException)
        {
            (_file, _first, _reserved) = (before, beforeFirst, beforeReserved);
            IsClean = true;
            file?.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Takes room ahead where there is some, and just what is needed where the disk is nearly full.</summary>
    private void Reserve(long needed)
    {
        if (needed <= _reserved) return;
        for (var ahead = options.ReserveMegabytes * Megabyte; ; ahead /= 4)
        {
            try
            {
                var length = Math.Max(needed, Math.Min(needed + ahead, options.SegmentMegabytes * Megabyte));
                _file!.Reserve(length);
                _reserved = length;
                return;
            }
            catch (IOException) when (ahead > 4096)
            {
                continue;
            }
        }
    }

    /// <summary>Cuts the current segment behind the last durable batch.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public void CutBack()
    {
        if (_file is null || IsClean) return;
        _reserved = 0;
        _file.Truncate(Position - _first);
        _file.Flush();
        IsClean = true;
    }

    public void Dispose() => _file?.Dispose();
}
