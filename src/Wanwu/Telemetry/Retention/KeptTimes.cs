using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Telemetry.Retention;

/// <summary>Since when observations are kept: before that there is none because retention lets it go, whatever was reported.</summary>
internal sealed class KeptTimes(RetentionBook book, ThingDirectory things, TimeProvider clock)
{
    /// <summary>By the policies and holds of this moment: the beginning, µs, of what is kept without a break until now; null where everything is.</summary>
    public Func<ThingEntry, PropertyName, long?> AsOfNow()
    {
        var (rules, now) = (book.Current, Timestamp.Now(clock));
        var sets = rules.SetsFrom(now);
        LegalHold[] holds = [.. rules.Standing];
        if (!sets.TrueForAll(set => set.HasLimits)) return static (_, _) => null;
        return (thing, property) =>
        {
            var of = new SeriesClass(thing.Id.ToString(), thing.Model?.Id, thing.Organisation, property.ToString(), things.Organisations);
            var since = long.MaxValue;
            foreach (var set in sets) since = Math.Min(since, set.For(of).CutoffsAt(now.Microseconds).Raw);
            for (var isHeld = true; isHeld;)
            {
                isHeld = false;
                foreach (var hold in holds)
                {
                    var (from, to) = (hold.From?.Microseconds ?? long.MinValue, hold.To?.Microseconds ?? long.MaxValue);
                    if (from >= since || to < since || !hold.Takes(of)) continue;
                    (since, isHeld) = (from, true);
                }
            }
            return since == long.MinValue ? null : since;
        };
    }
}
