namespace Wanwu.Registry.Organisations;

/// <summary>All organisations as of one moment, in pre-order: whatever lies below one follows it without a gap, so that being within is two comparisons.</summary>
/// <remarks>Immutable and replaced whole; read without a lock. Takes a chain of any depth: nothing here recurses.</remarks>
internal sealed class OrganisationTree
{
    public static readonly OrganisationTree Empty = Of([]);
    private readonly Dictionary<string, int> _positions;
    private readonly OrganisationEntry[] _entries;
    private readonly int[] _ends, _parents, _depths;

    private OrganisationTree(int count)
    {
        _positions = new Dictionary<string, int>(count, StringComparer.Ordinal);
        (_entries, _ends, _parents, _depths) = (new OrganisationEntry[count], new int[count], new int[count], new int[count]);
    }

    /// <summary>Orders them by id within each parent. One whose parent is unknown, or is within a circle, stands at the top: nothing is lost.</summary>
    public static OrganisationTree Of(IReadOnlyCollection<OrganisationEntry> organisations)
    {
        var byId = organisations.ToDictionary(organisation => organisation.Id, StringComparer.Ordinal);
        // Descending, because the stack turns them round.
        var sorted = organisations.OrderByDescending(organisation => organisation.Id, StringComparer.Ordinal).ToArray();
        var below = sorted.Where(organisation => organisation.Parent is not null).ToLookup(organisation => organisation.Parent!, StringComparer.Ordinal);
        var tree = new OrganisationTree(organisations.Count);
        var open = new Stack<(OrganisationEntry Entry, int Parent)>();
        foreach (var top in sorted)
            if (top.Parent is null || !byId.ContainsKey(top.Parent)) open.Push((top, -1));
        tree.Place(open, below);
        for (var i = sorted.Length - 1; tree._positions.Count < sorted.Length; i--)
        {
            if (tree._positions.ContainsKey(sorted[i].Id)) continue;
            open.Push((sorted[i], -1));
            tree.Place(open, below);
        }
        return tree;
    }

    private void Place(Stack<(OrganisationEntry Entry, int Parent)> open, ILookup<string, OrganisationEntry> below)
    {
        var first = _positions.Count;
        while (open.TryPop(out var next))
        {
            var at = _positions.Count;
            if (!_positions.TryAdd(next.Entry.Id, at)) continue;
            (_entries[at], _parents[at]) = next;
            _depths[at] = next.Parent < 0 ? 0 : _depths[next.Parent] + 1;
            foreach (var child in below[next.Entry.Id]) open.Push((child, at));
        }
        for (var at = _positions.Count - 1; at >= first; at--)
        {
            _ends[at] = Math.Max(_ends[at], at + 1);
            if (_parents[at] is >= 0 and var parent) _ends[parent] = Math.Max(_ends[parent], _ends[at]);
        }
    }

    public int Count => _entries.Length;

    /// <summary>All of them: each before what is below it, those of one parent by id.</summary>
    public IReadOnlyList<OrganisationEntry> All => _entries;

    public OrganisationEntry? Find(string? id) => id is not null && _positions.TryGetValue(id, out var at) ? _entries[at] : null;

    /// <summary>Whether the organisation is the ancestor itself or anywhere below it. One that does not exist is within none.</summary>
    public bool IsWithin(string? organisation, string ancestor) => Branch(ancestor).Holds(organisation);

    /// <summary>An organisation with all below it, looked up once to be asked often; empty where there is no such organisation.</summary>
    public OrganisationBranch Branch(string ancestor) =>
        _positions.TryGetValue(ancestor, out var at) ? new OrganisationBranch(_positions, at, _ends[at]) : new OrganisationBranch(_positions, 0, 0);

    /// <summary>The organisation and all below it, in the order of <see cref="All"/>.</summary>
    public ReadOnlySpan<OrganisationEntry> Within(string ancestor) =>
        _positions.TryGetValue(ancestor, out var at) ? _entries.AsSpan(at, _ends[at] - at) : [];

    /// <summary>From its parent up to the top.</summary>
    public IEnumerable<OrganisationEntry> Ancestors(string id)
    {
        if (!_positions.TryGetValue(id, out var at)) yield break;
        for (at = _parents[at]; at >= 0; at = _parents[at]) yield return _entries[at];
    }

    /// <summary>Those directly below; of null those at the top.</summary>
    public IEnumerable<OrganisationEntry> Children(string? id)
    {
        var (at, end) = (0, _entries.Length);
        if (id is not null)
        {
            if (!_positions.TryGetValue(id, out at)) yield break;
            end = _ends[at++];
        }
        for (; at < end; at = _ends[at]) yield return _entries[at];
    }

    /// <summary>Adds up what is known of each organisation by itself to what holds for its whole branch.</summary>
    public IReadOnlyDictionary<string, int> Totals(IReadOnlyDictionary<string, int> own)
    {
        var totals = new int[_entries.Length];
        var byId = new Dictionary<string, int>(_entries.Length, StringComparer.Ordinal);
        // Backwards, so that what is below is whole before it is added to what is above.
        for (var at = _entries.Length - 1; at >= 0; at--)
        {
            totals[at] += own.GetValueOrDefault(_entries[at].Id);
            if (_parents[at] is >= 0 and var parent) totals[parent] += totals[at];
            byId[_entries[at].Id] = totals[at];
        }
        return byId;
    }

    /// <summary>How many stand above it.</summary>
    public int DepthOf(string id) => _positions.TryGetValue(id, out var at) ? _depths[at] : 0;
}

/// <summary>An organisation with all below it, of one tree. Asking costs one look-up by name.</summary>
internal readonly struct OrganisationBranch(Dictionary<string, int> positions, int first, int end)
{
    /// <summary>How many organisations it holds, its top among them; 0 where there is none.</summary>
    public int Count => end - first;

    public bool Holds(string? organisation) => organisation is not null && positions.TryGetValue(organisation, out var at) && at >= first && at < end;
}
