namespace Wanwu.Protocols.Mqtt;

/// <summary>One acknowledgement that waits for its batch to be on disk, or for the acknowledgements before it.</summary>
internal struct PendingAck
{
    /// <summary>The batch it waits for; 0 waits for none.</summary>
    public long Batch;
    /// <summary>UTF-8 reason string for an MQTT 5 client.</summary>
    public byte[]? Text;
    /// <summary>Of a SUBACK or UNSUBACK.</summary>
    public byte[]? Codes;
    public ushort PacketId;
    public PacketType Type;
    public ReasonCode Code;

    /// <summary>Whether it answers a message, of which a client may have so many unanswered.</summary>
    public readonly bool IsForMessage => Type is PacketType.PubAck or PacketType.PubRec;
}

/// <summary>Acknowledgements in the order of their messages (MQTT-4.6.0-2). A ring that grows while a client has more in flight than ever before.</summary>
internal sealed class AckQueue
{
    private PendingAck[] _ring = [];
    private int _head;

    public int Count { get; private set; }

    public ref PendingAck Peek() => ref _ring[_head];

    public ref PendingAck this[int index] => ref _ring[(_head + index) & (_ring.Length - 1)];

    public void Enqueue(in PendingAck ack)
    {
        if (Count == _ring.Length) Grow();
        _ring[(_head + Count) & (_ring.Length - 1)] = ack;
        Count++;
    }

    public void Dequeue()
    {
        _ring[_head] = default;
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
    }

    private void Grow()
    {
        var larger = new PendingAck[Math.Max(8, _ring.Length * 2)];
        for (var i = 0; i < Count; i++) larger[i] = this[i];
        (_ring, _head) = (larger, 0);
    }
}
