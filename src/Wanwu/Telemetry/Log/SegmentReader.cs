using Microsoft.Win32.SafeHandles;

namespace Wanwu.Telemetry.Log;

/// <summary>One whole record, frame included. The bytes are valid until the next one is read.</summary>
internal readonly ref struct LogRecord(long position, RecordType type, ReadOnlySpan<byte> bytes)
{
    public long Position => position;
    public RecordType Type => type;
    public ReadOnlySpan<byte> Bytes { get; } = bytes;
    public ReadOnlySpan<byte> Payload => Bytes[LogFormat.FrameBytes..];
}

/// <summary>Reads one segment front to back, record by record; steps over bytes that are no record and remembers where they lie.</summary>
internal sealed class SegmentReader : IDisposable
{
    private const int WindowBytes = 1 << 20;
    private readonly SafeFileHandle _handle;
    private byte[] _window = new byte[WindowBytes];
    private long _windowStart;
    private int _windowLength;
    private long _offset = LogFormat.HeaderBytes;

    public SegmentReader(Segment segment)
    {
        Segment = segment;
        _handle = File.OpenHandle(segment.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Length = RandomAccess.GetLength(_handle);
        Span<byte> header = stackalloc byte[LogFormat.HeaderBytes];
        var read = RandomAccess.Read(_handle, header, 0);
        HeaderIsWhole = LogFormat.TryReadHeader(header[..read], out var version, out var first) && first == segment.First;
        IsKnownVersion = !HeaderIsWhole || version == LogFormat.Version;
    }

    public Segment Segment { get; }
    public long Length { get; }
    public bool HeaderIsWhole { get; }
    public bool IsKnownVersion { get; }

    /// <summary>Offset in the file behind the last whole record; what follows is room not yet used, or <see cref="Tail"/>.</summary>
    public long End { get; private set; } = LogFormat.HeaderBytes;

    /// <summary>Bytes between whole records that are none, as offsets in the file.</summary>
    public List<(long Offset, long Length)> Gaps { get; } = [];

    /// <summary>Bytes behind the last whole record that are not zero: a torn or damaged end.</summary>
    public (long Offset, long Length)? Tail { get; private set; }

    public bool TryRead(out LogRecord record)
    {
        if (TryReadAt(_offset, out record)) return Took(record);
        var next = _offset + 1;
        if (!RestIsZero(_offset, out var lastUsed))
        {
            for (; next + LogFormat.FrameBytes <= lastUsed; next++)
            {
                if (!TryReadAt(next, out record)) continue;
                Gaps.Add((_offset, next - _offset));
                return Took(record);
            }
            Tail = (_offset, lastUsed - _offset);
        }
        record = default;
        return false;
    }

    private bool Took(in LogRecord record)
    {
        End = _offset = record.Position - Segment.First + record.Bytes.Length;
        return true;
    }

    private bool TryReadAt(long offset, out LogRecord record)
    {
        record = default;
        if (!TryWindow(offset, LogFormat.FrameBytes, out var frame) || !LogFormat.TryReadFrame(frame, out var type, out var size)) return false;
        if (size > Length - offset || !TryWindow(offset, (int)size, out var bytes)) return false;
        if (!LogFormat.IsWhole(bytes, Segment.First + offset)) return false;
        record = new LogRecord(Segment.First + offset, type, bytes);
        return true;
    }

    /// <param name="lastUsed">Offset behind the last byte that is not zero.</param>
    private bool RestIsZero(long from, out long lastUsed)
    {
        lastUsed = from;
        for (var at = from; at < Length;)
        {
            if (!TryWindow(at, (int)Math.Min(WindowBytes, Length - at), out var bytes)) break;
            var last = bytes.LastIndexOfAnyExcept((byte)0);
            if (last >= 0) lastUsed = at + last + 1;
            at += bytes.Length;
        }
        return lastUsed == from;
    }

    private bool TryWindow(long offset, int count, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (offset + count > Length) return false;
        if (offset < _windowStart || offset + count > _windowStart + _windowLength)
        {
            if (_window.Length < count) _window = new byte[count];
            _windowStart = offset;
            _windowLength = Fill(offset);
            if (_windowLength < count) return false;
        }
        bytes = _window.AsSpan((int)(offset - _windowStart), count);
        return true;
    }

    private int Fill(long offset)
    {
        var filled = 0;
        while (filled < _window.Length)
        {
            var read = RandomAccess.Read(_handle, _window.AsSpan(filled), offset + filled);
            if (read == 0) break;
            filled += read;
        }
        return filled;
    }

    public void Dispose() => _handle.Dispose();
}
