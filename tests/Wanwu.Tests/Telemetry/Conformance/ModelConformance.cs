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
    private static readonly string[] Protocols = ["mqtt", "http"], Properties = ["p0", "p1"];
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
        Gen.Int[0, 34].Select(n => n switch
        {
            < 16 => Kind.Report, < 18 => Kind.Refuse, < 20 => Kind.Repeat, < 24 => Kind.Load, < 27 => Kind.Query, 27 => Kind.Restart, 28 => Kind.Kill,
            < 33 => Kind.Tend, 33 => Kind.TendAndKill, _ => Kind.Report,
        }),
        Gen.Int[0, 2], Gen.Int[0, 1], Gen.Int[0, 40].Array[1, 6], Gen.Int[0, 1_000],
        (kind, thing, protocol, times, value) => new Operation(kind, thing, protocol, times, value));

    private int _runs;

    [Fact]
    public async Task Whatever_happens_the_store_says_what_a_dictionary_would() =>
        await AnyOperation.Array[1, 50].SampleAsync(RunAsync, iter: 10, threads: 1);

    private async Task RunAsync(Operation[] operations)
    {
        var name = $"run {_runs++}";
        var store = Open(name, new StoreSettings(InSmallPieces: true));
        try
        {
            var naive = new NaiveStore();
            foreach (var operation in operations)
            {
                switch (operation.Kind)
                {
                    case Kind.Report: await ReportAsync(store, naive, operation); break;
                    case Kind.Refuse: await RefuseAsync(store, naive, operation); break;
                    case Kind.Repeat: await RepeatAsync(store, naive, operation); break;
                    case Kind.Load: await store.LoadAsync(); break;
                    case Kind.Query: await CompareAsync(store, naive, operation.Value); break;
                    case Kind.Tend: await TendAsync(store, operation); break;
                    default:
                        if (operation.Kind == Kind.TendAndKill) await BreakOffAsync(store, operation);
                        if (operation.Kind != Kind.Restart) await store.KillAsync();
                        await store.DisposeAsync();
                        store = Open(name, new StoreSettings(InSmallPieces: true));
                        break;
                }
            }
            await CompareAsync(store, naive, operations.Length);
            Assert.Empty(await store.CheckAsync());
        }
        finally
        {
            await store.DisposeAsync();
        }
    }

    private static async Task TendAsync(IStoreUnderTest store, Operation operation)
    {
        store.Clock.Advance(TimeSpan.FromHours(operation.Value % 100));
        await store.LoadAsync();
        await store.TendAsync(isEverythingDue: operation.Value % 2 == 0);
    }

    /// <summary>The work ends where it is, at the step and at the turn that the operation says; where there is less to do it ends well.</summary>
    private async Task BreakOffAsync(IStoreUnderTest store, Operation operation)
    {
        store.BreakAt(Maker.Steps[operation.Value % Maker.Steps.Count], operation.Value % 3);
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

    private static async Task RepeatAsync(IStoreUnderTest store, NaiveStore naive, Operation operation)
    {
        Observation[] observations = [.. operation.Times.Select(time => store.Observe(operation.ThingId, "p0", Value.OfInteger(-1), TimeOf(time)))];
        naive.Count(operation.ProtocolName, operation.ThingId, account => account.Repeated += observations.Length);
        await store.CommitAsync(store.Log.AppendRepeat(
            new MessageRecord { Protocol = operation.ProtocolName, Thing = operation.ThingId, Received = Now, Observations = observations }, null));
    }

    private static async Task CompareAsync(IStoreUnderTest store, NaiveStore naive, int seed)
    {
        foreach (var thing in Things)
        {
            foreach (var property in Properties) await CompareAsync(store, naive, new SeriesQuery(thing, PropertyName.Parse(property), Timestamp.Min, Timestamp.Max), seed);
            Assert.Equal(naive.Of(thing), await store.AccountAsync(thing, Stop));
        }
        var (all, protocols) = await store.AccountAsync(Stop);
        foreach (var protocol in Protocols) Assert.Equal(naive.Of(protocol), protocols.GetValueOrDefault(protocol, new AccountView(0, 0, 0, 0)));
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
        var latest = store.Latest(all.Thing).FirstOrDefault(one => one.Observation.Series.Property == all.Property);
        if (last.Value != default) Assert.Equal((last.Time, last.Value, last.Quality), (latest.Observation.Time, latest.Observation.Value, latest.Observation.Quality));
        else Assert.Null(latest.Observation.Series);
    }
}
