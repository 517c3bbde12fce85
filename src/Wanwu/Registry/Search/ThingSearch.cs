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
        var matches = Matches(snapshot, filter);
        List<ThingEntry> page = new(Math.Min(limit, order.Length));
        var step = descending ? -1 : 1;
        for (var at = Start(sort, descending, snapshot, order, after); at >= 0 && at < order.Length; at += step)
        {
            if (!Takes(snapshot, order[at], matches, filter, visible)) continue;
            if (page.Count == limit) return new ThingPage(page, HasMore: true);
            page.Add(snapshot[order[at]]);
        }
        return new ThingPage(page, HasMore: false);
    }

    /// <summary>All things of a filter, in order, to be read by position. Holds four bytes a thing.</summary>
    public ThingSelection Select(ThingFilter filter, ThingSort sort, bool descending, Func<ThingEntry, bool> visible)
    {
        var (snapshot, order) = OrderOf(sort);
        var matches = Matches(snapshot, filter);
        List<int> selected = [];
        foreach (var slot in order)
            if (Takes(snapshot, slot, matches, filter, visible)) selected.Add(slot);
        if (descending) selected.Reverse();
        return new ThingSelection(snapshot, selected);
    }

    /// <summary>How many things a filter takes.</summary>
    public int Count(ThingFilter filter, Func<ThingEntry, bool> visible)
    {
        var snapshot = things.Snapshot;
        var matches = Matches(snapshot, filter);
        var count = 0;
        for (var slot = 0; slot < snapshot.Count; slot++)
            if (Takes(snapshot, slot, matches, filter, visible)) count++;
        return count;
    }

    private (ThingSnapshot Snapshot, int[] Order) OrderOf(ThingSort sort)
    {
        var snapshot = things.Snapshot;
        return (snapshot, _orders[(int)sort].Of(snapshot, things.ChangedSlots.Between));
    }

    private static ulong[]? Matches(ThingSnapshot snapshot, ThingFilter filter)
    {
        var words = SearchText.Words(filter.Text ?? "");
        return words.Length == 0 ? null : snapshot.Match(words);
    }

    private static bool Takes(ThingSnapshot snapshot, int slot, ulong[]? matches, ThingFilter filter, Func<ThingEntry, bool> visible)
    {
        if (matches is not null && (matches[slot >> 6] & (1UL << slot)) == 0) return false;
        var thing = snapshot[slot];
        return filter.Takes(thing) && visible(thing);
    }

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
