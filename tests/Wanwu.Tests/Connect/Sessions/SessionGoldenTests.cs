using System.Text;
using Wanwu.Connect.Mqtt;
using Wanwu.Connect.Mqtt.Sessions;
using Wanwu.Protocols.Mqtt;
using Wanwu.Security.Access;
using Wanwu.Telemetry;
using Wanwu.Telemetry.Log;
using Wanwu.Things;

namespace Wanwu.Tests.Connect.Sessions;

/// <summary>The files that show what version 1 of the sessions' records and of their snapshot looks like. They were written once and are only ever read.</summary>
public sealed class SessionGoldenTests
{
    private const long First = 98_765;
    // Where the files hold a role, an account's id is written now.
    private static readonly Caller Person = new(CallerKind.Person, "萬物", null) { Id = "operator" };
    private static readonly ThingId Id = ThingId.Parse("01jge3xk0067a8yd7p9v5qn4h2");
    private static readonly MqttMessage Will = Message("gone", "will", expiry: 60);

    private static MqttMessage Message(string topic, string payload, bool retain = false, uint? expiry = null) => new()
    {
        Topic = Encoding.UTF8.GetBytes(topic), Payload = Encoding.UTF8.GetBytes(payload), Properties = [1, 1], Qos = 2, Retain = retain, Expiry = expiry, Received = 1_767_254_400_123,
    };

    private static string Golden(string name) => Repository.File("tests", "Wanwu.Tests", "Connect", "Sessions", "Golden", name);

    private static Subscription Subscription(string filter, byte options, uint identifier, long since)
    {
        var owner = new ClientSession("", "", Person, new MqttSession(new SessionLimits()));
        return new Subscription(owner, Encoding.UTF8.GetBytes(filter), new SubscriptionOptions(options), identifier) { Since = since };
    }

    private static byte[] Published(MqttMessage message, long sender, ushort packetId, params (long Session, long Number)[] deliveries)
    {
        var payload = PayloadWriter.Mine;
        var count = SessionRecords.Published(payload, message, sender, packetId);
        foreach (var (session, number) in deliveries) payload.Int64(session).Delivery(number, 2, number % 2 == 1, [5, 268_435_455], number == 1 ? "$share/s/a/#"u8.ToArray() : null);
        payload.Patch(count, (uint)deliveries.Length);
        return payload.Written.ToArray();
    }

    /// <summary>Every type of record, in an order in which each changes something.</summary>
    private static byte[] WriteLog()
    {
        var writer = new RecordWriter(1024);
        void Add(RecordType type, ReadOnlySpan<byte> payload) => writer.Opaque(type, payload);
        Add(RecordType.SessionOpened, SessionRecords.Opened(PayloadWriter.Mine, 1, true, Person, "客戶", 3600, 0, null).Written);
        Add(RecordType.SessionOpened, SessionRecords.Opened(PayloadWriter.Mine, 2, true, Caller.OfThing(Id), "thing", uint.MaxValue, 7, Will).Written);
        Add(RecordType.SessionOpened, SessionRecords.Opened(PayloadWriter.Mine, 3, true, Caller.Anonymous, "short", 1, 7, Will).Written);
        Add(RecordType.Subscribed, SessionRecords.Subscribed(PayloadWriter.Mine, 1, [Subscription("a/#", 0b0010_1110, 9, 77), Subscription("b", 1, 0, 0)]).Written);
        Add(RecordType.Unsubscribed, SessionRecords.Unsubscribed(PayloadWriter.Mine, 1, ["b"u8.ToArray()]).Written);
        Add(RecordType.Published, Published(Message("a/1", "one"), 2, 4711, (1, 0), (1, 1), (2, 0)));
        Add(RecordType.Published, Published(Message("a/1", "two", expiry: 9), 0, 0, (1, 2), (1, 3)));
        Add(RecordType.Acknowledged, PayloadWriter.Mine.Int64(1).Int64(0).Byte(0).Written);
        Add(RecordType.Acknowledged, PayloadWriter.Mine.Int64(1).Int64(1).Byte(1).Written);
        Add(RecordType.Released, PayloadWriter.Mine.Int64(2).UInt16(4711).Written);
        Add(RecordType.Receipt, new MessageReceipt(2, 12).With(0));
        Add(RecordType.Receipt, new MessageReceipt(2, 13).With(99));
        writer.Message(new MessageRecord { Protocol = "mqtt", Thing = Id, Received = new Timestamp(5), Origin = 99 });
        Add(RecordType.Receipt, new MessageReceipt(2, 14).With(100));
        writer.Message(new MessageRecord { Protocol = "mqtt", Thing = Id, Received = new Timestamp(5), Origin = 101 });
        Add(RecordType.SessionLeft, SessionRecords.Left(PayloadWriter.Mine, 1, 1_767_258_000_000, 0, 2).Written);
        Add(RecordType.WillGone, PayloadWriter.Mine.Int64(2).Written);
        Add(RecordType.SessionEnded, PayloadWriter.Mine.Int64(3).Written);
        Add(RecordType.Retained, Published(Message("kept", "three", retain: true), 0, 0));
        Add(RecordType.Retained, Published(Message("removed", "four", retain: true), 0, 0));
        Add(RecordType.Retained, Published(Message("removed", "", retain: true), 0, 0));
        Add(RecordType.Fed, PayloadWriter.Mine.Int64(1234).Written);
        Add(RecordType.Barrier, default);
        var file = new byte[LogFormat.HeaderBytes + writer.Length];
        LogFormat.WriteHeader(file, First);
        LogFormat.Seal(writer.Written, First + LogFormat.HeaderBytes);
        writer.Written.CopyTo(file.AsSpan(LogFormat.HeaderBytes));
        return file;
    }

    private static string WriteSnapshot(string folder)
    {
        var message = Message("a/1", "two", expiry: 9);
        var queue = new QueueImage { Next = 4, SentBelow = 3, Dropped = 5 };
        queue.Received.Add(12);
        queue.Deliveries[1] = new DeliveryImage(1, 2, true, [5], null, null);
        queue.Deliveries[3] = new DeliveryImage(3, 1, false, [], "$share/s/a/#"u8.ToArray(), message);
        var snapshots = new SnapshotFolder(folder, new DiskFaults());
        using var writer = snapshots.Create(First);
        writer.Add(RecordType.SnapshotHead, PayloadWriter.Mine.Int64(8).Int64(1234).Written);
        writer.Add(RecordType.SessionOpened, SessionRecords.Opened(PayloadWriter.Mine, 7, true, Person, "客戶", 3600, 3, Will).Written);
        writer.Add(RecordType.SessionLeft, SessionRecords.Left(PayloadWriter.Mine, 7, 1_767_258_000_000, 1_767_258_000_000, 3).Written);
        writer.Add(RecordType.Subscribed, SessionRecords.Subscribed(PayloadWriter.Mine, 7, [Subscription("a/#", 1, 9, 77)]).Written);
        writer.Add(RecordType.HeldMessage, PayloadWriter.Mine.UInt32(0).Message(message).Written);
        writer.Add(RecordType.SessionQueue, SessionRecords.Queue(PayloadWriter.Mine, 7, queue, _ => 0).Written);
        writer.Add(RecordType.Retained, Published(Message("kept", "three", retain: true), 0, 0));
        writer.End();
        snapshots.PutInPlace(writer);
        return snapshots.List().Single().Path;
    }

    [Fact]
    public void Records_are_written_today_as_they_were_then_byte_for_byte() => Assert.Equal(File.ReadAllBytes(Golden("sessions-v1.golden")), WriteLog());

    [Fact]
    public void A_snapshot_is_written_today_as_it_was_then_byte_for_byte()
    {
        var folder = Directory.CreateTempSubdirectory("wanwu-golden-").FullName;
        try
        {
            var path = WriteSnapshot(folder);
            Assert.Equal($"{First:D20}.wsnap", Path.GetFileName(path));
            Assert.Equal(File.ReadAllBytes(Golden("snapshot-v1.golden")), File.ReadAllBytes(path));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_golden_records_amount_to_what_they_were_written_from()
    {
        var folder = Directory.CreateTempSubdirectory("wanwu-golden-").FullName;
        try
        {
            File.Copy(Golden("sessions-v1.golden"), LogFolder.PathOf(folder, First));
            var image = new JournalImage();
            var (_, damage) = LogScan.Read(LogFolder.List(folder), (in LogRecord record) => image.Apply(record), TestContext.Current.CancellationToken);
            Assert.Empty(damage);
            Assert.Equal(
                """
                next 4 fed 1234
                1 Person 萬物 operator 客戶 3600 False ends 1767258000000 sent below 2 next 4 received 
                  a/# 2E 9 since 77
                  1 q2 True 5,268435455 $share/s/a/# -
                  2 q2 False 5,268435455 - a/1=two 0101 q2 False 9 1767254400123
                  3 q2 True 5,268435455 - a/1=two 0101 q2 False 9 1767254400123
                2 Thing 01jge3xk0067a8yd7p9v5qn4h2  thing 4294967295 True ends 0 sent below 9223372036854775807 next 1 received 12,13
                  0 q2 False 5,268435455 - a/1=one 0101 q2 False - 1767254400123
                retained kept=three 0101 q2 True - 1767254400123

                """, Tell(image));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_golden_snapshot_amounts_to_what_it_was_written_from()
    {
        var image = new JournalImage();
        Assert.Null(SnapshotReader.Read(Golden("snapshot-v1.golden"), (in LogRecord record) => image.Apply(record)));
        image.EndOfSnapshot();
        Assert.Equal(
            """
            next 8 fed 1234
            7 Person 萬物 operator 客戶 3600 False ends 1767258000000 sent below 3 next 4 received 12
              will 3 due 1767258000000 gone=will 0101 q2 False 60 1767254400123
              a/# 01 9 since 77
              1 q2 True 5 - -
              3 q1 False  $share/s/a/# a/1=two 0101 q2 False 9 1767254400123
            retained kept=three 0101 q2 True - 1767254400123

            """, Tell(image));
    }

    private static string Tell(JournalImage image)
    {
        var text = new StringBuilder($"next {image.NextSession} fed {image.FedTo}\n");
        foreach (var session in image.Sessions.Values)
        {
            var queue = session.Queue;
            text.Append($"{session.Number} {session.Caller.Kind} {session.Caller.Name} {(session.Caller.Thing is null ? session.Caller.Id : "")} {session.ClientId} {session.Expiry} {session.IsConnected} ");
            text.Append($"ends {session.Expires} sent below {queue.SentBelow} next {queue.Next} received {string.Join(',', queue.Received.Order())}\n");
            if (session.Will is not null) text.Append($"  will {session.WillDelay} due {session.WillDue} {Tell(session.Will)}\n");
            foreach (var (filter, there) in session.Subscriptions)
                text.Append($"  {Encoding.UTF8.GetString(filter)} {there.Options.Bits:X2} {there.Identifier} since {there.Since}\n");
            foreach (var delivery in queue.Deliveries.Values)
                text.Append($"  {delivery.Number} q{delivery.Qos} {delivery.Retain} {string.Join(',', delivery.SubscriptionIdentifiers)} {(delivery.Share is null ? "-" : Encoding.UTF8.GetString(delivery.Share))} {Tell(delivery.Message)}\n");
        }
        foreach (var message in image.Retained.Values) text.Append($"retained {Tell(message)}\n");
        return text.ToString();
    }

    private static string Tell(MqttMessage? message) => message is null ? "-"
        : $"{Encoding.UTF8.GetString(message.Topic)}={Encoding.UTF8.GetString(message.Payload)} {Convert.ToHexString(message.Properties)} q{message.Qos} {message.Retain} {message.Expiry?.ToString() ?? "-"} {message.Received}";
}
