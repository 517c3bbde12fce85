using Wanwu.Telemetry.Backup;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Retention;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Retention;

/// <summary>Random policies, holds, reports, days and restarts against a plain list: nothing kept or held ever goes, and nothing stays much longer than it should.</summary>
public sealed class RetentionModelTests(ITestOutputHelper output) : IDisposable
{
    private const int Steps = 30, RewriteAfterDays = 5;
    private static readonly string[] Organisations = ["city", "city/water", "cityhall"], Properties = ["level", "flow"], Lengths = ["P3D", "P10D", "P1M", "P2M", "P1Y"];
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-retention-").FullName;
    private readonly List<(ThingId Id, string Organisation)> _things = [.. Organisations.Select(organisation => (ThingId.New(TimeProvider.System), organisation))];

    private sealed record Row(int Thing, string Property, Timestamp Time);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(1168924474)]
    [InlineData(null)]
    public async Task Random_histories(int? fixedSeed)
    {
        var seed = fixedSeed ?? Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var (rows, past, rules) = (new Dictionary<Row, long>(), TimeSpan.FromDays(100), RetentionRules.None);
        var directory = RetentionRig.Directory([.. _things.Select(thing => (thing.Id, (string?)thing.Organisation))]);
        var rig = new RetentionRig(_folder, directory, rules, RewriteAfterDays, past);
        try
        {
            for (var step = 0; step < Steps; step++)
            {
                switch (random.Next(6))
                {
                    case 0 or 1:
                        await ReportAsync(rig, random, rows);
                        break;
                    case 2:
                        rules = RandomRules(random, rig.Now);
                        rig.Book.Apply(rules);
                        break;
                    case 3:
                        var days = TimeSpan.FromDays(random.Next(1, 12)) + TimeSpan.FromHours(random.Next(24));
                        past += days;
                        rig.Telemetry.Clock.Advance(days);
                        break;
                    case 4:
                        await ExpireAsync(rig, rules, rows);
                        break;
                    default:
                        await rig.DisposeAsync();
                        rig = new RetentionRig(_folder, directory, rules, RewriteAfterDays, past);
                        await SeeAsync(rig, rows, _ => false);
                        break;
                }
            }
            await ExpireAsync(rig, rules, rows);
            Assert.Empty((await new TelemetryCheck(rig.Telemetry.Database).RunAsync(_folder, TestContext.Current.CancellationToken)).Findings);
        }
        finally
        {
            await rig.DisposeAsync();
        }
    }

    private async Task ReportAsync(RetentionRig rig, Random random, Dictionary<Row, long> rows)
    {
        var result = default(Wanwu.Telemetry.AppendResult);
        for (var i = random.Next(1, 60); i > 0; i--)
        {
            var back = random.Next(4) == 0 ? random.Next(0, 400) : random.Next(0, 20);
            var time = new Timestamp(ColdPeriod.DayStart(rig.Now.Microseconds) - back * ColdPeriod.MicrosecondsPerDay + random.Next(0, 24) * 3_600_000_000L);
            var row = new Row(random.Next(_things.Count), Properties[random.Next(Properties.Length)], time);
            rows[row] = random.Next();
            var thing = _things[row.Thing].Id;
            result = rig.Telemetry.Append(thing, rig.Telemetry.Observe(thing, row.Property, Value.OfInteger(rows[row]), row.Time));
        }
        await rig.Telemetry.CommitAsync(result);
    }

    private RetentionRules RandomRules(Random random, Timestamp now)
    {
        string? Length() => random.Next(5) == 0 ? null : Lengths[random.Next(Lengths.Length)];
        List<PolicyEntry> policies = [RetentionRig.Policy("default", Length())];
        if (random.Next(2) == 0) policies.Add(RetentionRig.Policy("flow", Length(), property: "flow"));
        if (random.Next(2) == 0) policies.Add(RetentionRig.Policy("city", Length(), organisation: "city"));
        if (random.Next(2) == 0) policies.Add(RetentionRig.Policy("flow-water", Length(), property: "flow", organisation: "city/water"));
        if (random.Next(3) == 0)
            policies[0] = policies[0] with { Pending = new PendingChange(RetentionRig.Policy("default", Length()).Policy, new Timestamp(now.Microseconds + random.Next(1, 10) * ColdPeriod.MicrosecondsPerDay), "test") };
        List<LegalHold> holds = [];
        for (var i = random.Next(3); i > 0; i--)
        {
            var from = now.Microseconds - random.Next(0, 100) * ColdPeriod.MicrosecondsPerDay;
            holds.Add(RetentionRig.Hold(_things[random.Next(_things.Count)].Id, random.Next(3) == 0 ? null : new Timestamp(from), random.Next(3) == 0 ? null : new Timestamp(from + random.Next(1, 30) * 43_200_000_000L)));
        }
        return new RetentionRules(policies, holds);
    }

    private async Task ExpireAsync(RetentionRig rig, RetentionRules rules, Dictionary<Row, long> rows)
    {
        await rig.Telemetry.CompactAsync();
        var now = rig.Now.ToDateTimeOffset().UtcDateTime;
        // Rows taken into a file by this very run are judged by the next one.
        await SeeAsync(rig, rows, row => HasExpired(rules, row, now, now));
        await rig.Telemetry.CompactAsync();
        await SeeAsync(rig, rows, row => HasExpired(rules, row, now, now));
        var overdue = rows.Keys.Where(row => HasExpired(rules, row, now, now.AddDays(-RewriteAfterDays))).ToList();
        Assert.True(overdue.Count == 0, $"{overdue.Count} rows are there long after they expired, as {overdue.FirstOrDefault()}");
    }

    /// <summary>The rules once more, in the plainest way.</summary>
    private bool HasExpired(RetentionRules rules, Row row, DateTime now, DateTime day)
    {
        foreach (var hold in rules.Holds)
            if (hold.Things[0] == _things[row.Thing].Id.ToString() && (hold.From ?? Timestamp.Min) <= row.Time && row.Time < (hold.To ?? Timestamp.Max)) return false;
        return Expires(rules.Policies.Select(entry => entry.At(Timestamp.From(now)))) && rules.Policies.All(entry => entry.Pending is null || Expires(rules.Policies.Select(one => one.Pending?.Policy ?? one.Policy)));

        bool Expires(IEnumerable<RetentionPolicy?> policies)
        {
            var organisation = _things[row.Thing].Organisation;
            var all = policies.OfType<RetentionPolicy>().ToDictionary(policy => policy.Id);
            var names = (string[])[.. row.Property == "flow" && organisation == "city/water" ? ["flow-water"] : Array.Empty<string>(), .. row.Property == "flow" ? ["flow"] : Array.Empty<string>(),
                .. organisation is "city" or "city/water" ? ["city"] : Array.Empty<string>(), "default"];
            var first = names.Where(all.ContainsKey).Select(name => all[name]).FirstOrDefault();
            if (first?.ColdFor is not { } keep) return false;
            var cutoff = keep.Unit switch { KeepUnit.Day => day.Date.AddDays(-keep.Count), KeepUnit.Month => day.Date.AddMonths(-keep.Count), _ => day.Date.AddYears(-keep.Count) };
            return row.Time.ToDateTimeOffset().UtcDateTime < cutoff;
        }
    }

    /// <summary>What is there is as it was reported, only what may have gone is not there, and sums and latest values agree.</summary>
    private async Task SeeAsync(RetentionRig rig, Dictionary<Row, long> rows, Func<Row, bool> mayBeGone)
    {
        var there = 0;
        for (var thing = 0; thing < _things.Count; thing++)
        {
            foreach (var property in Properties)
            {
                var found = await rig.ReadAsync(_things[thing].Id, property);
                there += found.Count;
                var known = rows.Keys.Where(row => row.Thing == thing && row.Property == property).ToHashSet();
                foreach (var (time, value) in found)
                {
                    var row = new Row(thing, property, time);
                    Assert.True(known.Remove(row), $"{row} came from nowhere, or back");
                    Assert.Equal(rows[row], value);
                }
                foreach (var row in known)
                {
                    Assert.True(mayBeGone(row), $"{row} is gone");
                    rows.Remove(row);
                }
                Assert.Equal(found.Count > 0, rig.Telemetry.Latest.TryGet(_things[thing].Id, PropertyName.Parse(property), out var latest));
                if (found.Count > 0) Assert.Equal((found[^1].Time, found[^1].Value), (latest.Observation.Time, latest.Observation.Value.AsInteger));
            }
        }
        Assert.Equal(there, rig.Telemetry.Accounts.Read().All.Stored - rig.Telemetry.Accounts.Expired);
    }
}
