using System.Text;
using Wanwu.Registry;

namespace Wanwu.Console.ThingRoom;

internal enum FilterKind
{
    None,
    Text,
    Lifecycle,
    Model,
    Organisation,
    Region,
}

/// <summary>A column of the list of things.</summary>
internal sealed record ThingColumn(string Key, string Title, bool Sorts, FilterKind Filter, bool Always = false)
{
    public static readonly IReadOnlyList<ThingColumn> All =
    [
        new("name", "column.name", true, FilterKind.Text, Always: true),
        new("model", "column.model", false, FilterKind.Model),
        new("identifiers", "column.identifiers", false, FilterKind.None),
        new("region", "column.region", false, FilterKind.Region),
        new("lifecycle", "column.lifecycle", false, FilterKind.Lifecycle),
        new("heard", "column.heard", false, FilterKind.None),
        new("organisation", "column.organisation", false, FilterKind.Organisation),
        new("labels", "column.labels", false, FilterKind.Text),
        new("created", "column.created", true, FilterKind.None),
        new("changed", "column.changed", true, FilterKind.None),
        new("id", "column.id", false, FilterKind.None),
    ];

    public static readonly IReadOnlyList<string> AtFirst = ["name", "model", "identifiers", "region", "lifecycle", "heard"];

    public static IEnumerable<ThingColumn> Choosable => All.Where(column => !column.Always);
}

/// <summary>What the list of things shows: filters, order and columns. It lives in the address, so any view can be sent as a link.</summary>
internal sealed record ThingQuery
{
    /// <summary>Chosen where the states of life are: things from which nothing is taken.</summary>
    public const string Quarantined = "quarantined";
    private const string SortKey = "sort", ColumnsKey = "columns", RowsKey = "rows";
    private static readonly string[] FilterKeys = [.. ThingColumn.All.Where(column => column.Filter != FilterKind.None).Select(column => column.Key)];

    private readonly Dictionary<string, string> _filters = [];

    public string Sort { get; init; } = "name";
    public bool Descending { get; init; }
    public bool Compact { get; init; }
    public IReadOnlyList<string> Columns { get; init; } = ThingColumn.AtFirst;

    public bool IsFiltered => _filters.Count > 0;

    public string Filter(string key) => _filters.GetValueOrDefault(key, "");

    public bool Shows(string key) => Columns.Contains(key);

    public ThingQuery With(string key, string? text)
    {
        var changed = new ThingQuery(this);
        if (string.IsNullOrWhiteSpace(text)) changed._filters.Remove(key);
        else changed._filters[key] = text.Trim();
        return changed;
    }

    private ThingQuery(ThingQuery other)
    {
        _filters = new Dictionary<string, string>(other._filters);
        (Sort, Descending, Compact, Columns) = (other.Sort, other.Descending, other.Compact, other.Columns);
    }

    public ThingQuery()
    {
    }

    public ThingQuery Toggle(string key) => this with
    {
        Columns = Shows(key)
            ? [.. Columns.Where(column => column != key)]
            : [.. ThingColumn.All.Select(column => column.Key).Where(column => column == key || Shows(column))],
    };

    public ThingQuery SortBy(string key) => this with { Sort = key, Descending = Sort == key && !Descending };

    public string? AriaSort(string key) => Sort != key ? null : Descending ? "descending" : "ascending";

    /// <summary>Reads the query part of an address; what it does not know it leaves out.</summary>
    public static ThingQuery Read(IQueryCollection parts)
    {
        var query = new ThingQuery();
        foreach (var key in FilterKeys)
            if (parts[key].ToString() is { Length: > 0 and <= 200 } text) query._filters[key] = text;
        var sort = parts[SortKey].ToString();
        var column = sort.TrimStart('-');
        if (!ThingColumn.All.Any(known => known.Sorts && known.Key == column)) (sort, column) = ("", "name");
        string[] asked = parts[ColumnsKey].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries);
        IReadOnlyList<string> columns = [.. ThingColumn.All.Where(known => known.Always || asked.Contains(known.Key)).Select(known => known.Key)];
        return query with
        {
            Sort = column,
            Descending = sort.StartsWith('-'),
            Compact = parts[RowsKey] == "compact",
            Columns = asked.Length == 0 ? ThingColumn.AtFirst : columns,
        };
    }

    /// <summary>The query part of the address, empty for the list as it is at first.</summary>
    public string ToQuery()
    {
        var query = new StringBuilder();
        foreach (var (key, text) in _filters) Add(key, text);
        if (Sort != "name" || Descending) Add(SortKey, Descending ? "-" + Sort : Sort);
        if (!Columns.SequenceEqual(ThingColumn.AtFirst)) Add(ColumnsKey, string.Join(',', Columns));
        if (Compact) Add(RowsKey, "compact");
        return query.ToString();

        void Add(string key, string text) => query.Append(query.Length == 0 ? '?' : '&').Append(key).Append('=').Append(Uri.EscapeDataString(text));
    }

    /// <summary>The filters as parameters of a question about many series.</summary>
    public string ToQuestion() => string.Concat(_filters.Select(filter => $"{filter.Key switch { "name" => "q", "labels" => "label", var key => key }}={Uri.EscapeDataString(filter.Value)}&"));

    /// <summary>The query as the registry understands it. The name's filter looks in names, ids and identifiers.</summary>
    public ThingFilter ToFilter() => new()
    {
        Text = Asked("name"),
        Model = Asked("model"),
        Region = Asked("region"),
        Organisation = Asked("organisation"),
        Quarantined = Filter("lifecycle") == Quarantined ? true : null,
        Lifecycles = LifecycleSteps.TryParse(Filter("lifecycle"), out var lifecycle) ? [lifecycle] : [],
        Labels = [.. Filter("labels").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(LabelOf)],
    };

    public ThingSort ToSort(string language) => (Sort, language) switch
    {
        ("created", _) => ThingSort.Id,
        ("changed", _) => ThingSort.Changed,
        (_, "zh-Hant") => ThingSort.NameHant,
        (_, "zh-Hans") => ThingSort.NameHans,
        _ => ThingSort.NameEn,
    };

    private string? Asked(string key) => _filters.GetValueOrDefault(key);

    private static KeyValuePair<string, string?> LabelOf(string text) =>
        text.IndexOf('=') is > 0 and var at ? new(text[..at], text[(at + 1)..]) : new(text, null);

    // The list is read again only when what it lists changes, not when a column is shown or hidden.
    public bool ListsSameAs(ThingQuery other) =>
        Sort == other.Sort && Descending == other.Descending && _filters.Count == other._filters.Count
        && _filters.All(filter => other.Filter(filter.Key) == filter.Value);
}
