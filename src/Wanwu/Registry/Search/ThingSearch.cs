namespace Wanwu.Registry;

/// <summary>Finds and sorts things, all in memory: pages for the API, whole selections for the console's scrolling list.</summary>
internal sealed class ThingSearch(ThingDirectory things)
{
    private readonly ThingOrder[] _orders = [.. Enum.GetValues<ThingSort>().Select(sort => new ThingOrder(sort))];

    /// <summary>The things of a filter that come after a position, at most <paramref name="limit"/>.</summary>
    /// <param name="visible">What the caller may see (<see cref="Security.Access.AccessRules.Visible"/>).</param>
    /// <param name="after">The last thing of the page before, or null for the first page.</param>
    public ThingPage Page(ThingFilter filter, ThingSort sort, bool descending, Func<ThingEntry, bool> visible, ThingPosition? after, int limit)
    {
        var (snapshot, order) = OrderOf(sort);
        var (realms, matches) = (Realms(snapshot, filter, visible), new ThingMatches(snapshot, filter));
        List<ThingEntry> page = new(Math.Min(limit, order.Length));
        var step = descending ? -1 : 1;
        for (var at = Start(sort, descending, snapshot, order, after); at >= 0 && at < order.Length; at += step)
        {
            if (!Takes(snapshot, order[at], ref realms, ref matches)) continue;
            if (page.Count == limit) return new ThingPage(page, HasMore: true);
            page.Add(snapshot[order[at]]);
        }
        return new ThingPage(page, HasMore: false);
    }

    /// <summary>All things of a filter, in order, to be read by position. Holds four bytes a thing.</summary>
    public ThingSelection Select(ThingFilter filter, ThingSort sort, bool descending, Func<ThingEntry, bool> visible)
    {
        var (snapshot, order) = OrderOf(sort);
        var (realms, matches) = (Realms(snapshot, filter, visible), new ThingMatches(snapshot, filter));
        List<int> selected = [];
        foreach (var slot in order)
            if (Takes(snapshot, slot, ref realms, ref matches)) selected.Add(slot);
        if (descending) selected.Reverse();
        return new ThingSelection(snapshot, selected);
    }

    /// <summary>How many things a filter takes.</summary>
    public int Count(ThingFilter filter, Func<ThingEntry, bool> visible)
    {
        var snapshot = things.Snapshot;
        var (realms, matches) = (Realms(snapshot, filter, visible), new ThingMatches(snapshot, filter));
        var count = 0;
        for (var slot = 0; slot < snapshot.Count; slot++)
            if (Takes(snapshot, slot, ref realms, ref matches)) count++;
        return count;
    }

    private (ThingSnapshot Snapshot, int[] Order) OrderOf(ThingSort sort)
    {
        var snapshot = things.Snapshot;
        return (snapshot, _orders[(int)sort].Of(snapshot, things.ChangedSlots.Between));
    }

    private RealmMatches Realms(ThingSnapshot snapshot, ThingFilter filter, Func<ThingEntry, bool> visible) => new(snapshot, filter, things.Organisations, visible);

    private static bool Takes(ThingSnapshot snapshot, int slot, ref RealmMatches realms, ref ThingMatches matches) =>
        realms.Has(slot) && matches.Has(slot) && (realms.AreAll || realms.Has(snapshot[slot]));

    /// <summary>Where a page begins: next to the last thing shown, even if that has moved or been renamed since.</summary>
    private int Start(ThingSort sort, bool descending, ThingSnapshot snapshot, int[] order, ThingPosition? after)
    {
        if (after is not { } position) return descending ? order.Length - 1 : 0;
        var (low, high) = (0, order.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var compared = _orders[(int)sort].Compare(snapshot[order[middle]], position);
            if (compared < 0 || (compared == 0 && !descending)) low = middle + 1;
            else high = middle;
        }
        return descending ? low - 1 : low;
    }
}

/// <param name="HasMore">Whether more things follow.</param>
internal sealed record ThingPage(IReadOnlyList<ThingEntry> Things, bool HasMore);

/// <summary>The things of a filter as of one moment.</summary>
internal sealed class ThingSelection(ThingSnapshot snapshot, IReadOnlyList<int> slots)
{
    public int Count => slots.Count;

    /// <summary>The directory's version this was selected from.</summary>
    public long Version => snapshot.Version;

    public ThingEntry this[int index] => snapshot[slots[index]];

    /// <summary>At most <paramref name="count"/> things from position <paramref name="start"/> on.</summary>
    public IEnumerable<ThingEntry> Window(int start, int count)
    {
        for (var i = start; i < Math.Min(slots.Count, start + count); i++) yield return this[i];
    }
}

/// <summary>Which things have the words of a filter. The first few are looked at one by one, which fills a page of what is common;
/// what is rare is then searched for in all things at once.</summary>
internal struct ThingMatches(ThingSnapshot snapshot, ThingFilter filter)
{
    private const int OneByOne = 2_000;
    private readonly byte[][] _words = SearchText.WordsOf(filter);
    private int _asked;
    private ulong[]? _bits;

    public bool Has(int slot)
    {
        if (_words.Length == 0) return true;
        if (_bits is null && _asked++ < OneByOne) return snapshot.Matches(slot, _words);
        _bits ??= snapshot.Match(_words);
        return (_bits[slot >> 6] & (1UL << slot)) != 0;
    }
}
