using Wanwu.Connect.Intake;
using Wanwu.Telemetry;
using Wanwu.Things;

namespace Wanwu.Connect.Imports;

/// <summary>Reads a file chunk by chunk.</summary>
internal sealed class ImportReader : IDisposable
{
    private const int ObservationsPerChunk = 8_192, LinesPerChunk = 4_096, BytesPerChunk = 512 << 10;
    private readonly FileStream _file;
    private readonly CsvRecords _lines;
    private readonly RowReader _rows;
    private readonly int _perChunk;

    public ImportReader(ImportFolder folder, ImportRecord import, ColumnPlan plan, MessageIntake intake, SeriesTable? scratch)
    {
        _file = new FileStream(folder.Source, new FileStreamOptions { Access = FileAccess.Read, BufferSize = 0, Options = FileOptions.SequentialScan });
        _lines = new CsvRecords(_file, (byte)import.Delimiter);
        _rows = new RowReader(plan, new ImportThings(intake, import.Caller, plan, scratch), intake.Reader, $"{import.Name}");
        _perChunk = Math.Clamp(ObservationsPerChunk / Math.Max(1, plan.Values.Count), 1, LinesPerChunk);
    }

    public long Position => _lines.Position;
    public long Line => _lines.NextLine;
    public ImportChunk Chunk { get; } = new();

    public void Seek(long position, long line) => _lines.Seek(position, line);

    /// <summary>Fills the chunk; false when the file has ended.</summary>
    public bool Read(Timestamp received)
    {
        Chunk.Clear();
        var start = _lines.Position;
        while (Chunk.Lines < _perChunk && _lines.Position - start < BytesPerChunk && _lines.Read())
        {
            _rows.Read(_lines, received);
            Chunk.Add(_lines.Line, _rows.Row, _rows.Empty);
        }
        return Chunk.Lines > 0;
    }

    public void Dispose() => _file.Dispose();
}
