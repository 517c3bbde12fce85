using System.Globalization;

namespace Wanwu.Simulator.Recordings;

/// <summary>The thing model of a recording; its id is the file's name without <c>.tm.json</c>.</summary>
internal sealed record RecordingModel(string Id, string Json);

/// <summary>A recording in memory: its rows in the order of time, and what they mean.</summary>
internal sealed class Recording
{
    private Recording(RecordingDescription description, RecordingModel? model, IReadOnlyList<RecordedRow> rows)
    {
        Description = description;
        Model = model;
        Rows = rows;
    }

    public RecordingDescription Description { get; }
    /// <summary>The thing model, if the description names one.</summary>
    public RecordingModel? Model { get; }
    public IReadOnlyList<RecordedRow> Rows { get; }

    /// <param name="descriptionPath">The description; the model it names lies relative to it.</param>
    /// <param name="csvPath">The data, if it is not the file the description names.</param>
    public static Recording Read(string descriptionPath, string? csvPath = null)
    {
        var description = RecordingDescription.Read(descriptionPath);
        var folder = Path.GetDirectoryName(Path.GetFullPath(descriptionPath))!;
        var model = description.Model is { } path ? new RecordingModel(Path.GetFileName(path).Split('.')[0], ReadText(Path.Combine(folder, path))) : null;
        return new Recording(description, model, ReadRows(description, new ColumnUnits(description, model?.Json), csvPath ?? Path.Combine(folder, description.File)));
    }

    /// <summary>The same recording, cut to a span of its own time.</summary>
    public Recording Between(Timestamp? from, Timestamp? to) =>
        new(Description, Model, [.. Rows.Where(row => (from is null || row.Time >= from) && (to is null || row.Time < to))]);

    private static List<RecordedRow> ReadRows(RecordingDescription description, ColumnUnits units, string csvPath)
    {
        var lines = ReadText(csvPath).Split('\n');
        var columns = new RowReader(description, units, CsvLine.Split(lines[0].TrimStart('\uFEFF').TrimEnd('\r')), csvPath);
        var rows = new List<RecordedRow>(lines.Length);
        for (var i = 1; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            if (line.Length > 0 && columns.Read(CsvLine.Split(line), i + 1) is { } row) rows.Add(row);
        }
        rows.Sort(static (a, b) => a.Time.CompareTo(b.Time));
        return rows;
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException e)
        {
            throw new RecordingException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The rows of one file: column positions found once, then read line by line.</summary>
    private sealed class RowReader
    {
        private readonly RecordingDescription _description;
        private readonly ColumnUnits _units;
        private readonly string _file;
        private readonly Dictionary<string, int> _positions = [];
        private readonly TimeZoneInfo _zone;
        private readonly HashSet<string> _missing;

        public RowReader(RecordingDescription description, ColumnUnits units, List<string> header, string file)
        {
            (_description, _units, _file) = (description, units, file);
            _missing = [.. description.Missing];
            for (var i = 0; i < header.Count; i++) _positions.TryAdd(header[i], i);
            var absent = description.Columns().Where(column => !_positions.ContainsKey(column)).ToList();
            if (absent.Count > 0) throw new RecordingException($"{file} has no column {string.Join(", ", absent)}.");
            if (!TimeZoneInfo.TryFindSystemTimeZoneById(description.Time.Zone, out var zone))
                throw new RecordingException($"'{description.Time.Zone}' is not a time zone of this system (IANA name, e.g. Asia/Shanghai).");
            _zone = zone;
        }

        public RecordedRow? Read(List<string> fields, int line)
        {
            string Field(string column) => _positions[column] < fields.Count
                ? fields[_positions[column]]
                : throw new RecordingException($"{_file} line {line} ends before its column {column}.");

            if (_description.Where.Any(condition => Field(condition.Key) != condition.Value)) return null;
            var values = new List<RecordedValue>(_description.Properties.Count);
            foreach (var (property, column) in _description.Properties)
            {
                var text = Field(column.Column);
                if (_missing.Contains(text)) continue;
                var quality = column.QualityColumn is { } flag && _description.Qualities.TryGetValue(Field(flag), out var q) ? q : Quality.Good;
                var value = ReadValue(text, column.Kind)
                    ?? throw new RecordingException($"{_file} line {line}, column {column.Column}: '{text}' is not a {column.Kind.ToString().ToLowerInvariant()}.");
                values.Add(new RecordedValue(property, _units.Convert(property, value), quality));
            }
            return new RecordedRow(ReadTime(Field, line), values);
        }

        private static Value? ReadValue(string text, ColumnKind kind) => kind switch
        {
            ColumnKind.Text => Value.OfText(text),
            ColumnKind.Boolean => bool.TryParse(text, out var flag) ? Value.OfBoolean(flag) : null,
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => Value.OfInteger(whole),
            _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => Value.OfNumber(number),
            _ => null,
        };

        private Timestamp ReadTime(Func<string, string> field, int line)
        {
            var columns = _description.Time.Columns;
            var local = default(DateTime);
            var read = columns.Count == 1
                ? DateTime.TryParseExact(field(columns[0]), _description.Time.Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out local)
                : TryReadParts([.. columns.Select(field)], out local);
            if (!read) throw new RecordingException($"{_file} line {line}: '{string.Join(' ', columns.Select(field))}' is not a time.");
            return Timestamp.From(new DateTimeOffset(local, _zone.GetUtcOffset(local)));
        }

        private static bool TryReadParts(string[] texts, out DateTime local)
        {
            local = default;
            Span<int> parts = [1, 1, 1, 0, 0, 0];
            for (var i = 0; i < Math.Min(texts.Length, parts.Length); i++)
                if (!int.TryParse(texts[i], NumberStyles.None, CultureInfo.InvariantCulture, out parts[i])) return false;
            if (parts[0] is < 1 or > 9999 || parts[1] is < 1 or > 12 || parts[2] < 1 || parts[2] > DateTime.DaysInMonth(parts[0], parts[1])) return false;
            if (parts[3] > 23 || parts[4] > 59 || parts[5] > 59) return false;
            local = new DateTime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], DateTimeKind.Unspecified);
            return true;
        }
    }
}
