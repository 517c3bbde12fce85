using System.Buffers;
using System.Text;

namespace Wanwu.Connect.Imports;

/// <summary>A file that cannot be taken, and what to do about it.</summary>
internal sealed class SourceFileException(string message, int status = StatusCodes.Status422UnprocessableEntity) : Exception(message)
{
    public int Status => status;
}

/// <summary>What the beginning of a table tells.</summary>
/// <param name="FirstRow">Where the line behind the header begins.</param>
internal sealed record TableHead(char Delimiter, IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Sample, long FirstRow);

/// <summary>Takes a file in, whatever it is written in: what is kept is a table in UTF-8, so that a place in it is a number of bytes.</summary>
internal static class SourceFile
{
    private const int Block = 128 << 10, SampleLines = 5, MaxShown = 200;
    private static readonly byte[] Parquet = "PAR1"u8.ToArray();

    static SourceFile() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    public static bool TryFindEncoding(string name, out Encoding? encoding)
    {
        try
        {
            encoding = Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
            return true;
        }
        catch (ArgumentException)
        {
            encoding = null;
            return false;
        }
    }

    /// <exception cref="SourceFileException">It is too large, or not what it is said to be.</exception>
    public static async Task TakeAsync(Stream from, Encoding? encoding, ImportFolder folder, ImportOptions options, TimeProvider clock, CancellationToken stop)
    {
        var most = (long)options.MaxMegabytes << 20;
        var first = new byte[Block];
        var length = await from.ReadAtLeastAsync(first, first.Length, throwOnEndOfStream: false, stop);
        if (length >= 4 && first.AsSpan(0, 4).SequenceEqual(Parquet))
        {
            await using (var to = File.Create(folder.Parquet)) await CopyAsync(first.AsMemory(0, length), from, to, most, stop);
            await ParquetTable.UnpackAsync(folder, most, options.MemoryMegabytes, clock, stop);
            File.Delete(folder.Parquet);
            return;
        }
        await using var table = File.Create(folder.Source);
        await TranscodeAsync(first.AsMemory(0, length), from, encoding, table, most, stop);
        await table.FlushAsync(stop);
        table.Flush(flushToDisk: true);
    }

    private static async Task CopyAsync(ReadOnlyMemory<byte> first, Stream from, FileStream to, long most, CancellationToken stop)
    {
        await to.WriteAsync(first, stop);
        var buffer = new byte[Block];
        for (int read; (read = await from.ReadAsync(buffer, stop)) > 0;)
        {
            if (to.Position + read > most) throw TooLarge(most);
            await to.WriteAsync(buffer.AsMemory(0, read), stop);
        }
    }

    private static async Task TranscodeAsync(ReadOnlyMemory<byte> first, Stream from, Encoding? encoding, FileStream to, long most, CancellationToken stop)
    {
        var (isGiven, skip) = (encoding is not null, 0);
        if (OfMark(first.Span) is { } marked) (encoding, skip, isGiven) = (marked.Encoding, marked.Length, true);
        encoding ??= new UTF8Encoding(false, throwOnInvalidBytes: true);
        var decoder = encoding.GetDecoder();
        var chars = new char[encoding.GetMaxCharCount(Block)];
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(chars.Length)];
        var buffer = new byte[Block];
        var part = first[skip..];
        var total = (long)skip;
        while (true)
        {
            int count;
            try
            {
                count = decoder.GetChars(part.Span, chars, flush: part.IsEmpty);
            }
            catch (DecoderFallbackException)
            {
                throw new SourceFileException(isGiven
                    ? $"The file is not {encoding.WebName}: behind byte {total} something stands that is none of its characters."
                    : $"The file is not UTF-8: behind byte {total} something stands that is none of its characters. Say which encoding it has, as gb18030 for most Chinese exports, big5, utf-16 or windows-1252.");
            }
            total += part.Length;
            var written = Encoding.UTF8.GetBytes(chars.AsSpan(0, count), bytes);
            if (to.Position + written > most) throw TooLarge(most);
            await to.WriteAsync(bytes.AsMemory(0, written), stop);
            if (part.IsEmpty) return;
            part = buffer.AsMemory(0, await from.ReadAsync(buffer, stop));
        }
    }

    private static (Encoding Encoding, int Length)? OfMark(ReadOnlySpan<byte> first) => first switch
    {
        [0xEF, 0xBB, 0xBF, ..] => (new UTF8Encoding(false, throwOnInvalidBytes: true), 3),
        [0xFF, 0xFE, ..] => (new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true), 2),
        [0xFE, 0xFF, ..] => (new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true), 2),
        _ => null,
    };

    private static SourceFileException TooLarge(long most) =>
        new($"The file is larger than {most >> 20} MiB, or becomes so when it is unpacked. Cut it, or raise Connect:Imports:MaxMegabytes.", StatusCodes.Status413PayloadTooLarge);

    /// <exception cref="SourceFileException">It has no header.</exception>
    public static TableHead ReadHead(ImportFolder folder)
    {
        using var file = File.OpenRead(folder.Source);
        var delimiter = DelimiterOf(file);
        var lines = new CsvRecords(file, (byte)delimiter);
        lines.Seek(0, 1);
        if (!lines.Read() || lines.Fault != RecordFault.None) throw new SourceFileException("The file has no first line with the names of its columns.");
        var header = Fields(lines, int.MaxValue);
        var firstRow = lines.Position;
        var sample = new List<IReadOnlyList<string>>();
        while (sample.Count < SampleLines && lines.Read()) sample.Add(Fields(lines, MaxShown));
        return new TableHead(delimiter, header, sample, firstRow);
    }

    private static List<string> Fields(CsvRecords line, int longest)
    {
        var fields = new List<string>(line.Count);
        for (var i = 0; i < line.Count; i++)
        {
            var text = Encoding.UTF8.GetString(line[i]);
            fields.Add(text.Length > longest ? text[..longest] : text);
        }
        return fields;
    }

    /// <summary>Of the usual ones that which stands in the first line most often, outside quotes.</summary>
    private static char DelimiterOf(FileStream file)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(64 << 10);
        var length = file.ReadAtLeast(bytes, 64 << 10, throwOnEndOfStream: false);
        var counts = new int[128];
        var isQuoted = false;
        foreach (var one in bytes.AsSpan(0, length))
        {
            if (one == '"') isQuoted = !isQuoted;
            else if (!isQuoted && one == '\n') break;
            else if (!isQuoted && one < 128) counts[one]++;
        }
        ArrayPool<byte>.Shared.Return(bytes);
        return ((char[])[',', ';', '\t', '|']).MaxBy(candidate => counts[candidate]);
    }
}
