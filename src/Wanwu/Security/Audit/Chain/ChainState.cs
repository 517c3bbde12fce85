using Wanwu.Things;

namespace Wanwu.Security.Audit.Chain;

/// <summary>What came of reading a file to its end.</summary>
/// <param name="Position">Behind the last record that is right.</param>
/// <param name="Outcome">End: the file is right to its end.</param>
/// <param name="Unsigned">Records behind the last checkpoint.</param>
internal readonly record struct FileEnd(AuditHead Head, int Position, ReadOutcome Outcome, long Last, byte[] Hash, int Unsigned, Timestamp LastTime)
{
    /// <summary>Reads one file for writing on: head and every hash are checked.</summary>
    /// <returns>Null when not even the head is right.</returns>
    public static FileEnd? Find(ReadOnlySpan<byte> file, out ReadOutcome headOutcome)
    {
        headOutcome = AuditHead.TryRead(file, out var head);
        if (headOutcome != ReadOutcome.Done) return null;
        var hash = new ChainHash(head.Suite);
        var (at, last, unsigned, time) = (head.Length, head.First - 1, 0, head.Created);
        var before = file.Slice(at - ChainHash.Length, ChainHash.Length);
        if (!hash.Matches(file[..(at - ChainHash.Length)], before))
        {
            headOutcome = ReadOutcome.Malformed;
            return null;
        }
        while (true)
        {
            var outcome = AuditFrame.TryRead(file, at, out var frame);
            if (outcome == ReadOutcome.Done && (frame.Sequence != last + 1 || !hash.Matches(frame.Hashed, frame.Hash))) outcome = ReadOutcome.Malformed;
            if (outcome != ReadOutcome.Done) return new FileEnd(head, at, outcome, last, before.ToArray(), unsigned, time);
            (at, last, time) = (at + frame.Length, frame.Sequence, new Timestamp(frame.Microseconds));
            before = frame.Hash;
            unsigned = frame.Kind == FrameKind.Checkpoint ? 0 : unsigned + 1;
        }
    }
}
