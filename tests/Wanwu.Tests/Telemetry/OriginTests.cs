using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

public sealed class OriginTests
{
    private readonly ThingId _thing = ThingId.New(TimeProvider.System);

    [Fact]
    public async Task A_message_is_recognised_while_it_is_on_its_way_when_it_is_stored_and_after_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("wanwu-telemetry-").FullName;
        try
        {
            await using (var rig = new TelemetryRig(folder))
            {
                Assert.False(rig.Log.SeenOrigin(42));
                var first = rig.Append("mqtt", _thing, [rig.Observe(_thing, "p", Value.OfInteger(1))], origin: 42);
                Assert.True(rig.Log.SeenOrigin(42));
                await rig.CommitAsync(first);
                await rig.LoadAsync();
                Assert.True(rig.Log.SeenOrigin(42));
            }
            await using var again = new TelemetryRig(folder);
            Assert.True(again.Log.SeenOrigin(42));
            Assert.False(again.Log.SeenOrigin(43));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Only_so_many_are_remembered_and_the_oldest_go_first()
    {
        var origins = new Wanwu.Telemetry.Log.Origins(3);
        for (var origin = 1UL; origin <= 5; origin++) origins.Add(origin);
        Assert.Equal([false, false, true, true, true], Enumerable.Range(1, 5).Select(origin => origins.Contains((ulong)origin)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1_000)]
    public void However_rarely_it_is_asked_the_answer_is_that_of_a_plain_queue(int askEvery)
    {
        const int capacity = 64;
        var origins = new Wanwu.Telemetry.Log.Origins(capacity);
        var expected = new List<ulong>();
        var random = new Random(7);
        for (var i = 1; i <= 5_000; i++)
        {
            origins.Add((ulong)i);
            expected.Add((ulong)i);
            if (random.Next(10) == 0)
            {
                origins.Forget((ulong)i);
                expected[^1] = 0;
            }
            if (i % askEvery != 0) continue;
            var asked = (ulong)Math.Max(1, i - random.Next(2 * capacity));
            Assert.Equal(expected.TakeLast(capacity).Contains(asked), origins.Contains(asked));
        }
    }

    [Fact]
    public async Task Old_segments_go_once_loaded_but_for_the_newest_of_them()
    {
        await using var rig = new TelemetryRig(logOptions: new Wanwu.Telemetry.Log.LogOptions { SegmentMegabytes = 1, ReserveMegabytes = 1 });
        var text = Value.OfText(new string('x', 8_000));
        for (var i = 0; i < 800; i++)
        {
            await rig.CommitAsync(rig.Append("mqtt", _thing, [rig.Observe(_thing, "p", text, new Timestamp(i))], origin: (ulong)i + 1));
            if (i % 50 == 0) await rig.LoadAsync();
        }
        await rig.LoadAsync();
        Assert.InRange(Wanwu.Telemetry.Log.LogFolder.List(rig.LogPath).Count, 2, 4);
        Assert.Equal(800, rig.Accounts.Read().All.Stored);
    }
}
