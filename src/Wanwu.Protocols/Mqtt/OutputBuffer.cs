using System.Buffers;

namespace Wanwu.Protocols.Mqtt;

/// <summary>Bytes waiting to be sent: grows in pooled arrays and is taken whole by whoever sends. Holds no memory while empty.</summary>
/// <remarks>Not thread-safe; its owner holds a lock.</remarks>
internal sealed class OutputBuffer : IBufferWriter<byte>
{
    private const int Smallest = 512;
    private byte[] _bytes = [];

    public int Count { get; private set; }

    public void Advance(int count) => Count += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Count);
    }

    /// <summary>Hands over what has gathered; the array goes back to <see cref="ArrayPool{T}.Shared"/> after it was sent.</summary>
    public ArraySegment<byte> Take()
    {
        var taken = new ArraySegment<byte>(_bytes, 0, Count);
        (_bytes, Count) = ([], 0);
        return taken;
    }

    private void Reserve(int size)
    {
        if (_bytes.Length - Count >= Math.Max(size, 1)) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(Count * 2, Count + size), Smallest));
        _bytes.AsSpan(0, Count).CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
