using System.Buffers.Binary;

namespace Wanwu.Telemetry.Log;

/// <summary>The head of a snapshot; behind it lie records framed as in the log, with their place in the file as position. docs/formats/log.md draws it.</summary>
internal static class SnapshotFormat
{
    public const ushort Version = 1;
    private static ReadOnlySpan<byte> Mark => "WANWUSNP"u8;

    public static void WriteHeader(Span<byte> header, long position) => LogFormat.WriteHeader(header, position, Version, Mark);

    public static bool TryReadHeader(ReadOnlySpan<byte> header, out ushort version, out long position) => LogFormat.TryReadHeader(header, out version, out position, Mark);
}

/// <summary>Writes a snapshot record by record. Not thread-safe.</summary>
internal sealed class SnapshotWriter : IDisposable
{
    private const int FlushAt = 1 << 20;
    private readonly LogFile _file;
    private readonly RecordWriter _records = new(64 * 1024);
    private long _offset = LogFormat.HeaderBytes;
    private long _count;

    public SnapshotWriter(string path, long position, DiskFaults faults)
    {
        (Path, Position) = (path, position);
        _file = LogFile.Open(path, faults);
        Span<byte> header = stackalloc byte[LogFormat.HeaderBytes];
        SnapshotFormat.WriteHeader(header, position);
        _file.Write(header, 0);
    }

    public string Path { get; }
    public long Position { get; }
    public long Bytes => _offset + _records.Length;

    public void Add(RecordType type, ReadOnlySpan<byte> payload)
    {
        _records.Opaque(type, payload);
        _count++;
        if (_records.Length >= FlushAt) Write();
    }

    /// <summary>Writes what says that nothing is missing, and makes all of it durable.</summary>
    public void End()
    {
        Span<byte> count = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(count, _count);
        _records.Opaque(RecordType.SnapshotEnd, count);
        Write();
        _file.Flush();
    }

    private void Write()
    {
        LogFormat.Seal(_records.Written, _offset);
        _file.Write(_records.Written, _offset);
        _offset += _records.Length;
        _records.Clear();
    }

    public void Dispose() => _file.Dispose();
}

/// <summary>Reads a snapshot front to back; one that is not whole in every byte is not a snapshot.</summary>
internal static class SnapshotReader
{
    /// <param name="visit">Gets every record but the last; what it has been given counts only if the answer is null.</param>
    /// <returns>What is wrong with the file, or null.</returns>
    /// <exception cref="InvalidDataException">The file was written by a later version.</exception>
    public static string? Read(string path, LogScan.Visitor visit)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 20);
        Span<byte> header = stackalloc byte[LogFormat.HeaderBytes];
        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !SnapshotFormat.TryReadHeader(header, out var version, out _))
            return "its head is damaged";
        if (version != SnapshotFormat.Version) throw new InvalidDataException($"{path} was written by a later version of Wanwu; this one reads version {SnapshotFormat.Version}.");
        var buffer = new byte[64 * 1024];
        for (var count = 0L; ; count++)
        {
            var offset = file.Position;
            if (file.ReadAtLeast(buffer.AsSpan(0, LogFormat.FrameBytes), LogFormat.FrameBytes, throwOnEndOfStream: false) < LogFormat.FrameBytes) return $"it ends at {offset}, before its end";
            if (!LogFormat.TryReadFrame(buffer, out var type, out var size) || size > file.Length - offset) return $"its bytes at {offset} are no record";
            if (size > buffer.Length) Array.Resize(ref buffer, (int)size);
            file.ReadExactly(buffer.AsSpan(LogFormat.FrameBytes, (int)size - LogFormat.FrameBytes));
            var record = new LogRecord(offset, type, buffer.AsSpan(0, (int)size));
            if (!LogFormat.IsWhole(record.Bytes, offset)) return $"its record at {offset} is damaged";
            if (type != RecordType.SnapshotEnd) visit(record);
            else return BinaryPrimitives.ReadInt64LittleEndian(record.Payload) == count ? null : "records are missing";
        }
    }
}
