namespace Wanwu.Connect.Transport;

/// <summary>What is to happen after some bytes were dealt with.</summary>
internal enum Reception : byte
{
    /// <summary>More is welcome.</summary>
    More,
    /// <summary>Nothing is to be read until <see cref="IStreamProtocol.WaitAsync"/> has ended.</summary>
    Wait,
    /// <summary>What is ready is to be sent, then the connection closed.</summary>
    Close,
}

/// <summary>The protocol's side of one connection: bytes in, bytes out.</summary>
/// <remarks>
/// Called by the loop that owns the connection and by nobody else, one call at a time, and must never block it; only <see cref="WaitAsync"/> runs elsewhere, and
/// then nothing but <see cref="Take"/> and <see cref="HasRoom"/> is called beside it.
/// </remarks>
internal interface IStreamProtocol
{
    /// <summary>Most bytes to read at a time: what a peer may make the server keep while it waits.</summary>
    int ReadAtMost { get; }

    /// <summary>False while so much waits to be sent that nothing more should be read.</summary>
    bool HasRoom { get; }

    /// <summary>Deals with every whole packet at the front of <paramref name="bytes"/>. What is not consumed comes again, with more behind it.</summary>
    Reception Receive(ReadOnlySpan<byte> bytes, out int consumed);

    /// <summary>Waits for what made <see cref="Receive"/> answer <see cref="Reception.Wait"/>; what is left is then received again. False: close.</summary>
    /// <param name="stop">Cancelled when the connection is to end, and to be heeded.</param>
    ValueTask<bool> WaitAsync(CancellationToken stop);

    /// <summary>Takes all that may be sent now. An empty answer means that there is nothing; an array goes back to the shared pool when it was sent.</summary>
    ArraySegment<byte> Take();

    /// <summary>The connection is over. Called once, last of all.</summary>
    void End();
}
