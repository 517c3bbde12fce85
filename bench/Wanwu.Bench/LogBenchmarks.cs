using BenchmarkDotNet.Attributes;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Bench;

/// <summary>From a checked message to its durable commit: the log alone, without a socket and without a payload to read.</summary>
[MemoryDiagnoser]
public class LogBenchmarks
{
    private const int Messages = 1_000;
    private static readonly Timestamp Start = Timestamp.Parse("2026-01-01T00:00:00Z", null);
    private RunningServer _server = null!;
    private ObservationLog _log = null!;
    private Series[] _series = null!;
    private long _time;

    /// <summary>Values in one message.</summary>
    [Params(1, 10)] public int Values { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _server = await RunningServer.StartAsync();
        _log = _server.Get<ObservationLog>();
        var thing = _server.Get<SeriesTable>().Of(ThingId.New(TimeProvider.System));
        _series = [.. Enumerable.Range(0, Values).Select(i => thing.GetOrAdd(PropertyName.Parse($"p{i}", null)))];
    }

    [GlobalCleanup]
    public async Task CleanupAsync() => await _server.DisposeAsync();

    /// <summary>One thousand messages appended as they come, then waited for.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public async Task AppendAndCommitAsync()
    {
        var batch = 0L;
        for (var i = 0; i < Messages; i++)
        {
            AppendResult result;
            while ((result = Append()).Outcome == AppendOutcome.Full) await _log.WaitForRoomAsync(new SenderPlace(), CancellationToken.None);
            batch = result.Batch;
        }
        await _log.CommittedAsync(batch, CancellationToken.None);
    }

    private AppendResult Append()
    {
        var time = new Timestamp(Start.Microseconds + _time++);
        Span<Observation> observations = new Observation[_series.Length];
        for (var i = 0; i < _series.Length; i++) observations[i] = new Observation(_series[i], time, Value.OfNumber(21.5), Quality.Good);
        return _log.Append(new MessageRecord { Protocol = "mqtt", Thing = _series[0].Thing, Received = time, Observations = observations }, null);
    }
}
