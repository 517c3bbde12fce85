using System.Text;
using Wanwu.Security.Audit;
using Wanwu.Security.Audit.Chain;

namespace Wanwu.Tests.Security.Audit;

/// <summary>Trails that show what version 1 of the format looks like, one by each suite. They were written once, are only ever read, and prove for ever.</summary>
public sealed class AuditGoldenTests
{
    public static TheoryData<string, string, string> Trails => new()
    {
        { "international-v1", "11:222839d46fb88ba1717c810a8a54f153608bb277ed4619f1d0e75fc68b768b1e", "483bb69e3cd529f8b1b963802e7a1014" },
        { "shangmi-v1", "11:5a49a3210fc10db8ab5bf6ef79403e1cee8ae3f24db6df042d55c4fd7f01b17f", "cf9e8ab9ea6fcc3c9fb6092813a6ceaa" },
    };

    [Theory, MemberData(nameof(Trails))]
    public void A_golden_trail_proves_whole_to_its_last_hash(string name, string witness, string key)
    {
        using var rig = AuditRig.OfGolden(name);
        var proof = rig.Prove();
        Assert.Equal([], proof.Findings);
        Assert.Equal((2, 11, 1, 11, 11), (proof.Files, proof.Records, proof.First, proof.Last, proof.Signed));
        Assert.Equal((witness, key), ($"{proof.Last}:{proof.Hash}", Assert.Single(proof.Keys)));
    }

    [Theory, MemberData(nameof(Trails))]
    public void It_reads_as_what_it_was_written_from(string name, string witness, string key)
    {
        Assert.NotEqual(witness, key);
        using var rig = AuditRig.OfGolden(name);
        Assert.Equal(
            """
            2026-11.001.audit from 1 at 2026-11-01T08:00:00Z
            1 2026-11-01T08:00:00Z {"action":"server.start","result":"done","who":{"kind":"server","name":"server"},"door":"server","object":{"type":"server"}}
            2 2026-11-01T08:00:01.000001Z {"action":"session.begin","result":"refused","reason":"wrong name or password","who":{"kind":"anonymous","name":"林"},"address":"2001:db8::7","door":"console","object":{"type":"session"}}
            3 2026-11-01T08:00:02.000002Z {"action":"thing.change","result":"done","who":{"kind":"person","id":"7","name":"林「工」"},"address":"192.0.2.17","door":"api","request":"00-4bf9-01","object":{"type":"thing","id":"01jge3xk0067a8yd7p9v5qn4h2","name":"一號水表"},"changes":{"labels":{"before":"{\"floor\":\"3\"}","after":"{\"floor\":\"4\"}"},"organisation":{"after":"water"},"secret":{"before":"•••","after":"•••"}}}
            4 2026-11-01T08:00:03.000003Z {"action":"mqtt.kick","result":"failed","reason":"answered 404","who":{"kind":"program","id":"42","name":"脚本"},"address":"192.0.2.18","door":"api","object":{"type":"mqtt","id":"none"},"detail":{"method":"POST","path":"/api/v1/mqtt/clients/none/kick"}}
            5 2026-11-01T08:00:03.000003Z checkpoint
            2026-12.001.audit from 6 at 2026-12-01T08:00:03.000003Z
            6 2026-12-01T08:00:03.000003Z {"action":"door.traffic","result":"done","who":{"kind":"server","name":"server"},"door":"server","object":{"type":"door","id":"mqtt"},"detail":{"accepted":"1234","refused.unknown thing":"5"}}
            7 2026-12-01T08:00:04.000004Z {"action":"token.create","result":"done","who":{"kind":"command","name":"command line"},"door":"command line","object":{"type":"token","id":"9","name":"\uD835\uDCAF \"quoted\" \\ \n"},"changes":{"role":{"after":"viewer"}}}
            8 2026-12-01T08:00:05.000005Z checkpoint
            9 2026-12-01T08:00:05.000005Z {"action":"data.export","result":"done","who":{"kind":"person","id":"7","name":"林「工」"},"door":"console"}
            10 2026-12-01T08:00:06.000006Z {"action":"server.stop","result":"done","who":{"kind":"server","name":"server"},"door":"server","object":{"type":"server"}}
            11 2026-12-01T08:00:07.000007Z checkpoint

            """, Tell(rig));
    }

    /// <summary>Signatures differ from one to the next; all else is written today byte for byte as it was then.</summary>
    [Theory, MemberData(nameof(Trails))]
    public void Heads_and_records_are_written_today_as_they_were_then(string name, string witness, string key)
    {
        Assert.NotEqual(witness, key);
        using var rig = AuditRig.OfGolden(name);
        foreach (var path in rig.Files)
        {
            var golden = File.ReadAllBytes(path);
            AuditHead.TryRead(golden, out var head);
            var hash = new ChainHash(head.Suite);
            var written = new byte[golden.Length];
            head.ToBytes(hash).CopyTo(written, 0);
            var at = head.Length;
            for (; AuditFrame.TryRead(golden, at, out var frame) == ReadOutcome.Done; at += frame.Length)
            {
                var payload = frame.Kind == FrameKind.Checkpoint ? frame.Payload.ToArray() : AuditEvent.Read(frame.Payload)!.ToPayload();
                AuditFrame.Write(written.AsSpan(at - ChainHash.Length), (frame.Sequence, new Things.Timestamp(frame.Microseconds), frame.Kind), payload, hash);
            }
            Assert.Equal(golden.Length, at);
            Assert.Equal(golden, written);
        }
    }

    [Theory, MemberData(nameof(Trails))]
    public async Task A_server_of_today_goes_on_with_it(string name, string witness, string key)
    {
        using var rig = AuditRig.OfGolden(name);
        await rig.WriteAsync(2);
        var proof = rig.Prove(witness);
        Assert.Equal([], proof.Findings);
        Assert.Equal((3, 14, 14), (proof.Files, proof.Last, proof.Signed));
        // The private key was never kept: a new one signs what is new.
        Assert.Equal(2, proof.Keys.Count);
        Assert.Contains(key, proof.Keys);
    }

    private static string Tell(AuditRig rig)
    {
        var text = new StringBuilder();
        foreach (var path in rig.Files)
        {
            var bytes = File.ReadAllBytes(path);
            AuditHead.TryRead(bytes, out var head);
            text.Append($"{Path.GetFileName(path)} from {head.First} at {head.Created}\n");
            for (var at = head.Length; AuditFrame.TryRead(bytes, at, out var frame) == ReadOutcome.Done; at += frame.Length)
                text.Append($"{frame.Sequence} {new Things.Timestamp(frame.Microseconds)} {(frame.Kind == FrameKind.Checkpoint ? "checkpoint" : Encoding.UTF8.GetString(frame.Payload))}\n");
        }
        return text.ToString();
    }
}
