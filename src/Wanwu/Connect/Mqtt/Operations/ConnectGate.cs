using Wanwu.Protocols.Mqtt;

namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>Lets CONNECTs through at a bounded rate, and bounds how many credentials are checked at a time.</summary>
/// <remarks>Waiting is kinder than a refusal, after which every client of a storm comes back at once; so whoever can be served within half the time he has, waits.</remarks>
internal sealed class ConnectGate(LimitOptions options, TimeSpan patience, TimeProvider clock) : IDisposable
{
    private readonly SharedPace _pace = new(options.ConnectsPerSecond, clock.TimestampFrequency);
    private readonly SemaphoreSlim _checks = new(options.ChecksAtOnce);
    private readonly long _patience = (long)(patience.TotalSeconds * clock.TimestampFrequency);
    private int _waiting;

    /// <summary>CONNECTs that wait for their turn.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Waits for one's turn. <see cref="ReasonCode.Success"/>: credentials may be checked, and <see cref="Done"/> must be called afterwards.</summary>
    public async ValueTask<ReasonCode> WaitTurnAsync(CancellationToken stop)
    {
        if (_pace.Reserve(1, clock.GetTimestamp(), _patience) is not { } ticks) return ReasonCode.ConnectionRateExceeded;
        if (ticks == 0 && _checks.Wait(0, CancellationToken.None)) return ReasonCode.Success;
        Interlocked.Increment(ref _waiting);
        try
        {
            if (ticks > 0) await Task.Delay(TimeSpan.FromSeconds((double)ticks / clock.TimestampFrequency), clock, stop);
            return await WaitForCheckAsync(stop) ? ReasonCode.Success : ReasonCode.ServerBusy;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private async ValueTask<bool> WaitForCheckAsync(CancellationToken stop)
    {
        if (_checks.Wait(0, CancellationToken.None)) return true;
        using var limit = new CancellationTokenSource(patience, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            await _checks.WaitAsync(both.Token);
            return true;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Done() => _checks.Release();

    public void Dispose() => _checks.Dispose();
}
