using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Wanwu.Connect.Imports;
using Wanwu.Telemetry.Query.Formats;
using Wanwu.Things;

namespace Wanwu.Hosting.Export;

/// <summary>One file of an export being written, row by row as the server's answer comes; nothing of it is whole in memory.</summary>
/// <remarks>It bears a name that begins with a dot until it is whole and on disk.</remarks>
internal sealed class ExportWriter : IAsyncDisposable
{
    /// <summary>The columns of the server's answer.</summary>
    public static readonly IReadOnlyList<Column> Columns =
        [new("thing", ColumnKind.Text), new("property", ColumnKind.Text), new("t", ColumnKind.Time), new("value", ColumnKind.Value), new("kind", ColumnKind.Text), new("quality", ColumnKind.Text)];

    private const int SendAt = 4 << 20;
    private readonly string _path, _half;
    private readonly FileStream _file;
    private readonly HashedStream _hashed;
    private readonly PipeWriter _output;
    private readonly RowFormat _rows;
    private long _count;
    private ExportedRow? _first;

    public ExportWriter(string path, AnswerFormat format)
    {
        (_path, _half) = (path, Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.part"));
        _file = File.Create(_half);
        _hashed = new HashedStream(_file);
        _output = PipeWriter.Create(_hashed, new StreamPipeWriterOptions(leaveOpen: true));
        _rows = AnswerFormats.Open(format, Columns);
    }

    /// <summary>The last row there is.</summary>
    public ExportedRow? Last { get; private set; }

    /// <exception cref="InvalidDataException">The answer is not what an export has.</exception>
    public async Task AddAsync(CsvRecords line, CancellationToken stop)
    {
        Add(line);
        if (_rows.Pending >= SendAt) await _rows.SendAsync(_output, stop);
    }

    private void Add(CsvRecords line)
    {
        if (line.Fault != RecordFault.None || line.Count != Columns.Count || !Timestamp.TryParse(line[2], null, out var time)
            || !ValueKindNames.TryParse(line[4], out var kind) || !ValueText.TryParse(kind, line[3], out var value))
            throw new InvalidDataException($"The server's answer cannot be read at line {line.Line}.");
        var (thing, property) = (Encoding.UTF8.GetString(line[0]), Encoding.UTF8.GetString(line[1]));
        _rows.BeginRow();
        _rows.Row.Cell(thing);
        _rows.Row.Cell(property);
        _rows.Row.Cell(time);
        _rows.Row.Cell(value);
        _rows.Row.Cell(ValueKindNames.NameOf(kind));
        _rows.Row.Cell(Encoding.UTF8.GetString(line[5]));
        _rows.EndRow();
        _count++;
        Last = new ExportedRow(thing, property, time);
        _first ??= Last;
    }

    /// <summary>The file is whole: durable, under its own name.</summary>
    public async Task<ExportedFile> EndAsync(CancellationToken stop)
    {
        await _rows.SendAsync(_output, stop);
        await _rows.EndAsync(null, _output, stop);
        await _output.CompleteAsync();
        _file.Flush(flushToDisk: true);
        var described = new ExportedFile(Path.GetFileName(_path), _count, _file.Length, _hashed.Sha256(), _first, Last);
        await _file.DisposeAsync();
        File.Move(_half, _path, overwrite: true);
        return described;
    }

    public async ValueTask DisposeAsync()
    {
        _rows.Dispose();
        await _hashed.DisposeAsync();
        File.Delete(_half);
    }

    /// <summary>What passes through is hashed.</summary>
    private sealed class HashedStream(FileStream to) : Stream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public string Sha256() => Convert.ToHexStringLower(_hash.GetCurrentHash());

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => to.Length;
        public override long Position { get => to.Position; set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _hash.AppendData(buffer);
            to.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _hash.AppendData(buffer.Span);
            return to.WriteAsync(buffer, cancellationToken);
        }

        public override void Flush() => to.Flush();
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _hash.Dispose();
                to.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
