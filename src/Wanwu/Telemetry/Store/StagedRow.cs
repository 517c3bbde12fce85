using System.Runtime.InteropServices;

namespace Wanwu.Telemetry.Store;

internal enum RowFate : byte
{
    /// <summary>Later than anything stored of its series: surely new.</summary>
    Fresh,
    /// <summary>Perhaps there already.</summary>
    Doubtful,
    /// <summary>The same series and time come again further on in this load; that one stands.</summary>
    Superseded,
}

/// <summary>One observation on its way into the store. Its text stays where it lies in the log's bytes.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct StagedRow
{
    public Series Series;
    public Account ThingAccount;
    public Account ProtocolAccount;
    public long Time;
    public long Received;
    public double A;
    public double B;
    public int Chunk;
    public int TextOffset;
    public int TextLength;
    public Things.Quality Quality;
    public Things.ValueKind Kind;
    public RowFate Fate;
    /// <summary>Put right by somebody, not reported.</summary>
    public bool IsCorrection;
}
