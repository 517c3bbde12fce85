using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Wanwu.Registry;
using Wanwu.Security.Audit.Chain;
using Wanwu.Things;

namespace Wanwu.Security.Audit;

/// <summary>Who did what. Everything that changes something writes here before it answers; nobody can switch it off.</summary>
/// <remarks>
/// Records of all callers join one batch: one write, one flush to disk, then every caller is told. One loop of its own writes, from the first record on until
/// it is disposed of. Where the disk does not take records, <see cref="AppendAsync(AuditEvent)"/> throws, and with it fails the action that asked.
/// </remarks>
internal sealed partial class AuditTrail : IAsyncDisposable
{
    public const string FolderName = "audit";
    private const int MostWaiting = 16_384, MostInBatch = 4_096;
    private readonly Channel<Entry> _entries = Channel.CreateBounded<Entry>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly AuditChain _chain;
    private readonly TimeProvider _clock;
    private readonly ILogger<AuditTrail> _logger;
    private readonly ITimer _timer;
    private readonly Lock _starting = new();
    private Task? _loop;
    private long _missed;
    private long _sequence;

    public AuditTrail(DataFolder data, IOptions<AuditOptions> options, AuditKeys keys, TimeProvider clock, ILogger<AuditTrail> logger)
    {
        (_clock, _logger, Keys) = (clock, logger, keys);
        Folder = data.File(FolderName);
        _chain = new AuditChain(Folder, options.Value, keys, clock);
        var every = TimeSpan.FromSeconds(options.Value.CheckpointSeconds);
        _timer = clock.CreateTimer(_ => SignSoon(), null, every, every);
    }

    private sealed record Entry(NewRecord[] Records, TaskCompletionSource? Told, bool Signs = false);

    public string Folder { get; }

    public AuditKeys Keys { get; }

    /// <summary>Why nothing can be recorded at present; null while everything is well.</summary>
    public string? Fault { get; private set; }

    /// <summary>Sequence of the last durable record.</summary>
    public long Sequence => Volatile.Read(ref _sequence);

    /// <summary>Records what happened; on disk when it returns.</summary>
    /// <exception cref="AuditUnavailableException">The trail cannot be written.</exception>
    public Task AppendAsync(AuditEvent happened) => AppendAsync([happened]);

    public async Task AppendAsync(IReadOnlyList<AuditEvent> happened, bool signs = false)
    {
        var entry = Make(happened, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), signs);
        Start();
        try
        {
            await _entries.Writer.WriteAsync(entry);
        }
        catch (ChannelClosedException closed)
        {
            throw new AuditUnavailableException("The server is stopping.", closed);
        }
        await entry.Told!.Task;
        Interlocked.Add(ref Origin.Current.Records, happened.Count);
    }

    /// <summary>Records what nobody waits for. When more comes than the disk takes, it is counted, and the count recorded.</summary>
    public void Note(AuditEvent happened)
    {
        Start();
        if (!_entries.Writer.TryWrite(Make([happened], null, false))) Interlocked.Increment(ref _missed);
    }

    /// <summary>Signs what is not signed yet.</summary>
    public Task SignAsync() => AppendAsync([], signs: true);

    /// <summary>Throws where nothing could be recorded, before something is done that could not be taken back.</summary>
    public Task ProveWritableAsync() => Fault is null ? Task.CompletedTask : AppendAsync(new AuditEvent("audit.resume") { Object = new AuditObject("audit", null) });

    private Entry Make(IReadOnlyList<AuditEvent> happened, TaskCompletionSource? told, bool signs)
    {
        var (now, origin) = (Timestamp.Now(_clock), Origin.Current);
        return new Entry([.. happened.Select(each => new NewRecord(now, Bounded(origin.Complete(each))))], told, signs);
    }

    private static byte[] Bounded(AuditEvent happened)
    {
        var payload = happened.ToPayload();
        return payload.Length <= AuditFrame.MaxPayload ? payload
            : (happened with { Changes = null, Detail = new Dictionary<string, string> { ["cut"] = "the fields were too many to be kept" } }).ToPayload();
    }

    private void SignSoon()
    {
        if (_loop is not null) _entries.Writer.TryWrite(new Entry([], null, Signs: true));
    }

    private void Start()
    {
        if (_loop is not null) return;
        lock (_starting)
        {
            _loop ??= Task.Run(RunAsync);
        }
    }

    private async Task RunAsync()
    {
        var batch = new List<Entry>();
        while (await _entries.Reader.WaitToReadAsync())
        {
            batch.Clear();
            for (var count = 0; count < MostInBatch && _entries.Reader.TryRead(out var entry); count += Math.Max(1, entry.Records.Length)) batch.Add(entry);
            await WriteAsync(batch);
        }
    }

    private async Task WriteAsync(List<Entry> batch)
    {
        try
        {
            List<NewRecord> records = [.. batch.SelectMany(entry => entry.Records)];
            var missed = Interlocked.Exchange(ref _missed, 0);
            if (missed > 0) records.Add(new NewRecord(Timestamp.Now(_clock), Origin.Server.Complete(Missed(missed)).ToPayload()));
            await _chain.AppendAsync(records, batch.Exists(entry => entry.Signs));
            Volatile.Write(ref _sequence, _chain.Sequence);
            Fault = null;
            foreach (var entry in batch) entry.Told?.SetResult();
        }
        // The edge of the trail's loop: whatever keeps it from writing refuses this batch, and the next one is tried.
#pragma warning disable CA1031
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Refuse(batch, fault);
        }
    }

    private void Refuse(List<Entry> batch, Exception fault)
    {
        if (Fault is null) Failed(fault);
        Fault = $"The audit trail cannot be written: {fault.Message} Until it can, everything that has to be recorded is refused; reading goes on.";
        foreach (var entry in batch)
        {
            if (entry.Told is null) Interlocked.Add(ref _missed, entry.Records.Length);
            entry.Told?.SetException(new AuditUnavailableException(Fault, fault));
        }
    }

    private static AuditEvent Missed(long count) => new("audit.missed")
    {
        Object = new AuditObject("audit", null), Detail = new Dictionary<string, string> { ["count"] = count.ToString(System.Globalization.CultureInfo.InvariantCulture) },
    };

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        SignSoon();
        _entries.Writer.TryComplete();
        if (_loop is not null) await _loop;
        _chain.Dispose();
    }

    [LoggerMessage(6001, LogLevel.Error, "The audit trail cannot be written; what has to be recorded is refused")]
    private partial void Failed(Exception fault);
}
