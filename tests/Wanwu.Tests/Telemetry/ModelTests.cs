using CsCheck;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Query;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

/// <summary>Random operations against a store that is as simple as can be: a dictionary by series and time.</summary>
public sealed class ModelTests
{
    private static readonly ThingId[] Things = [.. Enumerable.Range(0, 3).Select(_ => ThingId.New(TimeProvider.System))];
    private static readonly string[] Protocols = ["mqtt", "http"];

    private enum Kind
    {
        Report,
        Refuse,
        Repeat,
        Load,
        Query,
        Restart,
        Kill,
        Compact,
        CompactAndKill,
    }

    /// <summary>Nine hours from one to the next, over the turn of a year: some days are over, some are not, and come to be as the clock goes on.</summary>
    private static Timestamp TimeOf(int time) => new(TelemetryRig.Now.Microseconds + (time - 32) * 32_400_000_000L);

    /// <summary>Files so small that a day is cut into ranges of series.</summary>
    private static readonly ColdOptions SmallFiles = new() { MemoryMegabytes = 64, RowsPerFile = 5 };

    /// <param name="Times">Few, so that the same time comes again, late and early.</param>
    private sealed record Operation(Kind Kind, int Thing, int Protocol, int[] Times, int Value);

    private static readonly Gen<Operation> AnyOperation = Gen.Select(
        Gen.Int[0, 34].Select(n => n switch
        {
            < 16 => Kind.Report, < 18 => Kind.Refuse, < 20 => Kind.Repeat, < 24 => Kind.Load, < 27 => Kind.Query, 27 => Kind.Restart, 28 => Kind.Kill,
            < 33 => Kind.Compact, 33 => Kind.CompactAndKill, _ => Kind.Report,
        }),
        Gen.Int[0, 2], Gen.Int[0, 1], Gen.Int[0, 40].Array[1, 6], Gen.Int[0, 1_000],
        (kind, thing, protocol, times, value) => new Operation(kind, thing, protocol, times, value));

    [Fact]
    public async Task Whatever_happens_the_store_says_what_a_dictionary_would() =>
        await AnyOperation.Array[1, 60].SampleAsync(RunAsync, iter: 20, threads: 1);

    private static async Task RunAsync(Operation[] operations)
    {
        var folder = Directory.CreateTempSubdirectory("wanwu-model-").FullName;
        var rig = new TelemetryRig(folder, coldOptions: SmallFiles);
        try
        {
            var model = new Model();
            foreach (var operation in operations)
            {
                switch (operation.Kind)
                {
                    case Kind.Report: await ReportAsync(rig, model, operation); break;
                    case Kind.Refuse: await RefuseAsync(rig, model, operation); break;
                    case Kind.Repeat: await RepeatAsync(rig, model, operation); break;
                    case Kind.Load: await rig.LoadAsync(); break;
                    case Kind.Query: await CompareAsync(rig, model); break;
                    case Kind.Compact: await CompactAsync(rig, operation); break;
                    default:
                        if (operation.Kind == Kind.CompactAndKill) await CrashInCompactionAsync(rig, operation);
                        if (operation.Kind != Kind.Restart) await rig.KillAsync();
                        await rig.DisposeAsync();
                        rig = new TelemetryRig(folder, coldOptions: SmallFiles);
                        break;
                }
            }
            await CompareAsync(rig, model);
        }
        finally
        {
            await rig.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CompactAsync(TelemetryRig rig, Operation operation)
    {
        rig.Clock.Advance(TimeSpan.FromHours(operation.Value % 100));
        await rig.LoadAsync();
        await rig.Compaction.RunAsync(isEverythingDue: operation.Value % 2 == 0, TestContext.Current.CancellationToken);
    }

    /// <summary>The compaction ends where it is, at the step and at the file that the operation says; a compaction with less to do ends well.</summary>
    private static async Task CrashInCompactionAsync(TelemetryRig rig, Operation operation)
    {
        var left = operation.Value % 13;
        rig.Moves.At = _ =>
        {
            if (left-- == 0) throw new IOException("killed");
        };
        try
        {
            await CompactAsync(rig, operation);
        }
        catch (IOException)
        {
            // As the test wants it.
        }
    }

    private static async Task ReportAsync(TelemetryRig rig, Model model, Operation operation)
    {
        var thing = Things[operation.Thing];
        var observations = operation.Times.Select((time, i) =>
            rig.Observe(thing, $"p{time % 2}", Value.OfInteger(operation.Value + i), TimeOf(time), (Quality)(operation.Value % 3))).ToArray();
        foreach (var observation in observations) model.Report(Protocols[operation.Protocol], observation);
        await rig.CommitAsync(rig.Append(Protocols[operation.Protocol], thing, observations));
    }

    private static async Task RefuseAsync(TelemetryRig rig, Model model, Operation operation)
    {
        model.Count(Protocols[operation.Protocol], Things[operation.Thing], account => account.Refused += 2);
        await rig.CommitAsync(rig.Append(Protocols[operation.Protocol], Things[operation.Thing], [], [new Refusal(RefusalReason.WrongType, "no", null, null, 2, default, null)]));
    }

    private static async Task RepeatAsync(TelemetryRig rig, Model model, Operation operation)
    {
        var thing = Things[operation.Thing];
        Observation[] observations = [.. operation.Times.Select(time => rig.Observe(thing, "p0", Value.OfInteger(-1), TimeOf(time)))];
        model.Count(Protocols[operation.Protocol], thing, account => account.Repeated += observations.Length);
        await rig.CommitAsync(rig.Log.AppendRepeat(
            new MessageRecord { Protocol = Protocols[operation.Protocol], Thing = thing, Received = TelemetryRig.Now, Observations = observations }, null));
    }

    private static async Task CompareAsync(TelemetryRig rig, Model model)
    {
        foreach (var thing in Things)
        {
            foreach (var property in (string[])["p0", "p1"])
            {
                var query = new SeriesQuery(thing, PropertyName.Parse(property), Timestamp.Min, Timestamp.Max);
                var page = await rig.Queries.ReadAsync(query, TestContext.Current.CancellationToken);
                var expected = model.Rows.Where(row => row.Key.Thing == thing && row.Key.Property == property).OrderBy(row => row.Key.Time)
                    .Select(row => (row.Key.Time, row.Value.Value, row.Value.Quality)).ToList();
                Assert.Equal(expected, page.Items.Select(item => (item.Time.Microseconds, item.Value, item.Quality)));
                var newest = await rig.Queries.ReadAsync(query with { Descending = true, Limit = 3 }, TestContext.Current.CancellationToken);
                Assert.Equal(expected.AsEnumerable().Reverse().Take(3), newest.Items.Select(item => (item.Time.Microseconds, item.Value, item.Quality)));
                await CompareDaysAsync(rig, query, expected);
                var hasLatest = rig.Latest.TryGet(thing, PropertyName.Parse(property), out var latest);
                Assert.Equal(expected.Count > 0, hasLatest);
                if (hasLatest) Assert.Equal(expected[^1], (latest.Observation.Time.Microseconds, latest.Observation.Value, latest.Observation.Quality));
            }
            Assert.Equal(model.Of(thing), await rig.Queries.AccountAsync(thing, TestContext.Current.CancellationToken));
        }
        var (all, protocols) = await rig.Queries.AccountAsync(TestContext.Current.CancellationToken);
        foreach (var protocol in Protocols) Assert.Equal(model.Of(protocol), protocols.GetValueOrDefault(protocol, new AccountView(0, 0, 0, 0)));
        Assert.Equal(all.Received, all.Stored + all.Repeated + all.Refused);
        Assert.Equal(model.Rows.Count, all.Stored);
    }

    private static async Task CompareDaysAsync(TelemetryRig rig, SeriesQuery query, List<(long Time, Value Value, Quality Quality)> rows)
    {
        var days = new BucketQuery(query with { Qualities = [Quality.Good] }, BucketWidth.Day, TimeZoneInfo.Utc, [Aggregate.Count, Aggregate.Sum, Aggregate.Last]);
        var page = await rig.Queries.AggregateAsync(days, TestContext.Current.CancellationToken);
        var expected = rows.Where(row => row.Quality == Quality.Good).GroupBy(row => ColdPeriod.DayStart(row.Time))
            .Select(day => (day.Key, (double?)day.Count(), (double?)day.Sum(row => row.Value.AsInteger), (double?)day.Last().Value.AsInteger));
        Assert.Equal(expected, page.Items.Select(day => (day.Start.Microseconds, day.Values[0], day.Values[1], day.Values[2])));
    }

    private sealed class Model
    {
        private readonly Dictionary<object, Account> _accounts = [];

        public Dictionary<(ThingId Thing, string Property, long Time), (Value Value, Quality Quality)> Rows { get; } = [];

        public void Report(string protocol, Observation observation)
        {
            var key = (observation.Series.Thing, observation.Series.Property.ToString(), observation.Time.Microseconds);
            var isNew = !Rows.ContainsKey(key);
            Rows[key] = (observation.Value, observation.Quality);
            Count(protocol, observation.Series.Thing, account => account.Stored += isNew ? 1 : 0);
            Count(protocol, observation.Series.Thing, account => account.Repeated += isNew ? 0 : 1);
        }

        public void Count(string protocol, ThingId thing, Action<Account> count)
        {
            foreach (var key in (object[])[protocol, thing])
            {
                if (!_accounts.TryGetValue(key, out var account)) _accounts.Add(key, account = new Account());
                count(account);
                account.Received = account.Stored + account.Repeated + account.Refused;
            }
        }

        public AccountView Of(object key) => _accounts.TryGetValue(key, out var account) ? account.ToView() : new AccountView(0, 0, 0, 0);
    }
}
