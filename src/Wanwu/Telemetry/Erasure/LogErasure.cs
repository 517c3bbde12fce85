using Wanwu.Registry;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Erasure;

/// <summary>Knows which records of a journal that shares the log tell of what is to be erased.</summary>
internal interface IErasedRecords
{
    bool Takes(in LogRecord record, ErasureSubject subject);
}

/// <summary>The log: each segment with some of it is written anew, records as long as before and in their places, and takes the old one's name.</summary>
/// <remarks>
/// The segment that is being written to is ended first, and everything is loaded: nobody needs what the records held. Heads stay, so that a resend is still recognised
/// as one. Bytes that are no whole record become zeros, for nobody can say what they held.
/// </remarks>
internal sealed class LogErasure(DataFolder data, ObservationLog log, StoreLoader loader, LogCleanup cleanup, ErasureFaults faults, IErasedRecords? journal = null) : IErasurePlace
{
    private const string Part = ".part";

    public ErasureTurn Turn => ErasureTurn.Bytes;

    private string Folder => data.File("log");

    public Task<IReadOnlyList<ErasedCount>> CountAsync(ErasureSubject subject, CancellationToken stop) => Task.Run(() =>
    {
        using var held = cleanup.Hold();
        var (records, end) = (0L, log.CommittedPosition);
        LogScan.Read(LogFolder.List(Folder), (in LogRecord record) =>
        {
            if (record.Position < end && RecordErasure.Takes(record, subject, journal)) records++;
        }, stop);
        return (IReadOnlyList<ErasedCount>)[new ErasedCount("log", records)];
    }, stop);

    public async Task EraseAsync(ErasureSubject subject, CancellationToken stop)
    {
        var end = await log.EndSegmentAsync(stop);
        await loader.LoadedAsync(end, stop);
        await Task.Run(() => Erase(subject, end, stop), stop);
        faults.At?.Invoke(ErasureStep.LogErased);
    }

    private void Erase(ErasureSubject subject, long end, CancellationToken stop)
    {
        using var held = cleanup.Hold();
        foreach (var left in Directory.EnumerateFiles(Folder, "*" + Part)) File.Delete(left);
        var segments = LogFolder.List(Folder);
        // The last one is written to: it was begun after the order.
        foreach (var segment in segments.SkipLast(1).Where(segment => segment.First < end))
        {
            stop.ThrowIfCancellationRequested();
            var patches = Patches(segment, subject);
            if (patches.Count > 0) Replace(segment, patches);
        }
    }

    private List<(long Offset, byte[] Bytes)> Patches(Segment segment, ErasureSubject subject)
    {
        var patches = new List<(long, byte[])>();
        using var reader = new SegmentReader(segment);
        while (reader.TryRead(out var record))
            if (RecordErasure.Without(record, subject, journal) is { } bytes) patches.Add((record.Position - segment.First, bytes));
        foreach (var (offset, length) in reader.Tail is { } tail ? [.. reader.Gaps, tail] : reader.Gaps)
            if (HasBytes(segment.Path, offset, length)) patches.Add((offset, new byte[length]));
        return patches;
    }

    private static bool HasBytes(string path, long offset, long length)
    {
        var bytes = new byte[length];
        using var file = File.OpenHandle(path);
        var read = RandomAccess.Read(file, bytes, offset);
        return bytes.AsSpan(0, read).ContainsAnyExcept((byte)0);
    }

    private void Replace(Segment segment, List<(long Offset, byte[] Bytes)> patches)
    {
        var made = segment.Path + Part;
        File.Copy(segment.Path, made, overwrite: true);
        using (var file = File.OpenHandle(made, FileMode.Open, FileAccess.ReadWrite))
        {
            foreach (var (offset, bytes) in patches) RandomAccess.Write(file, bytes, offset);
            RandomAccess.FlushToDisk(file);
        }
        faults.At?.Invoke(ErasureStep.SegmentWritten);
        File.Move(made, segment.Path, overwrite: true);
        LinuxFiles.FlushFolder(Folder);
    }
}
