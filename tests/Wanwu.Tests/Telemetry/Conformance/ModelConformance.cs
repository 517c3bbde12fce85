using CsCheck;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry.Conformance;

/// <summary>Random operations against a store that is as simple as can be.</summary>
public abstract class ModelConformance : StoreConformance
{
    private static readonly ThingId[] Things = [.. Enumerable.Range(0, 3).Select(_ => ThingId.New(TimeProvider.System))];
    private static readonly string[] Protocols = ["mqtt", "http"], Accounts = [.. Protocols, "correction"], Properties = ["p0", "p1"];
    private static readonly string[] Zones = ["UTC", "Asia/Shanghai", "Europe/Berlin"], Widths = ["1h", "6h", "1d", "1w", "1mo"];

    private enum Kind
    {
        Report,
        Refuse,
        Repeat,
        Load,
        Query,
        Restart,
        Kill,
        Tend,
        TendAndKill,
        Correct,
        CorrectRange,
        TakeBack,
        SendAgain,
    }

    /// <summary>Nine hours from one to the next, over the turn of a year: some days are over, some are not, and come to be as the clock goes on.</summary>
    private static Timestamp TimeOf(int time) => new(Now.Microseconds + (time - 32) * 32_400_000_000L);

    /// <param name="Times">Few, so that the same time comes again, late and early.</param>
    private sealed record Operation(Kind Kind, int Thing, int Protocol, int[] Times, int Value)
    {
        public string ProtocolName => Protocols[Protocol];
        public ThingId ThingId => Things[Thing];
    }

    private static readonly Gen<Operation> AnyOperation = Gen.Select(
        Gen.Int[0, 42].Select(n => n switch
        {
            < 16 => Kind.Report, < 18 => Kind.Refuse, < 20 => Kind.Repeat, < 24 => Kind.Load, < 27 => Kind.Query, 27 => Kind.Restart, 28 => Kind.Kill,
            < 33 => Kind.Tend, 33 => Kind.TendAndKill, < 37 => Kind.Correct, 37 => Kind.CorrectRange, 38 => Kind.TakeBack, < 41 => Kind.SendAgain, _ => Kind.Report,
        }),
        Gen.Int[0, 2], Gen.Int[0, 1], Gen.Int[0, 40].Array[1, 6], Gen.Int[0, 1_000],
        (kind, thing, protocol, times, value) => new Operation(kind, thing, protocol, times, value));

    private int _runs;

    private IReadOnlyList<string> Steps => ((IBreakableStoreMaker)Maker).Steps;

    /// <summary>The store beside the plain one, and what was put right in both.</summary>
    private sealed record Pair(IBreakableStore Store, NaiveStore Naive, NaiveCorrections Corrections);

    private async Task<IBreakableStore> OpenSmallAsync(string name) => (IBreakableStore)await OpenAsync(name, new StoreSettings(InSmallPieces: true));

    [Fact]
    public async Task Whatever_happens_the_store_says_what_a_dictionary_would() =>
        await AnyOperation.Array[1, 50].SampleAsync(RunAsync, iter: 10, threads: 1);

    private async Task RunAsync(Operation[] operations)
    {
        var name = $"run {_runs++}";
        var naive = new NaiveStore();
        var pair = new Pair(await OpenSmallAsync(name), naive, new NaiveCorrections(naive));
        try
        {
            foreach (var operation in operations)
            {
                if (operation.Kind is Kind.Restart or Kind.Kill or Kind.TendAndKill)
                {
                    await EndAsync(pair.Store, operation);
                    pair = pair with { Store = await OpenSmallAsync(name) };
                }
                else await DoAsync(pair, operation);
            }
            await CompareAsync(pair, operations.Length);
            Assert.Empty(await pair.Store.CheckAsync());
        }
        finally
        {
            await pair.Store.DisposeAsync();
        }
    }

    private static Task DoAsync(Pair pair, Operation operation) => operation.Kind switch
    {
        Kind.Report => ReportAsync(pair.Store, pair.Naive, operation),
        Kind.Refuse => RefuseAsync(pair.Store, pair.Naive, operation),
        Kind.Repeat => RepeatAsync(pair.Store, pair.Naive, operation),
        Kind.Correct => CorrectAsync(pair, operation),
        Kind.CorrectRange => CorrectRangeAsync(pair, operation),
        Kind.TakeBack => TakeBackAsync(pair, operation),
        Kind.SendAgain => SendAgainAsync(pair, operation),
        Kind.Load => pair.Store.LoadAsync(),
        Kind.Tend => TendAsync(pair.Store, operation),
        _ => CompareAsync(pair, operation.Value),
    };

    private async Task EndAsync(IBreakableStore store, Operation operation)
    {
        if (operation.Kind == Kind.TendAndKill) await BreakOffAsync(store, operation);
        if (operation.Kind != Kind.Restart) await store.KillAsync();
        await store.DisposeAsync();
    }

    private static async Task TendAsync(IStoreUnderTest store, Operation operation)
    {
        store.Clock.Advance(TimeSpan.FromHours(operation.Value % 100));
        await store.LoadAsync();
        await store.TendAsync(isEverythingDue: operation.Value % 2 == 0);
    }

    /// <summary>The work ends where it is, at the step and at the turn that the operation says; where there is less to do it ends well.</summary>
    private async Task BreakOffAsync(IBreakableStore store, Operation operation)
    {
        store.BreakAt(Steps[operation.Value % Steps.Count], operation.Value % 3);
        try
        {
            await TendAsync(store, operation);
        }
        catch (Exception fault) when (fault is IOException or StoreException)
        {
            // As the test wants it.
        }
    }

    private static async Task ReportAsync(IStoreUnderTest store, NaiveStore naive, Operation operation)
    {
        var observations = operation.Times.Select((time, i) =>
            store.Observe(operation.ThingId, Properties[time % 2], Value.OfInteger(operation.Value + i), TimeOf(time), (Quality)(operation.Value % 3))).ToArray();
        foreach (var observation in observations) naive.Report(operation.ProtocolName, observation);
        await store.ReportAsync(operation.ThingId, observations, operation.ProtocolName);
    }

    private static async Task RefuseAsync(IStoreUnderTest store, NaiveStore naive, Operation operation)
    {
        naive.Count(operation.ProtocolName, operation.ThingId, account => account.Refused += 2);
        await store.ReportAsync(operation.ThingId, [], operation.ProtocolName, [new Refusal(RefusalReason.WrongType, "no", null, null, 2, default, null)]);
    }

    private static Task RepeatAsync(IBreakableStore store, NaiveStore naive, Operation operation)
    {
        Observation[] observations = [.. operation.Times.Select(time => store.Observe(operation.ThingId, "p0", Value.OfInteger(-1), TimeOf(time)))];
        naive.Count(operation.ProtocolName, operation.ThingId, account => account.Repeated += observations.Length);
        return store.RepeatAsync(operation.ThingId, observations, operation.ProtocolName);
    }

    private static PropertyName PropertyOf(Operation operation) => PropertyName.Parse(Properties[operation.Times[0] % 2]);

    /// <summary>One time or several; with a quality, with a value, with both.</summary>
    private static async Task CorrectAsync(Pair pair, Operation operation)
    {
        var (thing, property) = (operation.ThingId, PropertyOf(operation));
        List<Timestamp> times = [.. operation.Times.Where(time => time % 2 == operation.Times[0] % 2).Distinct().Select(TimeOf)];
        var there = pair.Naive.Of(thing, property).Where(row => times.Contains(row.Time)).ToDictionary(row => row.Time);
        // Of what is there, mostly; now and then of something that is not, and then of nothing.
        if (operation.Value % 4 != 0) times.RemoveAll(time => !there.ContainsKey(time));
        if (times.Count == 0) return;
        var (isMarked, isValued) = (operation.Value % 3 == 0, operation.Value % 3 == 0 ? operation.Value % 2 == 0 : true);
        var points = times.Select(time => $$"""{"t":"{{time}}"{{(isValued ? $",\"value\":{operation.Value}" : "")}}{{(isMarked ? ",\"quality\":\"good\"" : "")}}}""").ToList();
        var reason = $"r{operation.Value}";
        var body = points is [var one] ? $$"""{"reason":"{{reason}}",{{one[1..]}}""" : $$"""{"reason":"{{reason}}","values":[{{string.Join(',', points)}}]}""";
        var answer = await pair.Store.CorrectAsync(thing, property.ToString(), body);
        if (times.Exists(time => !there.ContainsKey(time))) Assert.Null(answer);
        else
        {
            pair.Corrections.Correct(thing, property, reason, times.Select(time =>
                new StoredObservation(time, isValued ? Value.OfInteger(operation.Value) : there[time].Value, isMarked ? Quality.Good : Quality.Substituted)), answer);
        }
    }

    private static async Task CorrectRangeAsync(Pair pair, Operation operation)
    {
        var (thing, property) = (operation.ThingId, PropertyOf(operation));
        var (from, to) = (TimeOf(operation.Times[0]), TimeOf(operation.Times[0] + 1 + operation.Value % 20));
        var only = operation.Value % 2 == 0;
        var rows = pair.Naive.Of(thing, property).Where(row => row.Time >= from && row.Time < to && (!only || row.Quality is Quality.Good or Quality.Substituted)).ToList();
        if (rows.Count == 0) return;
        var offset = operation.Value % 7;
        var what = offset == 0 ? "\"quality\":\"maintenance\"" : $"\"offset\":{offset}";
        var answer = await pair.Store.CorrectAsync(thing, property.ToString(), $$"""{"reason":"range","from":"{{from}}","to":"{{to}}"{{(only ? ",\"only\":[\"good\",\"substituted\"]" : "")}},{{what}}}""");
        pair.Corrections.Correct(thing, property, "range", rows.Select(row =>
            offset == 0 ? row with { Quality = Quality.Maintenance } : new StoredObservation(row.Time, Value.OfInteger(row.Value.AsInteger + offset), Quality.Substituted)), answer);
    }

    private static async Task TakeBackAsync(Pair pair, Operation operation)
    {
        var (thing, property) = (operation.ThingId, PropertyOf(operation));
        var numbers = pair.Corrections.Numbers(thing, property);
        if (numbers.Count == 0) return;
        var number = numbers[operation.Value % numbers.Count];
        var answer = await pair.Store.CorrectAsync(thing, property.ToString(), $$"""{"reason":"back","undo":{{number}}}""");
        pair.Corrections.Correct(thing, property, "back", pair.Corrections.Replaced(thing, property, number), answer);
    }

    /// <summary>A device sends what was put right as it had sent it.</summary>
    private static async Task SendAgainAsync(Pair pair, Operation operation)
    {
        var property = PropertyOf(operation);
        var originals = pair.Corrections.Originals(operation.ThingId, property);
        if (originals.Count == 0) return;
        var original = originals[operation.Value % originals.Count];
        var observation = pair.Store.Observe(operation.ThingId, property.ToString(), original.Value, original.Time, original.Quality);
        pair.Naive.Report(operation.ProtocolName, observation);
        await pair.Store.ReportAsync(operation.ThingId, [observation], operation.ProtocolName);
    }

    private static async Task CompareAsync(Pair pair, int seed)
    {
        var (store, naive) = (pair.Store, pair.Naive);
        foreach (var thing in Things)
        {
            foreach (var property in Properties) await CompareAsync(store, naive, new SeriesQuery(thing, PropertyName.Parse(property), Timestamp.Min, Timestamp.Max), seed);
            Assert.Equal(naive.Of(thing), await store.AccountAsync(thing, Stop));
            pair.Corrections.AssertTold(thing, await store.CorrectionsAsync(thing));
        }
        var (all, protocols) = await store.AccountAsync(Stop);
        foreach (var protocol in Accounts) Assert.Equal(naive.Of(protocol), protocols.GetValueOrDefault(protocol, new AccountView(0, 0, 0, 0)));
        Assert.Equal(all.Received, all.Stored + all.Repeated + all.Refused);
        Assert.Equal(naive.Rows, all.Stored);
    }

    private static async Task CompareAsync(IStoreUnderTest store, NaiveStore naive, SeriesQuery all, int seed)
    {
        Assert.Equal(naive.Read(all), await store.AllAsync(all));
        Assert.Equal(naive.Read(all with { Descending = true }).Take(3), (await store.ReadAsync(all with { Descending = true, Limit = 3 }, Stop)).Items);
        var part = all with { From = TimeOf(seed % 20), To = TimeOf(20 + seed % 17), Limit = 5, Qualities = seed % 2 == 0 ? [Quality.Good] : null };
        Assert.Equal(naive.Read(part), await store.AllAsync(part));
        Assert.True(BucketWidth.TryParse(Widths[seed % Widths.Length], out var width));
        var zone = TimeZoneInfo.FindSystemTimeZoneById(Zones[seed % Zones.Length]);
        foreach (var series in (SeriesQuery[])[all, part])
        {
            var query = new BucketQuery(series, width, zone, Enum.GetValues<Aggregate>());
            NaiveStore.AssertSame(naive.Buckets(query), await store.AllAsync(query));
        }
        var last = naive.Of(all.Thing, all.Property).LastOrDefault();
        var latest = (await store.LatestAsync(all.Thing)).FirstOrDefault(one => one.Observation.Series.Property == all.Property);
        if (last.Value != default) Assert.Equal((last.Time, last.Value, last.Quality), (latest.Observation.Time, latest.Observation.Value, latest.Observation.Quality));
        else Assert.Null(latest.Observation.Series);
    }
}
