using CsCheck;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Tests.Registry;

public sealed class ThingOrderTests
{
    /// <summary>Rounds of changes: which thing (beyond the last: a new one) gets which name.</summary>
    private static readonly Gen<(int Thing, string Name)[][]> Rounds =
        Gen.Select(Gen.Int[0, 40], Gen.OneOf(Gen.Const("a"), Gen.Const("A"), Gen.Const("b"), Gen.Const("監測"), Gen.Const("鍋爐 7"), Gen.Const("0"))).Array[1, 12].Array[1, 12];

    [Fact]
    public void An_order_kept_through_changes_is_the_order_sorted_anew() => Rounds.Sample(rounds =>
    {
        var directory = new ThingDirectory();
        ThingOrder[] kept = [.. Enum.GetValues<ThingSort>().Select(sort => new ThingOrder(sort))];
        List<ThingId> ids = [];
        var second = 0;
        foreach (var round in rounds)
        {
            directory.Apply(Changes(round, ids, ++second), new Dictionary<string, ModelEntry>());
            var snapshot = directory.Snapshot;
            foreach (var (sort, order) in Enum.GetValues<ThingSort>().Zip(kept))
                Assert.Equal(new ThingOrder(sort).Of(snapshot, (_, _) => null), order.Of(snapshot, directory.ChangedSlots.Between));
        }
        Assert.Equal(ids.Count, directory.Count);
    }, iter: 200);

    private static List<ThingEntry> Changes((int Thing, string Name)[] round, List<ThingId> ids, int second)
    {
        Dictionary<ThingId, ThingEntry> changes = [];
        foreach (var (thing, name) in round)
        {
            if (thing >= ids.Count) ids.Add(new ThingId(Guid.NewGuid()));
            var id = ids[Math.Min(thing, ids.Count - 1)];
            changes[id] = new ThingEntry { Id = id, Name = LocalizedText.Of(name), Zone = TimeZoneInfo.Utc, Changed = new Timestamp(second) };
        }
        return [.. changes.Values];
    }
}
