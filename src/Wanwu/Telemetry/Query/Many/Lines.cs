using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Telemetry.Query.Many;

/// <summary>What the rows of an answer are about: one series, or a group of them.</summary>
internal sealed class Line
{
    private string?[]? _cells;

    public Line(string?[] cells, IReadOnlyList<ChosenSeries> members) => (_cells, Members) = (cells, members);

    /// <summary>A series for itself.</summary>
    public Line(ChosenSeries one) => Members = [one];

    /// <summary>What it is called, a cell for each of <see cref="Lines.Columns"/>. Of the many series of a question few are in the answer, so that a series gets its name when it is asked for.</summary>
    public string?[] Cells => _cells ??= [Members[0].Thing.Id.ToString(), Members[0].Property.ToString()];

    /// <summary>Never empty.</summary>
    public IReadOnlyList<ChosenSeries> Members { get; }
}

internal enum GroupKind
{
    Province,
    City,
    County,
    Organisation,
    Model,
    Sector,
    Property,
    Label,
}

/// <summary>By what series are put together. A property is never mixed with another: it is always the last column.</summary>
/// <param name="Label">The key, when it is a label by whose value things are put together.</param>
internal readonly record struct GroupBy(GroupKind Kind, string? Label)
{
    private const string LabelPrefix = "label:";
    public const string Rule = "province, city, county, organisation, model, sector, property or label:KEY, several divided by commas";

    public string Column => Kind == GroupKind.Label ? LabelPrefix + Label : QueryParameters.Name(Kind);

    public static bool TryParse(string text, out GroupBy group)
    {
        group = default;
        if (text.StartsWith(LabelPrefix, StringComparison.Ordinal) && text.Length > LabelPrefix.Length)
        {
            group = new GroupBy(GroupKind.Label, text[LabelPrefix.Length..]);
            return true;
        }
        foreach (var kind in Enum.GetValues<GroupKind>())
        {
            if (kind == GroupKind.Label || QueryParameters.Name(kind) != text) continue;
            group = new GroupBy(kind, null);
            return true;
        }
        return false;
    }

    public string? Of(ThingEntry thing) => Kind switch
    {
        GroupKind.Province => RegionOf(thing, 2),
        GroupKind.City => RegionOf(thing, 4),
        GroupKind.County => RegionOf(thing, 6),
        GroupKind.Organisation => thing.Organisation,
        GroupKind.Model => thing.Model?.Id,
        GroupKind.Sector => thing.Sector,
        GroupKind.Label => thing.Labels.TryGetValue(Label!, out var value) ? value : null,
        _ => null,
    };

    /// <summary>The code of the region of that level; of a thing that is placed less exactly, the code it has.</summary>
    private static string? RegionOf(ThingEntry thing, int digits) => thing.Region is { } region ? region[..digits].PadRight(6, '0') : null;
}

/// <summary>The lines of an answer, in the order in which it has them.</summary>
internal sealed class Lines
{
    private Lines(string[] columns, List<Line> all) => (Columns, All) = (columns, all);

    public IReadOnlyList<string> Columns { get; }

    public IReadOnlyList<Line> All { get; }

    public static Lines OfSeries(List<ChosenSeries> picked) =>
        new(["thing", "property"], [.. picked.Select(one => new Line(one))]);

    public static Lines OfGroups(List<ChosenSeries> picked, IReadOnlyList<GroupBy> groups)
    {
        var others = groups.Where(group => group.Kind != GroupKind.Property).ToArray();
        var lines = new Dictionary<string?[], Dictionary<PropertyName, List<ChosenSeries>>>(ByCells.Instance);
        // Series come thing by thing, and what is grouped by is the thing's, but for the property.
        var (thing, properties) = ((ThingEntry?)null, default(Dictionary<PropertyName, List<ChosenSeries>>)!);
        foreach (var one in picked)
        {
            if (!ReferenceEquals(thing, one.Thing))
            {
                thing = one.Thing;
                string?[] cells = [.. others.Select(group => group.Of(thing))];
                if (!lines.TryGetValue(cells, out properties!)) lines[cells] = properties = [];
            }
            if (!properties.TryGetValue(one.Property, out var members)) properties[one.Property] = members = [];
            members.Add(one);
        }
        var all = lines.SelectMany(line => line.Value.Select(property => new Line([.. line.Key, property.Key.ToString()], property.Value)));
        return new([.. others.Select(group => group.Column), "property"], [.. all.OrderBy(line => line.Cells, ByCells.Instance)]);
    }

    /// <summary>The place of the first line that is these cells, or that comes after where they would stand.</summary>
    public int PlaceOf(string?[] cells)
    {
        var (low, high) = (0, All.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ByCells.Instance.Compare(All[middle].Cells, cells) < 0) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    public bool IsAt(int place, string?[] cells) => place < All.Count && ByCells.Instance.Equals(All[place].Cells, cells);

    /// <summary>Cell by cell in order of their characters; nothing comes first.</summary>
    private sealed class ByCells : IComparer<string?[]>, IEqualityComparer<string?[]>
    {
        public static readonly ByCells Instance = new();

        public int Compare(string?[]? x, string?[]? y)
        {
            for (var i = 0; i < Math.Min(x!.Length, y!.Length); i++)
                if (string.CompareOrdinal(x[i], y[i]) is not 0 and var by) return by;
            return x.Length - y.Length;
        }

        public bool Equals(string?[]? x, string?[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(string?[] obj)
        {
            var hash = new HashCode();
            foreach (var cell in obj) hash.Add(cell, StringComparer.Ordinal);
            return hash.ToHashCode();
        }
    }
}

/// <summary>Where an answer goes on: behind a time of a line. A reader can make it of the last row it has.</summary>
/// <remarks><c>time/cell/cell</c>, each cell percent-encoded; a cell that is nothing is <c>-</c>, and one that begins so has another before it.</remarks>
internal readonly record struct LineCursor(long Time, string?[] Cells)
{
    public override string ToString() =>
        $"{new Things.Timestamp(Time)}/{string.Join('/', Cells.Select(cell => cell switch { null => "-", ['-', ..] => "-" + Uri.EscapeDataString(cell), _ => Uri.EscapeDataString(cell) }))}";

    public static bool TryParse(string text, int cells, out LineCursor cursor)
    {
        cursor = default;
        var parts = text.Split('/');
        if (parts.Length != cells + 1 || !Things.Timestamp.TryParse(parts[0], null, out var time)) return false;
        cursor = new LineCursor(time.Microseconds, [.. parts.Skip(1).Select(CellOf)]);
        return true;
    }

    private static string? CellOf(string part) => part switch
    {
        "-" => null,
        ['-', ..] => Uri.UnescapeDataString(part[1..]),
        _ => Uri.UnescapeDataString(part),
    };
}
