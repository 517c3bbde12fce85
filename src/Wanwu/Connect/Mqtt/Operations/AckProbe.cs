namespace Wanwu.Connect.Mqtt.Operations;

/// <summary>Measures, of one message in a second and connection, how long it waits for its acknowledgement.</summary>
/// <remarks>The sweep asks for a sample, the reading loop takes the next message for it, the committer's notice ends it.</remarks>
internal struct AckProbe
{
    private const long Wanted = -1;
    private long _batch;
    private long _since;

    public void Ask()
    {
        if (Volatile.Read(ref _batch) == 0) Volatile.Write(ref _batch, Wanted);
    }

    /// <summary>A message was handed to the log.</summary>
    /// <param name="heard">When its bytes were read.</param>
    public void Begin(long batch, long heard)
    {
        if (_batch != Wanted || batch <= 0) return;
        _since = heard;
        Volatile.Write(ref _batch, batch);
    }

    /// <summary>A batch is on disk. The answer is since when the message waited, once it is in it.</summary>
    public long? End(long batch)
    {
        var probed = Volatile.Read(ref _batch);
        if (probed <= 0 || batch < probed) return null;
        var since = _since;
        Volatile.Write(ref _batch, 0);
        return since;
    }
}
