using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

public sealed class StoreTests
{
    private readonly ThingId _thing = ThingId.New(TimeProvider.System);

    [Fact]
    public async Task Every_kind_of_value_and_quality_is_stored_as_it_came()
    {
        await using var rig = new TelemetryRig();
        Value[] values =
        [
            Value.None, Value.OfNumber(-0.1), Value.OfInteger(42), Value.OfInteger(long.MinValue), Value.OfInteger((1L << 53) + 1), Value.OfBoolean(false),
            Value.OfText(""), Value.OfText("萬物有序" + new string('x', 100)), Value.OfPoint(-90, 180), Value.OfObject("""{"a":1}"""),
        ];
        var result = default(AppendResult);
        for (var i = 0; i < values.Length; i++)
            result = rig.Append(_thing, rig.Observe(_thing, "p", values[i], new Timestamp(i), (Quality)i));
        await rig.CommitAsync(result);
        var rows = await rig.RowsAsync(rig.Series.Of(_thing).All[0]);
        Assert.Equal(values.Select((value, i) => ((long)i, value, (Quality)i)), rows);
    }

    [Fact]
    public async Task The_same_series_and_time_twice_is_one_row_and_the_last_write_stands()
    {
        await using var rig = new TelemetryRig();
        Observation At(long time, int value) => rig.Observe(_thing, "p", Value.OfInteger(value), new Timestamp(time));
        rig.Append(_thing, At(10, 1), At(10, 2), At(5, 3));
        await rig.CommitAsync(rig.Append("http", _thing, [At(20, 4)]));
        await rig.LoadAsync();
        await rig.CommitAsync(rig.Append("http", _thing, [At(5, 5), At(5, 6), At(7, 7), At(30, 8), At(20, 9), At(30, 10)]));

        var rows = await rig.RowsAsync(rig.Series.Of(_thing).All[0]);
        Assert.Equal([(5, 6L), (7, 7L), (10, 2L), (20, 9L), (30, 10L)], rows.Select(row => (row.Time, row.Value.AsInteger)));
        var (all, protocols) = rig.Accounts.Read();
        Assert.Equal(new AccountView(10, 5, 5, 0), all);
        Assert.Equal(new AccountView(3, 2, 1, 0), protocols["mqtt"]);
        Assert.Equal(new AccountView(7, 3, 4, 0), protocols["http"]);
        Assert.Equal(all, rig.Accounts.Read(_thing));
    }

    [Fact]
    public async Task Refusals_count_by_protocol_and_thing_and_a_message_without_a_thing_counts_too()
    {
        await using var rig = new TelemetryRig();
        var broken = new Refusal(RefusalReason.BrokenJson, "Not JSON at byte 3.", _thing, null, 1, "{{{"u8.ToArray(), "v1/report");
        var stranger = new Refusal(RefusalReason.WrongCredentials, "Unknown user.", null, null, 1, default, "127.0.0.1");
        rig.Append("mqtt", _thing, [rig.Observe(_thing, "p", Value.OfInteger(1))], [broken, broken with { Count = 3, Property = "q" }]);
        await rig.CommitAsync(rig.Append("http", default, [], [stranger]));
        await rig.LoadAsync();
        var (all, protocols) = rig.Accounts.Read();
        Assert.Equal(new AccountView(6, 1, 0, 5), all);
        Assert.Equal(new AccountView(1, 0, 0, 1), protocols["http"]);
        Assert.Equal(new AccountView(5, 1, 0, 4), rig.Accounts.Read(_thing));
    }

    [Fact]
    public async Task Series_rows_and_accounts_are_the_same_after_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("wanwu-telemetry-").FullName;
        try
        {
            await using (var rig = new TelemetryRig(folder))
            {
                for (var i = 0; i < 100; i++) rig.Append(_thing, rig.Observe(_thing, $"p{i % 7}", Value.OfInteger(i), new Timestamp(i)));
                await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "p3", Value.OfInteger(-1), new Timestamp(3))));
            }
            await using var again = new TelemetryRig(folder);
            Assert.Equal(new AccountView(101, 100, 1, 0), again.Accounts.Read().All);
            Assert.Equal(new AccountView(101, 100, 1, 0), again.Accounts.Read(_thing));
            Assert.True(again.Latest.TryGet(_thing, out var latest));
            Assert.Equal(7, latest.Count);
            Assert.Equal(99, latest[1].Observation.Value.AsInteger);
            await again.CommitAsync(again.Append(_thing, again.Observe(_thing, "p3", Value.OfInteger(-2), new Timestamp(3)), again.Observe(_thing, "new", Value.OfInteger(0))));
            await again.LoadAsync();
            Assert.Equal(new AccountView(103, 101, 2, 0), again.Accounts.Read(_thing));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Much_that_has_come_together_is_loaded_without_waiting_for_its_time()
    {
        // The clock stands still: no load is due by time.
        await using var rig = new TelemetryRig(logOptions: new LogOptions { ReserveMegabytes = 1, MaxUnloadedMegabytes = 1 });
        var loaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Loader.Loaded += _ => loaded.TrySetResult();
        var text = Value.OfText(new string('x', 8_000));
        await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "p", text, new Timestamp(1))));
        Assert.Equal(0, rig.Loader.Position);
        for (var i = 2; i < 40; i++) await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "p", text, new Timestamp(i))));
        await loaded.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.InRange(rig.Loader.Position, 256 * 1024, rig.Log.CommittedPosition);
    }
}
