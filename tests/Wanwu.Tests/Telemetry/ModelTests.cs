using CsCheck;
using Wanwu.Telemetry;
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
    }

    /// <param name="Times">Few and small, so that the same time comes again, late and early.</param>
    private sealed record Operation(Kind Kind, int Thing, int Protocol, int[] Times, int Value);

    private static readonly Gen<Operation> AnyOperation = Gen.Select(
        Gen.Int[0, 29].Select(n => n switch { < 16 => Kind.Report, < 18 => Kind.Refuse, < 20 => Kind.Repeat, < 24 => Kind.Load, < 27 => Kind.Query, 27 => Kind.Restart, _ => n == 28 ? Kind.Kill : Kind.Report }),
        Gen.Int[0, 2], Gen.Int[0, 1], Gen.Int[0, 40].Array[1, 6], Gen.Int[0, 1_000],
        (kind, thing, protocol, times, value) => new Operation(kind, thing, protocol, times, value));

    [Fact]
    public async Task Whatever_happens_the_store_says_what_a_dictionary_would() =>
        await AnyOperation.Array[1, 60].SampleAsync(RunAsync, iter: 20, threads: 1);

    private static async Task RunAsync(Operation[] operations)
    {
        var folder = Directory.CreateTempSubdirectory("wanwu-model-").FullName;
        var rig = new TelemetryRig(folder);
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
                    default:
                        if (operation.Kind == Kind.Kill) await rig.KillAsync();
                        await rig.DisposeAsync();
                        rig = new TelemetryRig(folder);
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

    private static async Task ReportAsync(TelemetryRig rig, Model model, Operation operation)
    {
        var thing = Things[operation.Thing];
        var observations = operation.Times.Select((time, i) =>
            rig.Observe(thing, $"p{time % 2}", Value.OfInteger(operation.Value + i), new Timestamp(time), (Quality)(operation.Value % 3))).ToArray();
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
        Observation[] observations = [.. operation.Times.Select(time => rig.Observe(thing, "p0", Value.OfInteger(-1), new Timestamp(time)))];
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
