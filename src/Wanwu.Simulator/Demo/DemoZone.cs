using Wanwu.Simulator.Devices;
using Wanwu.Simulator.Recordings;
using Wanwu.Simulator.Replays;
using Wanwu.Simulator.Server;

namespace Wanwu.Simulator.Demo;

internal sealed record DemoOptions
{
    public int Stations { get; init; } = 12;
    /// <summary>Time between two reports of one station once the past is filled in.</summary>
    public TimeSpan Pace { get; init; } = TimeSpan.FromSeconds(3);
    public TimeSpan Past { get; init; } = TimeSpan.FromDays(7);
}

/// <summary>The demonstration zone: air-quality stations of Beijing that first upload their last week, then report live, with the faults of real life.</summary>
/// <remarks>
/// Every station is a device with its own MQTT connection. The values are those of a real recording: the row for an instant is found by counting
/// the recording's steps round and round, so an hour has the same values at every start, and days keep their shape.
/// </remarks>
internal sealed class DemoZone(Recording recording, DemoOptions options, MqttDoor door, ReplayAccount account, TimeProvider clock)
{
    private const int ReportsPerUpload = 24;
    private readonly IReadOnlyList<RecordedRow> _rows = recording.Rows;
    private readonly long _step = recording.Rows[1].Time.Microseconds - recording.Rows[0].Time.Microseconds;

    /// <summary>Plays until <paramref name="stop"/>; calls <paramref name="filled"/> once, when all stations have uploaded their past.</summary>
    public async Task RunAsync(IReadOnlyList<(SimulatedThing Thing, ThingCredentials Credentials)> fleet, Action filled, CancellationToken stop)
    {
        var open = fleet.Count;
        await Task.WhenAll(fleet.Select((member, number) => PlayAsync(number, member.Thing, member.Credentials, () =>
        {
            if (Interlocked.Decrement(ref open) == 0) filled();
        }, stop)));
    }

    private async Task PlayAsync(int number, SimulatedThing thing, ThingCredentials credentials, Action filled, CancellationToken stop)
    {
        using var device = new MqttDevice(door.SignIn(credentials), account, clock);
        await OnlineAsync(device, async () =>
        {
            await FillPastAsync(device, thing, stop);
            await device.DrainAsync(stop);
        }, stop);
        filled();
        var faults = StationFaults.Of(number);
        // Stations do not tick together.
        await Task.Delay(options.Pace * number / options.Stations, clock, stop);
        for (var tick = 0L; ;)
        {
            var from = tick;
            var to = tick = faults.NextSilence(from);
            await OnlineAsync(device, () => ReportLiveAsync(device, thing, faults, from, to, stop), stop);
            await Task.Delay(faults.Silence, clock, stop);
        }
    }

    /// <summary>Connects the device for as long as <paramref name="report"/> runs.</summary>
    private static async Task OnlineAsync(MqttDevice device, Func<Task> report, CancellationToken stop)
    {
        using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var connection = device.RunAsync(hangUp.Token);
        try
        {
            await report();
        }
        finally
        {
            await hangUp.CancelAsync();
            await connection;
        }
    }

    private async Task FillPastAsync(MqttDevice device, SimulatedThing thing, CancellationToken stop)
    {
        var now = Timestamp.Now(clock).Microseconds;
        var first = StepsTo(now - (options.Past.Ticks / TimeSpan.TicksPerMicrosecond)) + 1;
        var past = Enumerable.Range(0, (int)(StepsTo(now) - first) + 1).Select(i => RowAt(thing, first + i)).Where(row => row.Values.Count > 0);
        foreach (var upload in past.Chunk(ReportsPerUpload))
        {
            account.Publishing(upload.Sum(row => row.Values.Count));
            await device.PublishAsync(Replay.Topic, ReportWriter.WriteMany(upload), null, stop);
        }
    }

    private async Task ReportLiveAsync(MqttDevice device, SimulatedThing thing, StationFaults faults, long from, long to, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(options.Pace, clock);
        var start = StepsTo(Timestamp.Now(clock).Microseconds);
        for (var tick = from; tick < to; tick++)
        {
            var values = RowAt(thing, start + tick).Values;
            if (values.Count > 0) await ReportAsync(device, values, faults.Spoils(tick), stop);
            await timer.WaitForNextTickAsync(stop);
        }
    }

    private async Task ReportAsync(MqttDevice device, IReadOnlyList<RecordedValue> values, bool spoilt, CancellationToken stop)
    {
        var report = ReportWriter.Write(Timestamp.Now(clock), values);
        account.Publishing(values.Count);
        await device.PublishAsync(Replay.Topic, report, null, stop);
        // What a station with a loose cable sends: the frame ends in the middle.
        if (!spoilt) return;
        account.Publishing(0);
        await device.PublishAsync(Replay.Topic, report.AsMemory(0, report.Length / 2), null, stop);
    }

    /// <summary>How many of the recording's steps lie between its first row and the instant, rounded down.</summary>
    private long StepsTo(long microseconds) => (long)Math.Floor((microseconds - _rows[0].Time.Microseconds) / (double)_step);

    private RecordedRow RowAt(SimulatedThing thing, long steps) => new(
        new Timestamp(_rows[0].Time.Microseconds + (steps * _step)),
        _rows[(int)((((steps + thing.RowsLater) % _rows.Count) + _rows.Count) % _rows.Count)].Values);
}
