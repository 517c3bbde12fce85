using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Wanwu.Registry.Mappings;

/// <summary>A pattern of topics whose parts have names: <c>zigbee2mqtt/{device}</c>, <c>tele/tasmota_{mac}/+</c>, <c>plant/{line}/#</c>.</summary>
/// <remarks>A name stands for one level or for the rest of one that begins or ends with fixed text; <c>+</c> and <c>#</c> are those of MQTT.</remarks>
internal sealed class TopicPattern
{
    public const int MaxLength = 256, MaxLevels = 32, MaxNames = 8;

    private enum LevelKind : byte { Literal, Named, Any, Rest }

    /// <param name="Start">The text of a literal; what stands before a name.</param>
    /// <param name="End">What stands behind a name.</param>
    private readonly record struct Level(LevelKind Kind, byte[] Start, byte[] End);

    private readonly Level[] _levels;

    private TopicPattern(string text, Level[] levels, string[] names) => (Text, _levels, Names) = (text, levels, names);

    public string Text { get; }

    /// <summary>The names, in the order in which they stand.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Every topic that the pattern may fit, as a filter of MQTT.</summary>
    public byte[] Filter => Encoding.UTF8.GetBytes(string.Join('/', _levels.Select(level => level.Kind switch
    {
        LevelKind.Literal => Encoding.UTF8.GetString(level.Start),
        LevelKind.Rest => "#",
        _ => "+",
    })));

    public override string ToString() => Text;

    public static bool TryParse(string? text, [NotNullWhen(true)] out TopicPattern? pattern, [NotNullWhen(false)] out string? fault)
    {
        pattern = null;
        fault = FaultOf(text);
        if (fault is not null) return false;
        var parts = text!.Split('/');
        var levels = new Level[parts.Length];
        List<string> names = [];
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] == "#" && i < parts.Length - 1) fault = "# stands for the rest of a topic and must be the last level.";
            else if (!TryParseLevel(parts[i], names, out levels[i], out fault)) fault = $"Level {i + 1}, '{parts[i]}': {fault}";
            if (fault is not null) return false;
        }
        if (names.Count > MaxNames) fault = $"A pattern names at most {MaxNames} parts.";
        else if (names.Distinct().Count() < names.Count) fault = "Each part has a name of its own.";
        else pattern = new TopicPattern(text, levels, [.. names]);
        return pattern is not null;
    }

    private static string? FaultOf(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "Expected a topic pattern, as zigbee2mqtt/{device}.";
        if (text.Length > MaxLength) return $"A pattern has at most {MaxLength} characters.";
        if (text.Any(char.IsControl)) return "A pattern holds no control characters.";
        if (text.Count(c => c == '/') >= MaxLevels) return $"A pattern has at most {MaxLevels} levels.";
        return text[0] == '$' || text == "v1" || text.StartsWith("v1/", StringComparison.Ordinal)
            ? "Topics under v1/ and those that begin with $ have a meaning of their own and cannot be mapped." : null;
    }

    private static bool TryParseLevel(string part, List<string> names, out Level level, [NotNullWhen(false)] out string? fault)
    {
        (level, fault) = (default, null);
        if (part is "+" or "#")
        {
            level = new Level(part == "+" ? LevelKind.Any : LevelKind.Rest, [], []);
            return true;
        }
        var (open, close) = (part.IndexOf('{', StringComparison.Ordinal), part.IndexOf('}', StringComparison.Ordinal));
        if (part.AsSpan().ContainsAny("+#")) fault = "+ and # each fill a level alone.";
        else if (open < 0 && close < 0) level = new Level(LevelKind.Literal, Encoding.UTF8.GetBytes(part), []);
        else if (open < 0 || close < open || part.LastIndexOf('{') != open || part.LastIndexOf('}') != close) fault = "A level holds at most one name, as {device}.";
        else if (!IsName(part[(open + 1)..close])) fault = "A name begins with a letter and holds letters, digits and _.";
        else
        {
            names.Add(part[(open + 1)..close]);
            level = new Level(LevelKind.Named, Encoding.UTF8.GetBytes(part[..open]), Encoding.UTF8.GetBytes(part[(close + 1)..]));
        }
        return fault is null;
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 32 && char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>Whether the topic is of this pattern, and what its named parts hold. Reserved topics never are.</summary>
    public bool TryMatch(ReadOnlySpan<byte> topic, [NotNullWhen(true)] out string[]? captures)
    {
        captures = null;
        if (topic.StartsWith("$"u8) || topic.SequenceEqual("v1"u8) || topic.StartsWith("v1/"u8)) return false;
        Span<Range> parts = stackalloc Range[MaxNames];
        if (!TryMatch(topic, parts)) return false;
        captures = Names.Count == 0 ? [] : new string[Names.Count];
        for (var i = 0; i < captures.Length; i++) captures[i] = Encoding.UTF8.GetString(topic[parts[i]]);
        return true;
    }

    private bool TryMatch(ReadOnlySpan<byte> topic, Span<Range> parts)
    {
        var (start, named) = (0, 0);
        for (var i = 0; i < _levels.Length; i++)
        {
            ref readonly var level = ref _levels[i];
            // As in MQTT, # also stands for nothing: a/# matches a.
            if (level.Kind == LevelKind.Rest) return true;
            if (start > topic.Length) return false;
            var slash = topic[start..].IndexOf((byte)'/');
            var end = slash < 0 ? topic.Length : start + slash;
            if (!Fits(level, topic[start..end])) return false;
            if (level.Kind == LevelKind.Named) parts[named++] = (start + level.Start.Length)..(end - level.End.Length);
            start = end + 1;
        }
        return start > topic.Length;
    }

    private static bool Fits(in Level level, ReadOnlySpan<byte> text) => level.Kind switch
    {
        LevelKind.Literal => text.SequenceEqual(level.Start),
        LevelKind.Named => text.Length > level.Start.Length + level.End.Length && text.StartsWith(level.Start) && text.EndsWith(level.End),
        _ => true,
    };

    /// <summary>The narrower pattern comes first: level by level fixed text before a named part with fixed text, that before a name or +, and # last.</summary>
    public static int CompareBreadth(TopicPattern one, TopicPattern other)
    {
        for (var i = 0; i < one._levels.Length && i < other._levels.Length; i++)
        {
            var order = Breadth(one._levels[i]).CompareTo(Breadth(other._levels[i]));
            if (order != 0) return order;
        }
        return other._levels.Length.CompareTo(one._levels.Length);
    }

    private static int Breadth(in Level level) => level.Kind switch
    {
        LevelKind.Literal => 0,
        LevelKind.Named when level.Start.Length + level.End.Length > 0 => 1,
        LevelKind.Rest => 3,
        _ => 2,
    };
}
