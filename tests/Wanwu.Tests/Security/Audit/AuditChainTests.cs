using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Chain;
using Wanwu.Security.Audit.Reading;

namespace Wanwu.Tests.Security.Audit;

/// <summary>What the trail promises of its files: whatever is done to them is found, and what a crash leaves is not taken for it.</summary>
public sealed class AuditChainTests : IDisposable
{
    private readonly AuditRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task Records_are_numbered_chained_and_signed_over_restarts()
    {
        await _rig.WriteAsync(3);
        await _rig.WriteAsync(2);

        var proof = _rig.Prove();
        Assert.Equal([], proof.Findings);
        Assert.True(proof.Whole);
        // Five events, and a signature at each of the two stops.
        Assert.Equal((1, 7, 7, 7), (proof.First, proof.Last, proof.Records, proof.Signed));
        Assert.Single(proof.Keys);
    }

    [Theory]
    [InlineData(AuditSuite.International)]
    [InlineData(AuditSuite.ShangMi)]
    public async Task Every_changed_byte_of_every_file_is_found(object suite)
    {
        _rig.Options = new AuditOptions { Suite = (AuditSuite)suite, FileBytes = 4_096 };
        await _rig.WriteAsync(4);
        var missed = new List<string>();
        foreach (var path in (string[])[.. _rig.Files, Path.Combine(_rig.Folder, Checkpoint.FileName)])
        {
            var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
            for (var at = 0; at < bytes.Length; at++)
            {
                bytes[at] ^= 0x20;
                await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
                if (_rig.Prove().Whole) missed.Add($"{Path.GetFileName(path)} at {at}");
                bytes[at] ^= 0x20;
            }
            await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        }
        Assert.Equal([], missed);
        Assert.True(_rig.Prove().Whole);
    }

    [Fact]
    public async Task The_first_broken_record_is_named()
    {
        await _rig.WriteAsync(5);
        var path = _rig.Files[0];
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var at = bytes.AsSpan().IndexOf("\"t2\""u8);
        bytes[at + 1] = (byte)'x';
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);

        var finding = Assert.Single(_rig.Prove().Findings);
        Assert.Equal((Path.GetFileName(path), 3L), (finding.File, finding.Sequence));
        Assert.NotNull(finding.Time);
        Assert.Contains("changed", finding.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("insert")]
    [InlineData("swap")]
    [InlineData("truncate")]
    [InlineData("truncate a record")]
    public async Task Records_that_are_deleted_inserted_swapped_or_cut_off_are_found(string how)
    {
        await _rig.WriteAsync(5);
        var bytes = await File.ReadAllBytesAsync(_rig.Files[0], TestContext.Current.CancellationToken);
        var places = Places(bytes);
        byte[] Part(int from, int to) => bytes[places[from]..places[to]];
        var last = places.Count - 1;
        byte[] changed = how switch
        {
            "delete" => [.. bytes[..places[1]], .. bytes[places[2]..]],
            "insert" => [.. bytes[..places[2]], .. Part(1, 2), .. bytes[places[2]..]],
            "swap" => [.. bytes[..places[1]], .. Part(2, 3), .. Part(1, 2), .. bytes[places[3]..]],
            "truncate" => bytes[..places[last - 1]],
            _ => bytes[..(places[last] - 5)],
        };
        await File.WriteAllBytesAsync(_rig.Files[0], changed, TestContext.Current.CancellationToken);
        Assert.False(_rig.Prove().Whole);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_file_that_is_missing_is_found(int which)
    {
        _rig.Options = new AuditOptions { FileBytes = 4_096 };
        await _rig.WriteAsync(40);
        Assert.True(_rig.Files.Count > 2);
        Assert.True(_rig.Prove().Whole);
        File.Delete(which == 2 ? _rig.Files[^1] : _rig.Files[which]);
        Assert.False(_rig.Prove().Whole);
    }

    [Fact]
    public async Task A_trail_written_anew_with_another_key_is_found()
    {
        await _rig.WriteAsync(3);
        using var other = new AuditRig();
        await other.WriteAsync(3);
        foreach (var file in Directory.EnumerateFiles(other.Folder)) File.Copy(file, Path.Combine(_rig.Folder, Path.GetFileName(file)), overwrite: true);

        Assert.Contains("not among the trusted", _rig.Prove().Findings[0].What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_torn_end_is_cut_and_told_and_never_called_tampering()
    {
        await _rig.WriteAsync(3);
        var whole = await File.ReadAllBytesAsync(_rig.Files[0], TestContext.Current.CancellationToken);
        var head = Path.Combine(_rig.Folder, Checkpoint.FileName);
        var signed = await File.ReadAllBytesAsync(head, TestContext.Current.CancellationToken);
        await using (var trail = _rig.Open()) await trail.AppendAsync(AuditRig.Event("lost"));
        var longer = await File.ReadAllBytesAsync(_rig.Files[0], TestContext.Current.CancellationToken);
        var places = Places(longer);
        var next = places[places.IndexOf(whole.Length) + 1];
        for (var cut = whole.Length + 1; cut < next; cut += 7)
        {
            await File.WriteAllBytesAsync(_rig.Files[0], longer[..cut], TestContext.Current.CancellationToken);
            // As it was before the crash: the signature of the stop before it.
            await File.WriteAllBytesAsync(head, signed, TestContext.Current.CancellationToken);
            await _rig.WriteAsync(1);
            var proof = _rig.Prove();
            Assert.Equal([], proof.Findings);
            var records = await RecordsAsync();
            Assert.Contains(records, record => record.Event.Action == "audit.cut");
            Assert.DoesNotContain(records, record => record.Event.Action == "audit.broken");
        }
    }

    [Fact]
    public async Task A_trail_cut_short_behind_its_signature_is_told_of_at_the_start_and_goes_on_in_a_new_file()
    {
        await _rig.WriteAsync(5);
        var bytes = await File.ReadAllBytesAsync(_rig.Files[0], TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(_rig.Files[0], bytes[..Places(bytes)[2]], TestContext.Current.CancellationToken);
        await _rig.WriteAsync(1, "after");

        Assert.Equal(2, _rig.Files.Count);
        Assert.Contains(await RecordsAsync(), record => record.Event.Action == "audit.broken");
        Assert.False(_rig.Prove().Whole);
    }

    [Fact]
    public async Task Two_processes_write_one_chain()
    {
        await using (var server = _rig.Open())
        await using (var command = _rig.Open())
        {
            for (var i = 0; i < 5; i++)
                await Task.WhenAll(server.AppendAsync(AuditRig.Event($"server{i}")), command.AppendAsync(AuditRig.Event($"command{i}")));
        }
        var proof = _rig.Prove();
        Assert.Equal([], proof.Findings);
        Assert.Equal(10, (await RecordsAsync()).Count);
    }

    [Fact]
    public async Task A_new_month_and_a_full_file_begin_a_new_one()
    {
        await _rig.WriteAsync(1);
        _rig.Clock.Advance(TimeSpan.FromDays(31));
        await _rig.WriteAsync(1);
        _rig.Options = new AuditOptions { FileBytes = 4_096 };
        await _rig.WriteAsync(30);
        Assert.Equal(["2026-11.001.audit", "2026-12.001.audit", "2026-12.002.audit"], _rig.Files.Take(3).Select(Path.GetFileName));
        Assert.True(_rig.Prove().Whole);
    }

    [Fact]
    public async Task A_change_of_suite_goes_on_with_the_same_chain()
    {
        await _rig.WriteAsync(2);
        _rig.Options = new AuditOptions { Suite = AuditSuite.ShangMi };
        await _rig.WriteAsync(2);
        var proof = _rig.Prove();
        Assert.Equal([], proof.Findings);
        Assert.Equal(2, proof.Keys.Count);
    }

    [Fact]
    public async Task Files_that_have_expired_go_and_a_signed_statement_keeps_the_rest_provable()
    {
        _rig.Options = new AuditOptions { RetentionDays = 184 };
        await _rig.WriteAsync(3, "old");
        _rig.Clock.Advance(TimeSpan.FromDays(100));
        await _rig.WriteAsync(3, "middle");
        _rig.Clock.Advance(TimeSpan.FromDays(100));
        await using (var trail = _rig.Open())
        {
            await trail.AppendAsync(AuditRig.Event("new"));
            Assert.Equal(1, await _rig.Expiry(trail).RunAsync());
            Assert.Equal(0, await _rig.Expiry(trail).RunAsync());
        }
        var proof = _rig.Prove();
        Assert.Equal([], proof.Findings);
        Assert.Equal(5, proof.First);
        Assert.DoesNotContain(await RecordsAsync(), record => record.Event.Object?.Id == "old0");

        // Without such a statement the same is a break.
        File.Delete(_rig.Files[0]);
        Assert.False(_rig.Prove().Whole);
    }

    [Fact]
    public async Task Where_the_disk_takes_nothing_the_action_is_refused_and_the_next_one_is_tried()
    {
        await using var trail = _rig.Open();
        await trail.AppendAsync(AuditRig.Event("before"));
        var inTheWay = Path.Combine(_rig.Folder, ".lock");
        File.Delete(inTheWay);
        Directory.CreateDirectory(inTheWay);
        var refused = await Assert.ThrowsAsync<AuditUnavailableException>(() => trail.AppendAsync(AuditRig.Event("refused")));
        Assert.Contains("cannot be written", refused.Message, StringComparison.Ordinal);
        Assert.NotNull(trail.Fault);
        Directory.Delete(inTheWay);
        await trail.ProveWritableAsync();
        Assert.Null(trail.Fault);
        await trail.AppendAsync(AuditRig.Event("after"));
        Assert.DoesNotContain(await RecordsAsync(trail), record => record.Event.Object?.Id == "refused");
    }

    [Fact]
    public async Task Records_are_found_by_time_person_action_object_result_and_text()
    {
        _rig.Options = new AuditOptions { FileBytes = 4_096 };
        await using var trail = _rig.Open();
        using var reader = new AuditReader(trail);
        var start = Things.Timestamp.Now(_rig.Clock);
        for (var i = 0; i < 60; i++)
        {
            await trail.AppendAsync(AuditRig.Event($"t{i}") with { Action = i % 2 == 0 ? "thing.change" : "token.create", Outcome = i % 3 == 0 ? AuditResult.Failed : AuditResult.Done, Who = new Actor("person", $"id{i % 5}", i % 5 == 0 ? "林「工」" : "other") });
            _rig.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        async Task<int> CountAsync(AuditFilter filter) => (await reader.PageAsync(filter, null, 1_000, CancellationToken.None)).Records.Count;
        Assert.Equal(60, await CountAsync(new AuditFilter()));
        Assert.Equal(30, await CountAsync(new AuditFilter(Action: "thing")));
        Assert.Equal(0, await CountAsync(new AuditFilter(Action: "thin")));
        Assert.Equal(12, await CountAsync(new AuditFilter(Who: "林「工」")));
        Assert.Equal(12, await CountAsync(new AuditFilter(Who: "id3")));
        Assert.Equal(20, await CountAsync(new AuditFilter(Outcome: AuditResult.Failed)));
        Assert.Equal(1, await CountAsync(new AuditFilter(Object: "t7")));
        Assert.Equal(12, await CountAsync(new AuditFilter(Text: "「工")));
        Assert.Equal(11, await CountAsync(new AuditFilter(Text: "\"ID\":\"T1")));
        Assert.Equal(10, await CountAsync(new AuditFilter(From: start, To: Things.Timestamp.From(start.ToDateTimeOffset().AddMinutes(10)))));

        var paged = new List<long>();
        for (long? before = null; ;)
        {
            var page = await reader.PageAsync(new AuditFilter(Action: "token"), before, 7, CancellationToken.None);
            paged.AddRange(page.Records.Select(record => record.Sequence));
            if ((before = page.Next) is null) break;
        }
        Assert.Equal(30, paged.Distinct().Count());
        Assert.Equal(paged.OrderDescending(), paged);
    }

    private async Task<IReadOnlyList<AuditRecord>> RecordsAsync(AuditTrail? open = null)
    {
        await using var trail = open is null ? _rig.Open() : null;
        using var reader = new AuditReader(open ?? trail!);
        return (await reader.PageAsync(new AuditFilter(), null, 1_000, CancellationToken.None)).Records;
    }

    /// <summary>Where each record begins, and the end.</summary>
    private static List<int> Places(byte[] bytes)
    {
        Assert.Equal(ReadOutcome.Done, AuditHead.TryRead(bytes, out var head));
        List<int> places = [head.Length];
        while (AuditFrame.TryRead(bytes, places[^1], out var frame) == ReadOutcome.Done) places.Add(places[^1] + frame.Length);
        return places;
    }
}
