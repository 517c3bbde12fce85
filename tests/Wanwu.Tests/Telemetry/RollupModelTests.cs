using CsCheck;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Cold;
using Wanwu.Telemetry.Query;
using Wanwu.Telemetry.Rollups;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

/// <summary>Random operations, and every aggregate compared with what a person would sum up by hand, whatever rows the answer is made of.</summary>
public sealed class RollupModelTests
{
    private static readonly string[] ZoneNames = ["UTC", "Asia/Shanghai", "Asia/Kolkata", "Europe/Berlin", "America/St_Johns"];
    private static readonly ThingId[] Things = [.. ZoneNames.Select(_ => ThingId.New(TimeProvider.System))];
    private static readonly ColdOptions SmallFiles = new() { MemoryMegabytes = 64, RowsPerFile = 200, RollupsFromRows = 1 };
    private static readonly Aggregate[] Aggregates = Enum.GetValues<Aggregate>();
    // The last Sunday of October 2025: the clocks of Berlin go back within it; those of St John's a week later.
    private static readonly long Origin = Timestamp.Parse("2025-10-22T00:00:00Z").Microseconds;

    private enum Kind
    {
        Report,
        Late,
        SumUp,
        Compact,
        Query,
        Restart,
        Kill,
        CrashAndKill,
        MoveZone,
    }

    private sealed record Operation(Kind Kind, int Thing, int Value, int Time, int Count);

    private static readonly Gen<Operation> AnyOperation = Gen.Select(
        Gen.Int[0, 29].Select(n => n switch
        {
            < 9 => Kind.Report, < 14 => Kind.Late, < 18 => Kind.SumUp, < 22 => Kind.Compact, < 26 => Kind.Query, 26 => Kind.Restart, 27 => Kind.Kill, 28 => Kind.CrashAndKill, _ => Kind.MoveZone,
        }),
        Gen.Int[0, Things.Length - 1], Gen.Int[0, 1_000], Gen.Int[0, 20_000], Gen.Int[1, 60],
        (kind, thing, value, time, count) => new Operation(kind, thing, value, time, count));

    [Fact]
    public async Task Whatever_the_answer_is_made_of_it_is_what_the_observations_say() =>
        await AnyOperation.Array[5, 40].SampleAsync(RunAsync, iter: 8, threads: 1);

    private sealed class World(string folder) : IAsyncDisposable
    {
        public SortedDictionary<(int Thing, long Time), (Value Value, Quality Quality)> Rows { get; } = [];
        public TimeZoneInfo[] Zones { get; } = [.. ZoneNames.Select(TimeZoneInfo.FindSystemTimeZoneById)];
        public TelemetryRig Rig { get; private set; } = new(folder, coldOptions: SmallFiles);
        private TimeSpan _passed;
        private long _next = TelemetryRig.Now.Microseconds - 20 * RollupLevels.MicrosecondsPerHour;

        public void Begin()
        {
            for (var i = 0; i < Things.Length; i++) Rig.ThingZones[Things[i]] = Zones[i];
        }

        public async Task AgainAsync(bool isKilled)
        {
            if (isKilled) await Rig.KillAsync();
            await Rig.DisposeAsync();
            Rig = new TelemetryRig(folder, coldOptions: SmallFiles);
            Rig.Clock.Advance(_passed);
            Begin();
        }

        public void Pass(TimeSpan time)
        {
            _passed += time;
            Rig.Clock.Advance(time);
        }

        /// <summary>Values a counter, a sensor and a vehicle would send, with gaps.</summary>
        public async Task ReportAsync(Operation operation, bool isLate)
        {
            var observations = new List<Observation>();
            var random = new Random(operation.Value);
            var time = isLate ? Origin + operation.Time * 120_000_000L : _next += operation.Time * 1_000_000L;
            for (var i = 0; i < operation.Count; i++)
            {
                var value = random.Next(20) switch
                {
                    0 => Value.OfText("萬物"), 1 => Value.None, 2 => Value.OfBoolean(true), < 6 => Value.OfPoint(40 + random.NextDouble(), 116 + random.NextDouble()), < 9 => Value.OfInteger(random.Next(50)),
                    _ => Value.OfNumber(Math.Round(1_000_000 + random.NextDouble(), 3)),
                };
                var quality = random.Next(8) switch { 0 => Quality.Suspect, 1 => Quality.Maintenance, _ => Quality.Good };
                observations.Add(Rig.Observe(Things[operation.Thing], "p", value, new Timestamp(time), quality));
                Rows[(operation.Thing, time)] = (value, quality);
                time += isLate ? random.Next(1, 4) * 1_200_000_000L : random.Next(1, 40) * 60_000_000L;
            }
            if (!isLate) _next = time;
            await Rig.CommitAsync(Rig.Append(Things[operation.Thing], [.. observations]));
        }

        public ValueTask DisposeAsync() => Rig.DisposeAsync();
    }

    private static async Task RunAsync(Operation[] operations)
    {
        var folder = Directory.CreateTempSubdirectory("wanwu-rollup-model-").FullName;
        var world = new World(folder);
        try
        {
            world.Begin();
            foreach (var operation in operations)
            {
                switch (operation.Kind)
                {
                    case Kind.Report: await world.ReportAsync(operation, isLate: false); break;
                    case Kind.Late: await world.ReportAsync(operation, isLate: true); break;
                    case Kind.SumUp: await world.Rig.SumUpAsync(); break;
                    case Kind.Compact:
                        world.Pass(TimeSpan.FromHours(operation.Value % 30));
                        await world.Rig.LoadAsync();
                        await world.Rig.Compaction.RunAsync(isEverythingDue: operation.Value % 3 == 0, TestContext.Current.CancellationToken);
                        break;
                    case Kind.Query:
                        await CompareAsync(world, operation);
                        await CompareRelationsAsync(world);
                        break;
                    case Kind.MoveZone: (world.Zones[0], world.Zones[operation.Thing]) = (world.Zones[operation.Thing], world.Zones[0]); world.Begin(); break;
                    default:
                        if (operation.Kind == Kind.CrashAndKill) await CrashAsync(world.Rig, operation);
                        await world.AgainAsync(isKilled: operation.Kind != Kind.Restart);
                        break;
                }
            }
            await CompareRelationsAsync(world);
            for (var thing = 0; thing < Things.Length; thing++) await CompareAsync(world, new Operation(Kind.Query, thing, operations.Length, 0, 1));
        }
        finally
        {
            await world.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CrashAsync(TelemetryRig rig, Operation operation)
    {
        var left = operation.Value % 9;
        rig.Moves.At = _ =>
        {
            if (left-- == 0) throw new IOException("killed");
        };
        try
        {
            await rig.SumUpAsync();
            await rig.CompactAsync();
            await rig.SumUpAsync();
        }
        catch (IOException)
        {
            // As the test wants it.
        }
    }

    private static readonly string[] Widths = ["15m", "1h", "6h", "1d", "1w", "1mo", "1y", "7m"];

    private static async Task CompareAsync(World world, Operation operation)
    {
        var random = new Random(operation.Value * 31 + operation.Time);
        for (var i = 0; i < 4; i++)
        {
            var zone = random.Next(2) == 0 ? world.Zones[operation.Thing] : TimeZoneInfo.FindSystemTimeZoneById(ZoneNames[random.Next(ZoneNames.Length)]);
            Assert.True(BucketWidth.TryParse(Widths[random.Next(Widths.Length)], out var width));
            var (from, to) = i % 2 == 0
                ? (Timestamp.Min, Timestamp.Max)
                : (new Timestamp(Origin + random.Next(40) * 1_800_000_000L), new Timestamp(Origin + random.NextInt64(1, 160) * 86_400_000_000 / 2));
            if (to < from) continue;
            IReadOnlyList<Quality>? qualities = random.Next(3) switch { 0 => null, 1 => [Quality.Good], _ => [Quality.Suspect, Quality.Maintenance] };
            var query = new BucketQuery(new SeriesQuery(Things[operation.Thing], PropertyName.Parse("p"), from, to) { Limit = random.Next(2) == 0 ? 7 : 1_000, Qualities = qualities }, width, zone, Aggregates);
            await CompareAsync(world, operation.Thing, query);
            await CompareAsync(world, operation.Thing, query with { Aggregates = [Aggregate.Count, Aggregate.Avg, Aggregate.Stddev, Aggregate.First, Aggregate.Last] });
        }
    }

    private static async Task CompareAsync(World world, int thing, BucketQuery query)
    {
        var actual = new List<Bucket>();
        Timestamp? after = null;
        do
        {
            var page = await world.Rig.Queries.AggregateAsync(query with { Series = query.Series with { After = after } }, TestContext.Current.CancellationToken);
            actual.AddRange(page.Items);
            after = page.Next;
        }
        while (after is not null);
        var expected = RollupByHand.Buckets(world.Rows.Where(row => row.Key.Thing == thing).Select(row => (row.Key.Time, row.Value.Value, row.Value.Quality)), query);
        Assert.Equal(expected.Select(bucket => bucket.Start), actual.Select(bucket => bucket.Start));
        for (var i = 0; i < expected.Count; i++)
            for (var k = 0; k < query.Aggregates.Count; k++)
                Assert.True(Agree(expected[i].Values[k], actual[i].Values[k], query.Aggregates[k]),
                    $"{query.Aggregates[k]} of {query.Every} from {expected[i].Start} in {query.Zone.Id}: {expected[i].Values[k]} by hand, {actual[i].Values[k]} answered");
    }

    /// <summary>Minutes, hours and days of all series at once.</summary>
    private static async Task CompareRelationsAsync(World world)
    {
        await world.Rig.LoadAsync();
        foreach (var level in Enum.GetValues<RollupLevel>())
        {
            var actual = await world.Rig.Database.QueryAsync((connection, cold, _) =>
            {
                var picked = PickedSeries.Fill(connection, [.. Things.Select(thing => world.Rig.Series.Of(thing).GetOrAdd(PropertyName.Parse("p")))]);
                using var command = connection.CreateCommand();
                command.CommandText = $"""
                    SELECT series, start, finish, quality, sum(count)::BIGINT, sum(n)::BIGINT, round(coalesce(sum(sum), 0), 3), coalesce(max(max), 0), coalesce(arg_max(last, last_at), 0)
                    FROM ({world.Rig.Relations.Rollups(connection, cold, picked, level, long.MinValue / 2, long.MaxValue / 2)}) GROUP BY ALL ORDER BY ALL
                    """;
                using var reader = command.ExecuteReader();
                var rows = new List<(int, long, long, int, long, long, double, double, double)>();
                while (reader.Read())
                    rows.Add((reader.GetInt32(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetByte(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetDouble(6), reader.GetDouble(7), reader.GetDouble(8)));
                return rows;
            }, TestContext.Current.CancellationToken);
            Assert.Equal(RollupByHand.Rows(world.Rows.Select(row => (world.Rig.Series.Of(Things[row.Key.Thing]).All[0].Number, Calendar(world, row.Key.Thing, level), row.Key.Time, row.Value.Value, row.Value.Quality))), actual);
        }
    }

    private static BucketCalendar Calendar(World world, int thing, RollupLevel level) =>
        level is RollupLevel.Day ? new BucketCalendar(BucketWidth.Day, world.Zones[thing]) : new BucketCalendar(new BucketWidth(1, level is RollupLevel.Hour ? BucketUnit.Hour : BucketUnit.Minute), TimeZoneInfo.Utc);

    private static bool Agree(double? expected, double? actual, Aggregate aggregate) => expected is null || actual is null
        ? expected is null && actual is null
        : Math.Abs(expected.Value - actual.Value) <= (aggregate is Aggregate.Stddev ? 1e-6 : 1e-9) * Math.Max(1, Math.Abs(expected.Value));
}

/// <summary>Buckets summed up by hand.</summary>
internal static class RollupByHand
{
    public static List<Bucket> Buckets(IEnumerable<(long Time, Value Value, Quality Quality)> rows, BucketQuery query)
    {
        var calendar = new BucketCalendar(query.Every, query.Zone);
        var chosen = rows.Where(row => (query.Series.Qualities ?? BucketQuery.DefaultQualities).Contains(row.Quality)).OrderBy(row => row.Time).ToList();
        var buckets = new List<Bucket>();
        foreach (var bucket in chosen.Where(row => row.Time >= query.Series.From.Microseconds && row.Time < query.Series.To.Microseconds).GroupBy(row => calendar.Floor(row.Time)))
        {
            var first = bucket.First().Time;
            buckets.Add(new Bucket(new Timestamp(bucket.Key), [.. query.Aggregates.Select(aggregate => Of(aggregate, [.. bucket], [.. chosen.TakeWhile(row => row.Time < first)]))]));
        }
        return buckets;
    }

    private static double? Of(Aggregate aggregate, List<(long Time, Value Value, Quality Quality)> rows, List<(long Time, Value Value, Quality Quality)> before)
    {
        var numbers = rows.Select(row => NumberOf(row.Value)).OfType<double>().ToList();
        switch (aggregate)
        {
            case Aggregate.Count: return rows.Count;
            case Aggregate.Increase: return Steps([.. before.Select(row => NumberOf(row.Value)).OfType<double>().TakeLast(1), .. numbers], (a, b) => b >= a ? b - a : b);
            case Aggregate.Distance:
                return Steps([.. before.Select(row => row.Value).Where(value => value.Kind == ValueKind.Point).TakeLast(1), .. rows.Select(row => row.Value).Where(value => value.Kind == ValueKind.Point)], Metres);
        }
        if (numbers.Count == 0) return null;
        var mean = numbers.Average();
        return aggregate switch
        {
            Aggregate.Avg => mean,
            Aggregate.Min => numbers.Min(),
            Aggregate.Max => numbers.Max(),
            Aggregate.Sum => numbers.Sum(),
            Aggregate.First => numbers[0],
            Aggregate.Last => numbers[^1],
            _ => Math.Sqrt(numbers.Sum(number => (number - mean) * (number - mean)) / numbers.Count),
        };
    }

    public static List<(int, long, long, int, long, long, double, double, double)> Rows(
        IEnumerable<(int Series, BucketCalendar Calendar, long Time, Value Value, Quality Quality)> rows) =>
        [.. rows.GroupBy(row => (row.Series, Start: row.Calendar.Floor(row.Time), row.Quality)).Select(bucket =>
        {
            var numbers = bucket.OrderBy(row => row.Time).Select(row => NumberOf(row.Value)).OfType<double>().ToList();
            return (bucket.Key.Series, bucket.Key.Start, bucket.First().Calendar.Next(bucket.Key.Start), (int)bucket.Key.Quality, (long)bucket.Count(), (long)numbers.Count,
                Math.Round(numbers.Sum(), 3), numbers.Count == 0 ? 0 : numbers.Max(), numbers.Count == 0 ? 0 : numbers[^1]);
        }).Order()];

    private static double? NumberOf(Value value) => value.Kind switch
    {
        ValueKind.Number => value.AsNumber,
        ValueKind.Integer => value.AsInteger,
        ValueKind.Boolean => value.AsBoolean ? 1 : 0,
        _ => null,
    };

    private static double? Steps<T>(List<T> values, Func<T, T, double> step) => values.Count < 2 ? null : values.Zip(values.Skip(1), step).Sum();

    /// <summary>By the angle between two directions from the middle of the earth.</summary>
    private static double Metres(Value a, Value b)
    {
        var (p, q) = (Direction(a), Direction(b));
        var (x, y, z) = (p.Y * q.Z - p.Z * q.Y, p.Z * q.X - p.X * q.Z, p.X * q.Y - p.Y * q.X);
        return 6_371_008.8 * Math.Atan2(Math.Sqrt(x * x + y * y + z * z), p.X * q.X + p.Y * q.Y + p.Z * q.Z);
    }

    private static (double X, double Y, double Z) Direction(Value point)
    {
        var (latitude, longitude) = (double.DegreesToRadians(point.Latitude), double.DegreesToRadians(point.Longitude));
        return (Math.Cos(latitude) * Math.Cos(longitude), Math.Cos(latitude) * Math.Sin(longitude), Math.Sin(latitude));
    }
}
