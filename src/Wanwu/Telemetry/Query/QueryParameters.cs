using System.Globalization;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query;

/// <summary>Reads the parameters of a query and gathers what is wrong with them: the parameter, its value and the rule.</summary>
internal sealed class QueryParameters(IQueryCollection query)
{
    private readonly Dictionary<string, string[]> _faults = [];

    public bool IsWrong => _faults.Count > 0;

    /// <summary>The parameters with which something is wrong.</summary>
    public IReadOnlyCollection<string> Wrongs => _faults.Keys;

    public IResult Problem() => TypedResults.ValidationProblem(_faults, title: "The query cannot be answered as it was put.");

    public string? Text(string name) => query[name] is [{ Length: > 0 } text, ..] ? text : null;

    /// <summary>Every value of a parameter that may be given several times.</summary>
    public IReadOnlyList<string> Texts(string name) => [.. query[name].OfType<string>().Where(text => text.Length > 0)];

    /// <summary>A fault in words of its own.</summary>
    public void Wrong(string name, string fault) => _faults[name] = [fault];

    /// <summary>A misspelt parameter would silently be left out.</summary>
    public void RefuseUnknown(IReadOnlyCollection<string> known)
    {
        foreach (var name in query.Keys)
            if (!known.Contains(name)) Wrong(name.Length > 64 ? name[..64] : name, $"This parameter is not known. {(known.Count == 0 ? "There are none here." : $"Known are: {string.Join(", ", known)}.")}");
    }

    public void Fault(string name, string rule) => _faults[name] = [$"'{Text(name)}' is not {rule}."];

    public T? Value<T>(string name, Func<string, T?> parse, string rule) where T : struct
    {
        if (Text(name) is not { } text) return null;
        if (parse(text) is { } value) return value;
        Fault(name, rule);
        return null;
    }

    public int Limit(int otherwise, int most) =>
        Value<int>("limit", text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= 1 && limit <= most ? limit : null,
            $"a whole number from 1 to {most}") ?? otherwise;

    public Timestamp? Time(string name) => Value(name, ParseTime, "a time in RFC 3339 with zone, as 2026-01-31T08:00:00Z, or whole milliseconds since 1970-01-01T00:00:00Z");

    /// <summary>A '+' that was not escaped reaches us as a space: 2026-01-31T08:00:00 08:00 has one meaning only.</summary>
    private static Timestamp? ParseTime(string text)
    {
        if (Timestamp.TryParse(text, null, out var time)) return time;
        if (text.Length > 6 && text[^6] == ' ' && Timestamp.TryParse($"{text.AsSpan(0, text.Length - 6)}+{text.AsSpan(text.Length - 5)}", null, out time)) return time;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds)
            && Math.Abs(milliseconds) < 300_000_000_000_000 && Timestamp.IsInRange(milliseconds * 1_000)
            ? new Timestamp(milliseconds * 1_000)
            : null;
    }

    public Timestamp? Cursor() => Value<Timestamp>("cursor",
        text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var time) && Timestamp.IsInRange(time) ? new Timestamp(time) : null,
        "a cursor: pass on the next of the page before, as it is");

    public static string Cursor(Timestamp time) => time.Microseconds.ToString(CultureInfo.InvariantCulture);

    public long? Number(string name, string rule) => Value<long>(name,
        text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null, rule);

    public T? OneOf<T>(string name) where T : struct, Enum => Value(name, Parse<T>, $"one of {Names<T>()}");

    /// <summary>Names divided by commas; null if the parameter is not there.</summary>
    public IReadOnlyList<T>? ManyOf<T>(string name) where T : struct, Enum
    {
        if (Text(name) is not { } text) return null;
        var values = new List<T>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (Parse<T>(part) is { } value) values.Add(value);
            else Fault(name, $"a list of {Names<T>()}");
        }
        return values.Distinct().ToList();
    }

    public TimeZoneInfo? Zone(string name)
    {
        if (Text(name) is not { } text) return null;
        if (text.Contains('/', StringComparison.Ordinal) || text == "UTC")
            if (TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone)) return zone;
        Fault(name, "a zone of the IANA database, as Asia/Shanghai");
        return null;
    }

    /// <summary>An enumeration by the names the API writes: camel case, no numbers.</summary>
    private static T? Parse<T>(string text) where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
            if (Name(value) == text) return value;
        return null;
    }

    public static string Name<T>(T value) where T : struct, Enum
    {
        var text = value.ToString();
        return char.ToLowerInvariant(text[0]) + text[1..];
    }

    private static string Names<T>() where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Select(Name));
}
