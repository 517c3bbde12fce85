using System.Globalization;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Backup;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Erasure;
using Wanwu.Telemetry.Query;
using Wanwu.Tests.Telemetry.Retention;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Erasure;

/// <summary>Random reports, days, compactions, erasures and crashes at every step of them against a plain list: what was ordered is gone, all else is as it was, and what is summed up is what is left.</summary>
public sealed class ErasureModelTests(ITestOutputHelper output) : IDisposable
{
    private const int Steps = 12, Today = 100;
    private static readonly string[] Properties = ["p", "name", "card"];
    private static readonly string[] Words = ["Li Xiaoming", "Wang Fang", "it's '; --", "欧阳娜"];
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-erasure-").FullName;
    private readonly List<ThingId> _things = [.. Enumerable.Range(0, 3).Select(_ => ThingId.New(TimeProvider.System))];
    private readonly Dictionary<Row, Value> _rows = [];
    private TimeSpan _past = TimeSpan.FromDays(Today);

    private sealed record Row(int Thing, string Property, Timestamp Time);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ErasureRig Open() => new(_folder, RetentionRig.Directory([.. _things.Select(thing => (thing, (string?)null))]), past: _past);

    [Theory]
    [InlineData(1)]
    [InlineData(null)]
    public async Task Random_histories(int? fixedSeed)
    {
        var seed = fixedSeed ?? Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var rig = Open();
        try
        {
            for (var step = 0; step < Steps; step++) rig = await StepAsync(rig, random);
            rig = await EraseAsync(rig, random);
            await SeeAsync(rig);
        }
        finally
        {
            await rig.DisposeAsync();
        }
    }

    private async Task<ErasureRig> StepAsync(ErasureRig rig, Random random)
    {
        switch (random.Next(8))
        {
            case 0 or 1 or 2:
                await ReportAsync(rig, random);
                return rig;
            case 3:
                await rig.Telemetry.CompactAsync();
                return rig;
            case 4:
                await rig.Telemetry.SumUpAsync();
                return rig;
            case 5:
                var more = TimeSpan.FromDays(random.Next(1, 12)) + TimeSpan.FromHours(random.Next(24));
                _past += more;
                rig.Telemetry.Clock.Advance(more);
                return rig;
            default:
                return await EraseAsync(rig, random);
        }
    }

    private async Task ReportAsync(ErasureRig rig, Random random)
    {
        var result = default(AppendResult);
        for (var i = random.Next(20, 200); i > 0; i--)
        {
            var back = random.Next(4) == 0 ? random.Next(0, 90) : random.Next(0, 4);
            var time = new Timestamp(ColdPeriod.DayStart(rig.Retention.Now.Microseconds) - back * ColdPeriod.MicrosecondsPerDay + random.Next(0, 24 * 60) * 60_000_000L);
            var row = new Row(random.Next(_things.Count), Properties[random.Next(Properties.Length)], time);
            _rows[row] = row.Property switch
            {
                "p" => Value.OfNumber(random.Next(100_000) / 7.0), "name" => Value.OfText(Words[random.Next(Words.Length)]),
                _ => Value.OfInteger(random.Next(2) == 0 ? random.Next(3) : (1L << 60) + random.Next(3)),
            };
            result = rig.Telemetry.Append(_things[row.Thing], rig.Telemetry.Observe(_things[row.Thing], row.Property, _rows[row], row.Time));
        }
        await rig.Telemetry.CommitAsync(result);
    }

    private async Task<ErasureRig> EraseAsync(ErasureRig rig, Random random)
    {
        var (things, properties) = (Enumerable.Range(0, _things.Count).Where(_ => random.Next(2) == 0).ToList(), Properties.Where(_ => random.Next(3) > 0).ToList());
        var from = random.Next(2) == 0 ? Timestamp.Min : new Timestamp(rig.Retention.Now.Microseconds - random.Next(1, 40) * 43_200_000_000L);
        var to = random.Next(2) == 0 ? Timestamp.Max : new Timestamp(Math.Max(from.Microseconds, rig.Retention.Now.Microseconds - random.Next(0, 40) * 43_200_000_000L));
        var value = random.Next(3) > 0 ? null : random.Next(2) == 0 ? Words[random.Next(Words.Length)] : (random.Next(2) == 0 ? random.Next(3) : (1L << 60) + random.Next(3)).ToString(CultureInfo.InvariantCulture);
        var order = rig.Order(things.Select(thing => new ErasedThing(_things[thing], [.. properties.Select(property => PropertyName.Parse(property))])), from, to, value);
        foreach (var row in _rows.Keys.Where(row => things.Contains(row.Thing) && properties.Contains(row.Property) && row.Time >= from && row.Time < to && (value is null || Says(_rows[row], value))).ToList()) _rows.Remove(row);
        ErasureOrder? done = null;
        for (var crashes = random.Next(3); done is null; crashes--)
        {
            rig.Faults.At = null;
            if (crashes > 0) rig.CrashAt(random.Next(14));
            done = await rig.EraseAsync(order);
            if (done is not null) break;
            await rig.KillAsync();
            rig = Open();
        }
        Assert.Equal(ErasureState.Done, done.State);
        Assert.All(done.After!, place => Assert.Equal(0, place.Count));
        await SeeAsync(rig);
        return rig;
    }

    private static bool Says(Value value, string word) => value.Kind is ValueKind.Text or ValueKind.Integer && value.ToString() == word;

    private async Task SeeAsync(ErasureRig rig)
    {
        await rig.Telemetry.LoadAsync();
        for (var thing = 0; thing < _things.Count; thing++)
            foreach (var property in Properties) await SeeAsync(rig, thing, property);
        Assert.Empty((await new TelemetryCheck(rig.Telemetry.Database).RunAsync(_folder, TestContext.Current.CancellationToken)).Findings);
        Assert.Equal(_rows.Count, rig.Telemetry.Accounts.Read().All.Stored - rig.Telemetry.Accounts.Expired);
    }

    private async Task SeeAsync(ErasureRig rig, int thing, string property)
    {
        var stop = TestContext.Current.CancellationToken;
        var name = PropertyName.Parse(property);
        if (rig.Telemetry.Series.FindThing(_things[thing])?.Find(name) is null) return;
        var query = new SeriesQuery(_things[thing], name, Timestamp.Min, Timestamp.Max) { Limit = 100_000 };
        var expected = _rows.Where(row => row.Key.Thing == thing && row.Key.Property == property).OrderBy(row => row.Key.Time).Select(row => (row.Key.Time, row.Value)).ToList();
        Assert.Equal(expected, (await rig.Telemetry.Queries.ReadAsync(query, stop)).Items.Select(item => (item.Time, item.Value)));
        Assert.Equal(expected.Count > 0, rig.Telemetry.Latest.TryGet(_things[thing], name, out var latest));
        if (expected.Count > 0) Assert.Equal(expected[^1], (latest.Observation.Time, latest.Observation.Value));
        foreach (var width in (string[])["1m", "1h", "1d"])
        {
            Assert.True(BucketWidth.TryParse(width, out var every));
            var buckets = new BucketQuery(query, every, TimeZoneInfo.Utc, [Aggregate.Count, Aggregate.Avg, Aggregate.Min, Aggregate.Max, Aggregate.First, Aggregate.Last]);
            var byHand = RollupByHand.Buckets(expected.Select(row => (row.Time.Microseconds, row.Value, Quality.Good)), buckets);
            Assert.Equal(byHand.Select(Told), (await rig.Telemetry.Queries.AggregateAsync(buckets, stop)).Items.Select(Told));
        }
    }

    private static string Told(Bucket bucket) => $"{bucket.Start} {string.Join(' ', bucket.Values.Select(value => value?.ToString("G10", CultureInfo.InvariantCulture) ?? "-"))}";
}
