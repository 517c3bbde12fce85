using Microsoft.Win32.SafeHandles;

namespace Wanwu.Telemetry.Log;

internal enum DiskStep
{
    Open,
    Reserve,
    Write,
    Flush,
    Truncate,
}

/// <summary>Where tests stand in for a disk that fails. In the product it is empty.</summary>
internal sealed class DiskFaults
{
    /// <summary>Asked before each step; a fault that is returned happens in place of the step.</summary>
    public Func<DiskStep, DiskFault?>? Before { get; set; }
}

/// <param name="BytesWritten">For a write: how many bytes still reach the file before it fails.</param>
internal sealed record DiskFault(string Message, int BytesWritten = 0);

/// <summary>One file of the log on its disk: write at an offset, make durable, reserve, cut.</summary>
/// <remarks>Faults of the disk leave as <see cref="IOException"/>. Not thread-safe.</remarks>
internal sealed class LogFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly DiskFaults _faults;

    private LogFile(string path, SafeFileHandle handle, DiskFaults faults) => (Path, _handle, _faults) = (path, handle, faults);

    public string Path { get; }

    public static LogFile Open(string path, DiskFaults faults)
    {
        Check(faults, DiskStep.Open);
        var isNew = !File.Exists(path);
        SafeFileHandle handle;
        try
        {
            handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException(fault.Message, fault);
        }
        // A file is durable only once its folder is: otherwise a power cut can take the whole segment.
        if (isNew) LinuxFiles.FlushFolder(System.IO.Path.GetDirectoryName(path)!);
        return new LogFile(path, handle, faults);
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        if (_faults.Before?.Invoke(DiskStep.Write) is { } fault)
        {
            RandomAccess.Write(_handle, bytes[..Math.Min(fault.BytesWritten, bytes.Length)], offset);
            throw new IOException(fault.Message);
        }
        RandomAccess.Write(_handle, bytes, offset);
    }

    public void Flush()
    {
        Check(_faults, DiskStep.Flush);
        LinuxFiles.FlushData(_handle);
    }

    /// <summary>Makes sure that the file has <paramref name="length"/> bytes on disk, so that a later write needs no new room and a flush no metadata.</summary>
    public void Reserve(long length)
    {
        Check(_faults, DiskStep.Reserve);
        if (RandomAccess.GetLength(_handle) < length) LinuxFiles.Reserve(_handle, length);
    }

    public void Truncate(long length)
    {
        Check(_faults, DiskStep.Truncate);
        RandomAccess.SetLength(_handle, length);
    }

    private static void Check(DiskFaults faults, DiskStep step)
    {
        if (faults.Before?.Invoke(step) is { } fault) throw new IOException(fault.Message);
    }

    public void Dispose() => _handle.Dispose();
}
