using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>Where a CONNECT waits for its credentials to be checked.</summary>
internal enum ConnectLane : byte
{
    /// <summary>A thing, a certificate, or nobody: checked in memory.</summary>
    Things,
    /// <summary>A token: may ask the database.</summary>
    Programs,
    /// <summary>A person: whoever checks passwords has lanes of its own.</summary>
    People,
}

/// <summary>Lets CONNECTs through at a bounded rate, and bounds how many credentials are checked at a time.</summary>
/// <remarks>
/// Waiting is kinder than a refusal, after which every client of a storm comes back at once; so whoever can be served within half the time he has, waits.
/// A thing's password is checked in memory, a person's takes a processor for a tenth of a second: they wait in lanes of their own, so that nobody who tries
/// passwords of people or tokens keeps things out.
/// </remarks>
internal sealed class ConnectGate(LimitOptions options, TimeSpan patience, TimeProvider clock) : IDisposable
{
    private readonly SharedPace _pace = new(options.ConnectsPerSecond, clock.TimestampFrequency);
    private readonly SemaphoreSlim _things = new(options.ChecksAtOnce), _programs = new(options.ChecksAtOnce);
    private readonly long _patience = (long)(patience.TotalSeconds * clock.TimestampFrequency);
    private int _waiting;

    /// <summary>CONNECTs that wait for their turn.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Waits for one's turn. <see cref="ReasonCode.Success"/>: credentials may be checked, and <see cref="Done"/> must be called afterwards, with the same lane.</summary>
    public async ValueTask<ReasonCode> WaitTurnAsync(ConnectLane name, CancellationToken stop)
    {
        if (_pace.Reserve(1, clock.GetTimestamp(), _patience) is not { } ticks) return ReasonCode.ConnectionRateExceeded;
        var lane = CheckOf(name);
        if (ticks == 0 && (lane is null || lane.Wait(0, CancellationToken.None))) return ReasonCode.Success;
        Interlocked.Increment(ref _waiting);
        try
        {
            if (ticks > 0) await Task.Delay(TimeSpan.FromSeconds((double)ticks / clock.TimestampFrequency), clock, stop);
            return lane is null || await WaitForCheckAsync(lane, stop) ? ReasonCode.Success : ReasonCode.ServerBusy;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private async ValueTask<bool> WaitForCheckAsync(SemaphoreSlim lane, CancellationToken stop)
    {
        if (lane.Wait(0, CancellationToken.None)) return true;
        using var limit = new CancellationTokenSource(patience, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            await lane.WaitAsync(both.Token);
            return true;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Done(ConnectLane lane) => CheckOf(lane)?.Release();

    // Without a name it is a certificate that speaks, or nobody: both are cheap.
    public static ConnectLane LaneOf(ConnectRequest request) =>
        request.UserName is null || ThingId.TryParse(request.UserName, null, out _) ? ConnectLane.Things
        : request.Password.AsSpan().StartsWith(AccessTokenText.PrefixBytes) ? ConnectLane.Programs
        : ConnectLane.People;

    private SemaphoreSlim? CheckOf(ConnectLane lane) => lane switch
    {
        ConnectLane.Things => _things,
        ConnectLane.Programs => _programs,
        _ => null,
    };

    public void Dispose()
    {
        _things.Dispose();
        _programs.Dispose();
    }
}
