using System.Buffers;

namespace Wanwu.Connect.Transport;

/// <summary>The beginning of a packet that is not all there yet. Holds no memory while empty.</summary>
internal struct HeldBytes
{
    private const int LeastRoom = 32 * 1024, SmallArray = 4096;
    private byte[]? _array;

    public int Count { get; private set; }
    public readonly ReadOnlySpan<byte> Bytes => _array.AsSpan(0, Count);

    /// <summary>Where the next bytes are to be read: behind the held ones, which lie at the front of the answer.</summary>
    /// <remarks>A little is copied in front of the loop's shared buffer; much gets an array that grows by doubling, so that a large packet is not copied for each piece.</remarks>
    public Span<byte> Prepare(Span<byte> shared)
    {
        if (Count <= shared.Length / 2)
        {
            Bytes.CopyTo(shared);
            return shared;
        }
        if (_array!.Length - Count < LeastRoom) Move(Bytes, Count + Math.Max(Count, LeastRoom));
        return _array;
    }

    /// <summary>Keeps what was not consumed; it may lie in the array already held.</summary>
    public void Keep(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty)
        {
            Release();
            return;
        }
        var wasteful = _array is { Length: > SmallArray } large && rest.Length < large.Length / 4;
        if (_array is null || _array.Length < rest.Length || wasteful) Move(rest, rest.Length);
        else rest.CopyTo(_array);
        Count = rest.Length;
    }

    public void Release()
    {
        if (_array is not null) ArrayPool<byte>.Shared.Return(_array);
        (_array, Count) = (null, 0);
    }

    private void Move(ReadOnlySpan<byte> bytes, int capacity)
    {
        var array = ArrayPool<byte>.Shared.Rent(capacity);
        bytes.CopyTo(array);
        if (_array is not null) ArrayPool<byte>.Shared.Return(_array);
        _array = array;
    }
}

/// <summary>Bytes taken from the protocol and not yet by the kernel. Holds no memory while empty.</summary>
internal struct UnsentBytes
{
    private ArraySegment<byte> _bytes;

    public readonly bool IsEmpty => _bytes.Count == 0;
    public readonly ReadOnlySpan<byte> Bytes => _bytes;

    public void Set(ArraySegment<byte> taken) => _bytes = taken;

    public void Advance(int count)
    {
        if (count == _bytes.Count) Release();
        else _bytes = _bytes[count..];
    }

    public void Release()
    {
        if (_bytes.Array is { } array) ArrayPool<byte>.Shared.Return(array);
        _bytes = default;
    }
}
