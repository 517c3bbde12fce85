using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Telemetry.Store;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

public sealed class StoreTests
{
    private readonly ThingId _thing = ThingId.New(TimeProvider.System);

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

    [Fact]
    public async Task A_load_that_found_no_memory_is_tried_again_over_a_file_written_anew_and_the_bound_of_memory_stands_again()
    {
        await using var rig = new TelemetryRig(storeOptions: new StoreOptions { MemoryMegabytes = 64 });
        rig.Loads.At = step => throw new StoreException("FATAL Error: Failed to create checkpoint because of error: could not allocate block of size 256.0 KiB (63.7 MiB/64.0 MiB used)");
        await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "p", Value.OfInteger(1), new Timestamp(1))));
        await Assert.ThrowsAsync<StoreException>(rig.LoadAsync);
        var limits = new List<long>();
        rig.Loads.At = step => limits.Add(rig.Database.Writer!.Scalar("SELECT (current_setting('memory_limit') = '64.0 MiB')::INTEGER"));
        await rig.LoadAsync();
        Assert.Equal([1, 1], limits);
        Assert.Equal(rig.Log.CommittedPosition, rig.Loader.Position);
        Assert.Single(await rig.RowsAsync(rig.Series.Of(_thing).All[0]));
    }

    [Fact]
    public async Task The_store_s_own_log_stays_short_while_somebody_reads_all_the_time()
    {
        const long AtMost = 20 << 20;
        await using var rig = new TelemetryRig();
        var thing = ThingId.New(TimeProvider.System);
        using var reader = rig.Database.Connect();
        reader.Execute("BEGIN TRANSACTION");
        Assert.Equal(0, reader.Scalar("SELECT count(*) FROM observations"));
        long written = 0, longest = 0, before = 0;
        var path = rig.Database.Path + ".wal";
        for (var load = 0; written < 2 * AtMost && load < 60; load++)
        {
            var result = default(AppendResult);
            for (var i = 0; i < 30; i++)
                result = rig.Append(thing, [.. Enumerable.Range(0, 1_000).Select(k => rig.Observe(thing, "p", Value.OfNumber(k * 0.37 + load), new Timestamp(TelemetryRig.Now.Microseconds + (load * 30L + i) * 1_000_000 + k)))]);
            await rig.CommitAsync(result);
            await rig.LoadAsync();
            var length = File.Exists(path) ? new FileInfo(path).Length : 0;
            written += length > before ? length - before : length;
            (before, longest) = (length, Math.Max(longest, length));
        }
        Assert.InRange(longest, 1, AtMost);
        Assert.True(written > AtMost, $"{written} bytes are too few to prove it.");
        Assert.Equal(0, reader.Scalar("SELECT count(*) FROM observations"));
    }
}
