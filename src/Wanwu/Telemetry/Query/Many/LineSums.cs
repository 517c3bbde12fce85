using Wanwu.Telemetry.Store;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>Measures of a line in a bucket, one for each that was asked for.</summary>
internal readonly record struct MeasuredRow(int Line, long Start, double?[] Values);

/// <summary>Sums of single series put together to those of lines, in memory.</summary>
internal sealed class LineSums
{
    private readonly SumPart[] _parts;
    private readonly int[][] _partsOf;
    private readonly Dictionary<(int Line, long Start), int> _places = [];
    private readonly List<(int Line, long Start)> _rows = [];
    private double[] _values = new double[64];
    private long[] _times = new long[64];
    private int _lastLine = -1, _lastRow;
    private long _lastStart;

    public LineSums(IReadOnlyList<Measure> measures)
    {
        _parts = [.. measures.SelectMany(measure => measure.Parts).Distinct()];
        _partsOf = [.. measures.Select(measure => measure.Parts.Select(part => Array.IndexOf(_parts, part)).ToArray())];
    }

    /// <summary>Lines and buckets there are numbers or observations of.</summary>
    public int Count => _rows.Count;

    public (int Line, long Start) this[int row] => _rows[row];

    /// <summary>The columns to be summed up of each series, in the order in which <see cref="Add"/> reads them.</summary>
    public string Columns(bool ofParts) => string.Join(", ", _parts.Select(part => ofParts ? Measure.OfRollups(part) : Measure.OfNumbers(part)));

    /// <param name="rows">At a row that has <see cref="Columns"/> from <paramref name="column"/> on.</param>
    public void Add(int line, long start, NumberRows rows, int column)
    {
        var first = RowOf(line, start) * _parts.Length;
        for (var i = 0; i < _parts.Length; i++)
        {
            var (part, number) = (_parts[i], column);
            column += part is SumPart.First or SumPart.Last ? 2 : 1;
            if (rows.IsNull(number)) continue;
            ref var value = ref _values[first + i];
            if (part is SumPart.First or SumPart.Last) AddEnd(part, ref value, ref _times[first + i], rows.Double(number), rows.Int64(number + 1));
            else value = double.IsNaN(value) ? rows.Double(number) : Together(part, value, rows.Double(number));
        }
    }

    private int RowOf(int line, long start)
    {
        if (line == _lastLine && start == _lastStart) return _lastRow;
        if (!_places.TryGetValue((line, start), out var row))
        {
            _places[(line, start)] = row = _rows.Count;
            _rows.Add((line, start));
            if (_values.Length < _rows.Count * _parts.Length)
            {
                Array.Resize(ref _values, _values.Length * 2 + _parts.Length);
                Array.Resize(ref _times, _values.Length);
            }
            // Nothing is known yet.
            _values.AsSpan(row * _parts.Length, _parts.Length).Fill(double.NaN);
        }
        (_lastLine, _lastStart, _lastRow) = (line, start, row);
        return row;
    }

    private static void AddEnd(SumPart part, ref double value, ref long at, double number, long time)
    {
        if (!double.IsNaN(value) && (part is SumPart.First ? time >= at : time <= at)) return;
        (value, at) = (number, time);
    }

    private static double Together(SumPart part, double one, double other) => part switch
    {
        SumPart.Min => Math.Min(one, other),
        SumPart.Max => Math.Max(one, other),
        _ => one + other,
    };

    /// <summary>Null where there is no number.</summary>
    public double? Value(int row, int measure)
    {
        var (parts, first) = (_partsOf[measure], row * _parts.Length);
        var value = _values[first + parts[0]];
        if (parts.Length > 1) value /= _values[first + parts[1]];
        return double.IsNaN(value) ? null : value;
    }

    public MeasuredRow Measured(int row) => new(_rows[row].Line, _rows[row].Start, [.. _partsOf.Select((_, measure) => Value(row, measure))]);
}
