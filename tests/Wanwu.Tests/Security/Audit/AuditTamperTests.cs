using Wanwu.Security.Audit.Chain;

namespace Wanwu.Tests.Security.Audit;

/// <summary>Whatever is done to the files of a trail is found: every byte, every record, every cut, every file.</summary>
public sealed class AuditTamperTests
{
    private const string Trail = "international-v1";
    public static TheoryData<string> Trails => [Trail, "shangmi-v1"];

    private static string[] All(AuditRig rig) => [.. rig.Files, Path.Combine(rig.Folder, Checkpoint.FileName)];

    [Theory, MemberData(nameof(Trails))]
    public void Every_byte_that_is_changed_is_found(string name)
    {
        using var rig = AuditRig.OfGolden(name);
        var missed = new List<string>();
        foreach (var path in All(rig))
        {
            var bytes = File.ReadAllBytes(path);
            for (var at = 0; at < bytes.Length; at++)
            {
                var was = bytes[at];
                // Every bit has its turn, and every so often all of them.
                bytes[at] ^= (byte)(at % 9 == 8 ? 0xFF : 1 << at % 9);
                if (IsWhole(rig, path, bytes)) missed.Add($"{Path.GetFileName(path)} at {at}");
                bytes[at] = was;
            }
            Assert.True(IsWhole(rig, path, bytes));
        }
        Assert.Equal([], missed);
    }

    [Fact]
    public void Every_byte_that_is_taken_out_or_put_in_is_found()
    {
        using var rig = AuditRig.OfGolden(Trail);
        var missed = new List<string>();
        foreach (var path in All(rig))
        {
            var bytes = File.ReadAllBytes(path);
            for (var at = 0; at < bytes.Length; at++)
            {
                if (IsWhole(rig, path, [.. bytes[..at], .. bytes[(at + 1)..]])) missed.Add($"{Path.GetFileName(path)} without {at}");
                if (IsWhole(rig, path, [.. bytes[..at], 0, .. bytes[at..]])) missed.Add($"{Path.GetFileName(path)} with a zero at {at}");
            }
            if (IsWhole(rig, path, [.. bytes, 0])) missed.Add($"{Path.GetFileName(path)} with a zero at its end");
            File.WriteAllBytes(path, bytes);
        }
        Assert.Equal([], missed);
    }

    [Fact]
    public void Every_cut_at_every_byte_is_found()
    {
        using var rig = AuditRig.OfGolden(Trail);
        var missed = new List<string>();
        foreach (var path in All(rig))
        {
            var bytes = File.ReadAllBytes(path);
            for (var length = 0; length < bytes.Length; length++)
                if (IsWhole(rig, path, bytes[..length])) missed.Add($"{Path.GetFileName(path)} cut to {length}");
            File.WriteAllBytes(path, bytes);
        }
        Assert.Equal([], missed);
    }

    /// <summary>Also with every hash behind it made anew, as somebody would who knows the format and has no key.</summary>
    [Theory, MemberData(nameof(Trails))]
    public void Every_record_that_is_removed_repeated_or_swapped_is_found_even_when_the_chain_is_made_anew(string name)
    {
        using var rig = AuditRig.OfGolden(name);
        var missed = new List<string>();
        foreach (var path in rig.Files)
        {
            var bytes = File.ReadAllBytes(path);
            var (head, records) = Records(bytes);
            foreach (var (what, changed) in Arrangements(records))
            {
                if (IsWhole(rig, path, [.. bytes[..head.Length], .. changed.SelectMany(record => record)])) missed.Add($"{Path.GetFileName(path)}: {what}");
                // What is put behind the last signature waits for the next: it is told to be unsigned.
                if (IsWhole(rig, path, Chained(bytes[..head.Length], head, changed)) && rig.Prove() is var proof && proof.Signed == proof.Last) missed.Add($"{Path.GetFileName(path)}: {what}, with hashes and numbers made anew");
            }
            File.WriteAllBytes(path, bytes);
        }
        Assert.Equal([], missed);
    }

    [Theory, MemberData(nameof(Trails))]
    public void A_word_changed_and_the_chain_made_anew_is_found_by_the_signatures(string name)
    {
        using var rig = AuditRig.OfGolden(name);
        foreach (var path in rig.Files)
        {
            var bytes = File.ReadAllBytes(path);
            var (head, records) = Records(bytes);
            for (var i = 0; i < records.Count; i++)
            {
                List<byte[]> changed = [.. records];
                changed[i] = [.. records[i]];
                changed[i][^(ChainHash.Length + 2)] ^= 1;
                Assert.False(IsWhole(rig, path, Chained(bytes[..head.Length], head, changed)), $"{Path.GetFileName(path)} record {i}");
            }
            File.WriteAllBytes(path, bytes);
        }
    }

    [Theory, MemberData(nameof(Trails))]
    public void Files_that_are_removed_exchanged_renamed_or_added_are_found(string name)
    {
        using var rig = AuditRig.OfGolden(name);
        var (first, second, head) = (rig.Files[0], rig.Files[1], Path.Combine(rig.Folder, Checkpoint.FileName));
        foreach (var path in (string[])[first, second, head]) Undone(path, () => File.Delete(path));
        var (one, other) = (File.ReadAllBytes(first), File.ReadAllBytes(second));
        Undone(first, () => File.WriteAllBytes(first, other));
        Undone(second, () => File.WriteAllBytes(second, one));
        foreach (var added in (string[])["2026-10.001.audit", "2026-11.002.audit", "2026-12.002.audit", "2027-01.001.audit"])
        {
            var path = Path.Combine(rig.Folder, added);
            File.Copy(second, path);
            Assert.False(rig.Prove().Whole, added);
            File.Delete(path);
        }
        Assert.True(rig.Prove().Whole);

        void Undone(string path, Action harm)
        {
            var bytes = File.ReadAllBytes(path);
            harm();
            Assert.False(rig.Prove().Whole, Path.GetFileName(path));
            File.WriteAllBytes(path, bytes);
        }
    }

    private static bool IsWhole(AuditRig rig, string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        return rig.Prove().Whole;
    }

    private static (AuditHead Head, List<byte[]> Records) Records(byte[] bytes)
    {
        AuditHead.TryRead(bytes, out var head);
        List<byte[]> records = [];
        for (var at = head.Length; AuditFrame.TryRead(bytes, at, out var frame) == ReadOutcome.Done; at += frame.Length) records.Add(bytes[at..(at + frame.Length)]);
        return (head, records);
    }

    private static IEnumerable<(string What, List<byte[]> Records)> Arrangements(List<byte[]> records)
    {
        for (var i = 0; i < records.Count; i++)
        {
            yield return ($"without {i}", [.. records[..i], .. records[(i + 1)..]]);
            for (var j = 0; j <= records.Count; j++) yield return ($"{i} again at {j}", [.. records[..j], records[i], .. records[j..]]);
            for (var j = i + 1; j < records.Count; j++)
            {
                List<byte[]> swapped = [.. records];
                (swapped[i], swapped[j]) = (swapped[j], swapped[i]);
                yield return ($"{i} and {j} swapped", swapped);
            }
        }
    }

    /// <summary>The records with numbers that go up by one and hashes that fit: only signatures stand in the way.</summary>
    private static byte[] Chained(byte[] start, AuditHead head, List<byte[]> records)
    {
        var hash = new ChainHash(head.Suite);
        byte[] bytes = [.. start, .. records.SelectMany(record => record)];
        var (at, sequence) = (start.Length, head.First);
        foreach (var record in records)
        {
            AuditFrame.TryRead([.. new byte[ChainHash.Length], .. record], ChainHash.Length, out var frame);
            at += AuditFrame.Write(bytes.AsSpan(at - ChainHash.Length), (sequence++, new Things.Timestamp(frame.Microseconds), frame.Kind), frame.Payload.ToArray(), hash);
        }
        return bytes;
    }
}
