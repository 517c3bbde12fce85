using System.Globalization;
using Wanwu.Security.Audit.Chain;
using Wanwu.Things;

namespace Wanwu.Security.Audit.Reading;

/// <summary>What is wrong with the trail, and from where on.</summary>
/// <param name="Sequence">Of the first record that is not as it was written; null when it is not about one.</param>
/// <param name="Time">Of that record, or of the last one before it that is right.</param>
internal sealed record AuditFinding(string File, long? Sequence, Timestamp? Time, string What);

/// <summary>How far the trail is whole.</summary>
/// <param name="Whole">Whether every record is there as it was written.</param>
/// <param name="First">Sequence of the oldest record kept; those before have expired.</param>
/// <param name="Last">Sequence of the last record that is right.</param>
/// <param name="Signed">Sequence up to which it is signed; what is behind may be missing without a trace.</param>
/// <param name="Hash">Hash of the last record: noted elsewhere, it proves later that nothing was taken back.</param>
/// <param name="Keys">Fingerprints of the keys that signed.</param>
internal sealed record AuditProof(
    bool Whole, Timestamp Checked, int Files, long Records, long First, long Last, Timestamp? LastTime, long Signed, Timestamp? SignedTime, string? Hash,
    IReadOnlyList<string> Keys, IReadOnlyList<AuditFinding> Findings);

/// <summary>A record that somebody has noted elsewhere: the trail must still hold it.</summary>
internal sealed record Witness(long Sequence, string Hash)
{
    /// <param name="text"><c>SEQUENCE:HASH</c>.</param>
    public static Witness? Read(string text) => text.Split(':') is [var number, { Length: 2 * ChainHash.Length } hash]
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? new Witness(sequence, hash) : null;
}

/// <summary>Reads the whole chain: every hash, every signature, every number in its place.</summary>
/// <remarks>Works on files alone, beside a server that writes or without one. Stops at the first break of the chain: behind it nothing is proved.</remarks>
internal sealed class AuditVerification(string folder, IReadOnlyList<byte[]> trusted, (string Path, long Length)? end = null, Witness? witness = null)
{
    private readonly List<AuditFinding> _findings = [];
    private readonly SortedSet<string> _keys = new(StringComparer.Ordinal);
    private readonly List<(string Before, long Sequence)> _expiries = [];
    private byte[] _last = new byte[ChainHash.Length];
    private (long Sequence, Timestamp? Time) _at, _signed;
    private long _first, _records;
    private bool _witnessed;
    private string? _signedBefore;
    private AuditFile? _start;
    private AuditHead? _startHead;

    public AuditProof Run(TimeProvider clock, CancellationToken stop)
    {
        var (head, headFault) = Checkpoint.Read(folder, trusted);
        var files = AuditFile.In(folder);
        foreach (var file in files)
        {
            stop.ThrowIfCancellationRequested();
            if (!Read(file)) break;
            if (end is { } written && written.Path == file.Path) break;
        }
        if (_findings.Count == 0) CheckStart();
        if (headFault is not null) Find(Checkpoint.FileName, null, null, headFault);
        if (_findings.Count == 0) CheckHead(head, files.Count);
        if (_findings.Count == 0 && witness is not null && !_witnessed)
            Find("witness", witness.Sequence, null, witness.Sequence < _first ? "has expired and cannot be compared" : "is not what the trail holds: records were taken back or written anew");
        return new AuditProof(
            _findings.Count == 0, Timestamp.Now(clock), files.Count, _records, _first, _at.Sequence, _at.Time, _signed.Sequence, _signed.Time,
            _at.Sequence == 0 ? null : Convert.ToHexStringLower(_last), [.. _keys], _findings);
    }

    /// <returns>False when the chain is broken and nothing behind can be proved.</returns>
    private bool Read(AuditFile file)
    {
        var bytes = BytesOf(file);
        var outcome = AuditHead.TryRead(bytes, out var head);
        if (outcome != ReadOutcome.Done) return Break(file, outcome == ReadOutcome.Torn ? "the file ends within its head" : "this is no head of a file of the trail");
        var last = bytes.AsSpan(head.Length - ChainHash.Length, ChainHash.Length);
        if (!new ChainHash(head.Suite).Matches(bytes.AsSpan(0, head.Length - ChainHash.Length), last)) return Break(file, "the head was changed");
        if (!CheckKey(file, head) || !CheckPlace(file, head)) return false;
        var (parts, end) = PartsOf(bytes, head);
        var right = ChainLinks.FirstBroken(bytes, parts, head.Suite);
        var signed = SignedWrong(bytes, head, parts, right);
        for (var i = 0; i < parts.Count; i++)
        {
            var frame = FrameAt(bytes, parts[i]);
            if ((i == right ? "the record was changed" : Fault(frame)) is { } fault) return Break(file, fault);
            if (i == signed) return Break(file, "the signature is wrong");
            Take(frame);
            last = bytes.AsSpan(parts[i].At + parts[i].Length, ChainHash.Length);
        }
        last.CopyTo(_last);
        return end switch
        {
            ReadOutcome.Torn => Break(file, "the file ends within this record: a crash leaves such an end, which the next start cuts off; cutting it by hand does, too"),
            ReadOutcome.Malformed => Break(file, "this is no record"),
            _ => true,
        };
    }

    private byte[] BytesOf(AuditFile file)
    {
        var bytes = File.ReadAllBytes(file.Path);
        return end is { } written && written.Path == file.Path && bytes.Length > written.Length ? bytes[..(int)written.Length] : bytes;
    }

    /// <summary>What each record's hash is made of: lengths alone are followed here.</summary>
    private static (List<(int At, int Length)> Parts, ReadOutcome End) PartsOf(byte[] bytes, AuditHead head)
    {
        var parts = new List<(int, int)>(bytes.Length / 256);
        for (var at = head.Length; ;)
        {
            var outcome = AuditFrame.TryRead(bytes, at, out var frame);
            if (outcome != ReadOutcome.Done) return (parts, outcome);
            parts.Add((at - ChainHash.Length, frame.Length));
            at += frame.Length;
        }
    }

    private static AuditFrame FrameAt(byte[] bytes, (int At, int Length) part)
    {
        AuditFrame.TryRead(bytes, part.At + ChainHash.Length, out var frame);
        return frame;
    }

    /// <summary>
    /// The last signature of a file stands for the earlier ones: it is made over a hash that all of them have gone into, and to be right over a chain that is
    /// whole none of them may be another. Only when it is wrong are they checked one by one, to name the first.
    /// </summary>
    /// <param name="right">How many records have the right hash.</param>
    /// <returns>Index of the first checkpoint with a wrong signature; -1 when there is none.</returns>
    private static int SignedWrong(byte[] bytes, AuditHead head, List<(int At, int Length)> parts, int right)
    {
        List<int> checkpoints = [.. Enumerable.Range(0, right).Where(i => FrameAt(bytes, parts[i]).Kind == FrameKind.Checkpoint)];
        if (checkpoints is not [.., var last] || IsSigned(last)) return -1;
        return checkpoints.Find(i => !IsSigned(i));

        bool IsSigned(int i)
        {
            var frame = FrameAt(bytes, parts[i]);
            return Signatures.Verify(head.Suite, head.Key, Checkpoint.Message(frame.Sequence, new Timestamp(frame.Microseconds), frame.Before), frame.Payload.ToArray());
        }
    }

    private string? Fault(AuditFrame frame)
    {
        if (frame.Sequence != _at.Sequence + 1) return $"record {frame.Sequence} stands where {_at.Sequence + 1} belongs";
        return frame.Kind is FrameKind.Event or FrameKind.Checkpoint && Timestamp.IsInRange(frame.Microseconds) ? null : "records of this kind are not known";
    }

    private void Take(AuditFrame frame)
    {
        var time = new Timestamp(frame.Microseconds);
        if (frame.Kind == FrameKind.Checkpoint)
        {
            _signed = (frame.Sequence, time);
            _signedBefore = Convert.ToHexStringLower(frame.Before);
        }
        else if (frame.Payload.IndexOf("\"audit.expire\""u8) >= 0) KeepExpiry(frame.Payload);
        _at = (frame.Sequence, time);
        _records++;
        if (frame.Sequence == witness?.Sequence) _witnessed = Convert.ToHexStringLower(frame.Hash) == witness.Hash;
    }

    private void KeepExpiry(ReadOnlySpan<byte> payload)
    {
        if (AuditEvent.Read(payload) is not { Action: AuditExpiry.Action, Detail: { } detail }) return;
        if (detail.TryGetValue("last", out var last) && long.TryParse(last, out var sequence) && detail.TryGetValue("hash", out var hash)) _expiries.Add((hash, sequence));
    }

    private bool CheckKey(AuditFile file, AuditHead head)
    {
        _keys.Add(AuditKeys.Fingerprint(head.Key));
        return trusted.Any(key => key.AsSpan().SequenceEqual(head.Key))
            || Break(file, $"the file is signed with the key {AuditKeys.Fingerprint(head.Key)}, which is not among the trusted ones");
    }

    /// <summary>Whether the file goes on where the one before ended.</summary>
    private bool CheckPlace(AuditFile file, AuditHead head)
    {
        if (_start is null)
        {
            (_start, _startHead, _first, _at) = (file, head, head.First, (head.First - 1, null));
            head.Previous.CopyTo(_last, 0);
            return true;
        }
        if (head.First != _at.Sequence + 1) return Break(file, $"the file begins with record {head.First} where {_at.Sequence + 1} belongs: a file or the end of one is missing");
        return head.Previous.AsSpan().SequenceEqual(_last) || Break(file, "the file does not follow the one before it");
    }

    /// <summary>The oldest file is the first one, or a signed statement says what was before it.</summary>
    private void CheckStart()
    {
        if (_startHead is not { } head) return;
        if (head.First == 1 && !head.Previous.AsSpan().ContainsAnyExcept((byte)0)) return;
        var before = Convert.ToHexStringLower(head.Previous);
        // A crash may have kept some of the files that a statement lets go.
        if (!_expiries.Exists(expiry => expiry.Sequence >= head.First || (expiry.Sequence == head.First - 1 && expiry.Before == before)))
            Find(_start!.Value.Name, head.First, head.Created, $"records before {head.First} are missing and no statement says that they have expired");
    }

    private void CheckHead(Checkpoint? head, int files)
    {
        if (files == 0 && head is null) return;
        if (head is null)
        {
            // Records come before the first signature, so a young trail has none yet.
            if (_signed.Sequence > 0) Find(Checkpoint.FileName, null, null, "is missing: without it the end of the trail could be missing, too");
            return;
        }
        if (head.Sequence > _at.Sequence) Find(Checkpoint.FileName, _at.Sequence + 1, _at.Time, $"records {_at.Sequence + 1} to {head.Sequence} are missing: the trail was signed up to {head.Sequence}");
        else if (head.Sequence == _signed.Sequence && head.Before != _signedBefore) Find(Checkpoint.FileName, head.Sequence, head.Time, "tells of another record than the trail");
    }

    private bool Break(AuditFile file, string what)
    {
        Find(file.Name, _at.Sequence + 1, _at.Time, what);
        return false;
    }

    private void Find(string file, long? sequence, Timestamp? time, string what) => _findings.Add(new AuditFinding(file, sequence, time, what));
}
