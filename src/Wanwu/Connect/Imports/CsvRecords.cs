using System.Buffers;

namespace Wanwu.Connect.Imports;

/// <summary>What became of a line of a table.</summary>
internal enum RecordFault : byte
{
    None,
    /// <summary>Longer than <see cref="CsvRecords.MaxRecord"/>, or a quote that is opened is never closed.</summary>
    TooLong,
    /// <summary>More fields than <see cref="CsvRecords.MaxFields"/>.</summary>
    TooManyFields,
    /// <summary>Something stands between a closing quote and the end of its field.</summary>
    BrokenQuotes,
}

/// <summary>Reads a table of RFC 4180 in UTF-8, a record at a time, in memory that does not grow with the file.</summary>
/// <remarks>
/// Lenient where files in the field differ: a last line without an end, CR LF or LF, any one-byte delimiter. A record that cannot be read costs its first line alone: reading
/// goes on behind it. The spans are valid until the next <see cref="Read"/>.
/// </remarks>
internal sealed class CsvRecords(Stream source, byte delimiter)
{
    /// <summary>Longest record in bytes, and most fields it may have.</summary>
    public const int MaxRecord = 1 << 20, MaxFields = 4_096;
    private const byte Quote = (byte)'"', NewLine = (byte)'\n';
    private readonly SearchValues<byte> _stops = SearchValues.Create([delimiter, NewLine]);
    private readonly (int Start, int Length, bool Escaped)[] _fields = new (int, int, bool)[MaxFields];
    private readonly byte[] _unescaped = new byte[MaxRecord];
    private byte[] _buffer = new byte[2 * MaxRecord];
    private int _start, _end, _record, _recordEnd;
    private bool _ended;

    /// <summary>Where the next record begins in the source, and the number of its first line.</summary>
    public long Position { get; private set; }

    public long NextLine { get; private set; } = 1;

    /// <summary>The number of the record's first line.</summary>
    public long Line { get; private set; }

    public int Count { get; private set; }

    public RecordFault Fault { get; private set; }

    /// <summary>The record's bytes as they lie in the file, without the end of the line.</summary>
    public ReadOnlySpan<byte> Raw => _buffer.AsSpan(_record, _recordEnd - _record);

    /// <summary>A field without its quotes; empty where the record has fewer.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            if (index >= Count) return default;
            var (start, length, escaped) = _fields[index];
            var raw = _buffer.AsSpan(start, length);
            return escaped ? Unescape(raw) : raw;
        }
    }

    /// <summary>Goes on from a place where a record begins.</summary>
    public void Seek(long position, long line)
    {
        source.Position = position;
        (_start, _end, _ended) = (0, 0, false);
        (Position, NextLine) = (position, line);
    }

    /// <summary>False at the end of the source. Empty lines are passed over.</summary>
    public bool Read()
    {
        while (true)
        {
            if (_end - _start < MaxRecord && !_ended) Fill();
            if (_start == _end) return false;
            var next = Cut();
            Line = NextLine;
            NextLine += Lines(next);
            Position += next - _start;
            (_record, _start) = (_start, next);
            if (Fault != RecordFault.None || Count > 1 || _fields[0].Length > 0) return true;
        }
    }

    private int Lines(int next) => Math.Max(1, _buffer.AsSpan(_start, next - _start).Count(NewLine));

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        while (_end < _buffer.Length)
        {
            var read = source.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0)
            {
                _ended = true;
                return;
            }
            _end += read;
        }
    }

    /// <summary>Finds the fields of the record at the start of the buffer; answers where the next one begins.</summary>
    private int Cut()
    {
        (Count, Fault) = (0, RecordFault.None);
        var limit = Math.Min(_end, _start + MaxRecord);
        for (var at = _start; ;)
        {
            if (Count == MaxFields) return Refuse(RecordFault.TooManyFields);
            var field = at < limit && _buffer[at] == Quote ? CutQuoted(at, limit, out at) : CutPlain(at, limit, out at);
            if (Fault != RecordFault.None) return Refuse(Fault);
            _fields[Count++] = field;
            if (at < limit && _buffer[at] == delimiter)
            {
                at++;
                continue;
            }
            if (at == limit && limit < _end) return Refuse(RecordFault.TooLong);
            return End(at, at < limit ? at + 1 : at);
        }
    }

    private (int, int, bool) CutPlain(int from, int limit, out int at)
    {
        var found = _buffer.AsSpan(from, limit - from).IndexOfAny(_stops);
        at = found < 0 ? limit : from + found;
        var end = at > from && (at == limit || _buffer[at] == NewLine) && _buffer[at - 1] == '\r' ? at - 1 : at;
        return (from, end - from, false);
    }

    private (int, int, bool) CutQuoted(int from, int limit, out int at)
    {
        var escaped = false;
        for (at = from + 1; ;)
        {
            var found = _buffer.AsSpan(at, limit - at).IndexOf(Quote);
            if (found < 0)
            {
                Fault = RecordFault.TooLong;
                return default;
            }
            at += found + 1;
            if (at == limit || _buffer[at] != Quote) break;
            escaped = true;
            at++;
        }
        var field = (from + 1, at - from - 2, escaped);
        if (at < limit && _buffer[at] == '\r') at++;
        if (at < limit && _buffer[at] != delimiter && _buffer[at] != NewLine) Fault = RecordFault.BrokenQuotes;
        return field;
    }

    /// <summary>Passes over the first line of what cannot be read.</summary>
    private int Refuse(RecordFault fault)
    {
        (Count, Fault) = (0, fault);
        var found = _buffer.AsSpan(_start, _end - _start).IndexOf(NewLine);
        return found < 0 ? End(_end, _end) : End(_start + found, _start + found + 1);
    }

    private int End(int at, int next)
    {
        _recordEnd = at > _start && _buffer[at - 1] == '\r' ? at - 1 : at;
        return next;
    }

    private ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> raw)
    {
        var length = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            _unescaped[length++] = raw[i];
            if (raw[i] == Quote) i++;
        }
        return _unescaped.AsSpan(0, length);
    }
}
