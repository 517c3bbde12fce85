using Wanwu.Simulator.Devices;

namespace Wanwu.Simulator.Replays;

/// <summary>What became of everything the devices of one run sent. Any device's loop may count at any time.</summary>
internal sealed class ReplayAccount : IDeliveryAccount
{
    private long _published;
    private long _observations;
    private long _sentAgain;
    private long _acknowledged;
    private long _refused;
    private long _withoutRoom;
    private long _disconnected;

    public long Published => Interlocked.Read(ref _published);
    public long Observations => Interlocked.Read(ref _observations);
    public long SentAgain => Interlocked.Read(ref _sentAgain);
    public long AcknowledgedMessages => Interlocked.Read(ref _acknowledged);
    public long RefusedMessages => Interlocked.Read(ref _refused);
    public long Disconnects => Interlocked.Read(ref _disconnected);
    public long WithoutRoom => Interlocked.Read(ref _withoutRoom);
    /// <summary>The last thing that went wrong, for the person watching.</summary>
    public string? LastTrouble { get; private set; }

    public void Publishing(int observations)
    {
        Interlocked.Increment(ref _published);
        Interlocked.Add(ref _observations, observations);
    }

    public void Sent(OutgoingMessage message)
    {
        if (message.Sendings > 1) Interlocked.Increment(ref _sentAgain);
    }

    public void Acknowledged(OutgoingMessage message) => Interlocked.Increment(ref _acknowledged);

    public void Refused(OutgoingMessage message, string reason)
    {
        Interlocked.Increment(ref _refused);
        LastTrouble = reason;
    }

    public void NoRoom(string reason)
    {
        Interlocked.Increment(ref _withoutRoom);
        LastTrouble = reason;
    }

    public void Disconnected(string reason)
    {
        Interlocked.Increment(ref _disconnected);
        LastTrouble = reason;
    }

    public override string ToString() =>
        $"published {Published} messages ({Observations} observations), acknowledged {AcknowledgedMessages}, refused {RefusedMessages}, sent again {SentAgain}, reconnected {Disconnects}";
}
