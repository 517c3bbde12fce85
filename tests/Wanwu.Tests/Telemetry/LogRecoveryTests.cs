using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Tests.Telemetry;

public sealed class LogRecoveryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-log-").FullName;
    private readonly ThingId _thing = ThingId.New(TimeProvider.System);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A log of some messages, each its own batch, and the position behind each of them.</summary>
    private async Task<List<long>> WriteAsync(int messages)
    {
        await using var rig = new LogRig(_folder);
        var ends = new List<long> { rig.Log.CommittedPosition };
        for (var i = 0; i < messages; i++)
        {
            await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "p", Value.OfInteger(i), new Timestamp(i)), rig.Observe(_thing, "text", Value.OfText($"萬物 {i}"), new Timestamp(i))));
            ends.Add(rig.Log.CommittedPosition);
        }
        return ends;
    }

    private static string Segment(string folder) => Assert.Single(LogFolder.List(folder)).Path;

    private static List<long> Values(string folder)
    {
        var values = new List<long>();
        LogScan.Read(LogFolder.List(folder), (in LogRecord record) =>
        {
            if (record.Type != RecordType.Message) return;
            var reader = new RecordReader(record.Payload);
            reader.Head();
            reader.Int32();
            reader.Int32();
            values.Add(reader.Observation().ToValue().AsInteger);
        }, TestContext.Current.CancellationToken);
        return values;
    }

    [Fact]
    public async Task A_log_cut_at_any_byte_keeps_every_whole_record_and_goes_on()
    {
        var ends = await WriteAsync(4);
        var whole = File.ReadAllBytes(Segment(_folder));
        for (var cut = (int)ends[2]; cut <= ends[^1]; cut++)
        {
            using var torn = new TornLog(whole.AsSpan(0, cut));
            var kept = ends.Count(end => end <= cut && end != 0);
            await using (var rig = new LogRig(torn.Folder))
            {
                var damage = rig.Replay.Last!.Damage;
                // A checksum may begin with zeros, and a tail of nothing else is room that was reserved.
                var tail = whole.AsSpan((int)ends.Last(end => end <= cut)..cut);
                if (tail.TrimEnd((byte)0).IsEmpty) Assert.Empty(damage);
                else Assert.Equal((LogDamageKind.TornTail, ends.Last(end => end <= cut)), (Assert.Single(damage).Kind, damage[0].Position));
                Assert.Equal(ends.Last(end => end <= cut), rig.Replay.Last!.EndPosition);
                await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "p", Value.OfInteger(99), new Timestamp(99))));
            }
            Assert.Equal([.. Enumerable.Range(0, kept).Select(i => (long)i), 99], Values(torn.Folder));
        }
    }

    [Fact]
    public async Task A_changed_byte_anywhere_is_found_and_every_other_record_is_kept()
    {
        var ends = await WriteAsync(4);
        var whole = File.ReadAllBytes(Segment(_folder));
        for (var at = 0; at < ends[^1]; at++)
        {
            var bytes = whole.ToArray();
            bytes[at] ^= 0x10;
            using var damaged = new TornLog(bytes);
            var (_, damage) = LogScan.Read(LogFolder.List(damaged.Folder), static (in LogRecord _) => { }, TestContext.Current.CancellationToken);
            Assert.Single(damage);
            // The head of the file and the definitions before the first message carry no message themselves.
            var lost = at < 32 ? -1 : ends.FindIndex(end => at < end) - 1;
            Assert.True(Values(damaged.Folder).Count >= 3, $"byte {at}");
            Assert.True(Enumerable.Range(0, 4).Where(i => i != lost).All(i => Values(damaged.Folder).Contains(i)), $"byte {at}");
        }
    }

    [Fact]
    public async Task A_corrupt_tail_is_cut_and_what_comes_after_it_is_read_back()
    {
        var ends = await WriteAsync(3);
        using (var file = File.OpenWrite(Segment(_folder)))
        {
            file.Position = ends[^2] + 20;
            file.Write([1, 2, 3, 4, 5]);
        }
        await using (var rig = new LogRig(_folder))
        {
            var torn = Assert.Single(rig.Replay.Last!.Damage);
            Assert.Equal((LogDamageKind.TornTail, ends[^2], Segment(_folder)), (torn.Kind, torn.Position, torn.File));
            await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "p", Value.OfInteger(7), new Timestamp(7))));
        }
        await using var again = new LogRig(_folder);
        Assert.Empty(again.Replay.Last!.Damage);
        Assert.Equal([0, 1, 7], Values(_folder));
    }

    [Fact]
    public async Task A_log_of_many_segments_is_read_whole_and_damage_in_an_old_one_stops_nothing()
    {
        var text = Value.OfText(new string('x', 8_000));
        await using (var rig = new LogRig(_folder, new LogOptions { SegmentMegabytes = 1, ReserveMegabytes = 1 }))
        {
            var result = default(AppendResult);
            for (var i = 0; i < 500; i++)
            {
                while ((result = rig.Append(_thing, rig.Observe(_thing, "p", Value.OfInteger(i), new Timestamp(i)), rig.Observe(_thing, "q", text, new Timestamp(i)))).Outcome == AppendOutcome.Full)
                    await rig.Log.WaitForRoomAsync(new SenderPlace(), TestContext.Current.CancellationToken);
                if (i % 10 == 0) await rig.CommitAsync(result);
            }
            await rig.CommitAsync(result);
        }
        Assert.InRange(LogFolder.List(_folder).Count, 4, 6);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => (long)i), Values(_folder));

        using (var file = File.OpenWrite(LogFolder.List(_folder)[1].Path))
        {
            file.Position = 5_000;
            file.WriteByte(0xFF);
        }
        await using var again = new LogRig(_folder);
        Assert.Equal(LogDamageKind.Unreadable, Assert.Single(again.Replay.Last!.Damage).Kind);
        Assert.Equal(499, Values(_folder).Count);
    }

    [Fact]
    public async Task A_segment_whose_making_was_cut_off_is_made_again()
    {
        var ends = await WriteAsync(2);
        File.WriteAllBytes(LogFolder.PathOf(_folder, ends[^1]), new byte[4096]);
        await using (var rig = new LogRig(_folder))
        {
            Assert.Empty(rig.Replay.Last!.Damage);
            await rig.CommitAsync(rig.Append(_thing, rig.Observe(_thing, "p", Value.OfInteger(2), new Timestamp(2))));
        }
        Assert.Equal([0, 1, 2], Values(_folder));
    }

    [Fact]
    public async Task A_log_of_a_later_version_is_refused_and_left_as_it_is()
    {
        await WriteAsync(1);
        var path = Segment(_folder);
        var bytes = File.ReadAllBytes(path);
        LogFormat.WriteHeader(bytes, 0, version: 2);
        File.WriteAllBytes(path, bytes);
        var refused = Assert.Throws<InvalidDataException>(() => new LogRig(_folder));
        Assert.Contains("later version", refused.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    /// <summary>A log folder with one segment of given bytes.</summary>
    private sealed class TornLog : IDisposable
    {
        public TornLog(ReadOnlySpan<byte> bytes) => File.WriteAllBytes(LogFolder.PathOf(Folder, 0), bytes);

        public string Folder { get; } = Directory.CreateTempSubdirectory("wanwu-torn-").FullName;

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
