using Wanwu.Telemetry;
using Wanwu.Telemetry.Erasure;
using Wanwu.Telemetry.Query;
using Wanwu.Tests.Telemetry.Retention;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Erasure;

/// <summary>Rollups whose observations have expired go with the subject they are of, and no others.</summary>
public sealed class KeptErasureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-erasure-kept-").FullName;
    private readonly ThingId _one = ThingId.New(TimeProvider.System), _two = ThingId.New(TimeProvider.System);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<long> DaysAsync(ErasureRig rig, ThingId thing)
    {
        var query = new BucketQuery(new SeriesQuery(thing, PropertyName.Parse("p"), Timestamp.Min, Timestamp.Max) { Limit = 10_000 }, BucketWidth.Day, TimeZoneInfo.Utc, [Aggregate.Count, Aggregate.Max]);
        return (await rig.Telemetry.Queries.AggregateAsync(query, TestContext.Current.CancellationToken)).Items.Count;
    }

    [Fact]
    public async Task A_subject_s_rows_go_and_a_neighbour_s_stay()
    {
        await using var rig = new ErasureRig(_folder, RetentionRig.Directory((_one, null), (_two, null)), past: TimeSpan.FromDays(25));
        var result = default(AppendResult);
        for (var hour = 1; hour <= 20 * 24; hour++)
            foreach (var thing in (ThingId[])[_one, _two])
                result = rig.Telemetry.Append(thing, rig.Telemetry.Observe(thing, "p", Value.OfNumber(hour), new Timestamp(rig.Retention.Now.Microseconds - hour * 3_600_000_000L)));
        await rig.Telemetry.CommitAsync(result);
        await rig.Telemetry.CompactAsync();
        rig.Retention.Book.Apply(RetentionRig.Rules(RetentionRig.Policy("default", "P5D", rollupsFor: "forever")));
        await rig.Telemetry.CompactAsync();
        Assert.Equal((20, 20), (await DaysAsync(rig, _one), await DaysAsync(rig, _two)));
        var order = rig.Order([new ErasedThing(_one, [PropertyName.Parse("p")])]);
        var before = await rig.Run.CountAsync(rig.Run.SubjectOf(order), TestContext.Current.CancellationToken);
        Assert.True(before.Single(place => place.Place == "rollups").Count > 0);
        Assert.Equal(ErasureState.Done, (await rig.EraseAsync(order))!.State);
        Assert.Equal((0, 20), (await DaysAsync(rig, _one), await DaysAsync(rig, _two)));
    }

    [Fact]
    public async Task A_legal_hold_that_is_placed_meanwhile_keeps_all_of_it_until_it_is_lifted()
    {
        await using var rig = new ErasureRig(_folder, RetentionRig.Directory((_one, null), (_two, null)), past: TimeSpan.FromDays(25));
        await rig.Telemetry.CommitAsync(rig.Telemetry.Append(_one, rig.Telemetry.Observe(_one, "p", Value.OfNumber(1), rig.Retention.Now)));
        var order = rig.Order([new ErasedThing(_one, [PropertyName.Parse("p")])]);
        rig.Retention.Book.Apply(new Wanwu.Telemetry.Retention.RetentionRules([], [RetentionRig.Hold(_one)]));
        var held = await Assert.ThrowsAsync<ErasureHeldException>(() => rig.EraseAsync(order));
        Assert.Contains("a case", held.Message, StringComparison.Ordinal);
        Assert.Single(await rig.Retention.ReadAsync(_one, "p"));
        rig.Retention.Book.Apply(Wanwu.Telemetry.Retention.RetentionRules.None);
        Assert.Equal(ErasureState.Done, (await rig.EraseAsync(order))!.State);
        Assert.Empty(await rig.Retention.ReadAsync(_one, "p"));
    }
}
