using System.Buffers;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.Fuzz;

/// <summary>The MQTT engine with a client that sends arbitrary bytes, cut arbitrarily, and gets back what it publishes.</summary>
/// <remarks>
/// The first byte of an input chooses what the client is (<see cref="Play"/>), the second how the network cuts the rest. Whatever the bytes are: nothing throws, every packet
/// the server sends is well-formed and no larger than the client takes, memory stays within its bounds, and the cuts make no difference.
/// </remarks>
public static class MqttTarget
{
    private const int Fixed = 512 * 1024, PerByte = 1024;
    private static readonly SessionLimits Keeps = new(MaxQueuedMessages: 16, MaxQueuedBytes: 4096, MaxInFlight: 32);

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < 2) return;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var whole = Play(input[0], input[2..], cut: 0);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Hold(allocated <= Fixed + (input.Length * (long)PerByte), $"{allocated} bytes were allocated for {input.Length}.");
        Hold(whole.AsSpan().SequenceEqual(Play(input[0], input[2..], input[1] | 1)), "What the server sends depends on how the network cuts what it gets.");
    }

    /// <summary>Everything the server sends.</summary>
    /// <param name="kind">Bit 0: MQTT 5; bit 1: connected before the input; bit 2: narrow limits; bit 3: the client takes topic aliases and small packets alone.</param>
    private static byte[] Play(byte kind, ReadOnlySpan<byte> stream, int cut)
    {
        var version = (kind & 1) != 0 ? MqttVersion.V5 : MqttVersion.V311;
        var limits = (kind & 4) != 0 ? new EngineLimits { MaxPacketBytes = 128, ReceiveMaximum = 2, TopicAliasMaximum = 1 } : new EngineLimits { MaxPacketBytes = 4096 };
        var peer = new Peer(limits);
        if ((kind & 2) != 0) peer.Receive(Connect(version, small: (kind & 8) != 0));
        var pace = (uint)cut;
        while (!stream.IsEmpty)
        {
            pace = (pace * 1_664_525) + 1_013_904_223;
            var take = cut == 0 ? stream.Length : Math.Min(stream.Length, 1 + (int)(pace >> 24) % 17);
            peer.Receive(stream[..take]);
            stream = stream[take..];
        }
        return peer.Sent.WrittenSpan.ToArray();
    }

    private static byte[] Connect(MqttVersion version, bool small)
    {
        var output = new ArrayBufferWriter<byte>();
        var properties = small ? new PropertyWriter().Add(PropertyId.TopicAliasMaximum, 2).Add(PropertyId.MaximumPacketSize, 40).Add(PropertyId.ReceiveMaximum, 2).Raw.ToArray() : [];
        ConnectWriter.Write(output, new ConnectFields { Version = version, ClientId = "f"u8.ToArray(), Properties = properties });
        return output.WrittenSpan.ToArray();
    }

    internal static void Hold(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidOperationException(otherwise);
    }

    private sealed class Peer(EngineLimits limits)
    {
        private readonly MqttSession _session = new(Keeps);
        private readonly MqttEngine _engine = new(limits, new MqttOutput(4096)) { RetainAvailable = true };
        private readonly ArrayBufferWriter<byte> _unread = new();
        private bool _closed;

        public ArrayBufferWriter<byte> Sent { get; } = new();

        public void Receive(ReadOnlySpan<byte> bytes)
        {
            if (_closed) return;
            _unread.Write(bytes);
            var consumed = 0;
            while (!_closed)
            {
                var step = _engine.Next(_unread.WrittenSpan[consumed..], now: 0);
                Hold(step.Consumed > 0 || step.Kind is StepKind.NeedMore or StepKind.Fault or StepKind.Hold, $"{step.Kind} takes nothing off the input.");
                consumed += step.Consumed;
                if (step.Kind is StepKind.NeedMore or StepKind.Hold) break;
                Act(step);
                Take();
            }
            if (_closed) return;
            var rest = _unread.WrittenSpan[consumed..].ToArray();
            Hold(rest.Length <= limits.MaxPacketBytes + 17, $"{rest.Length} bytes are kept unread.");
            _unread.ResetWrittenCount();
            _unread.Write(rest);
        }

        private void Act(in MqttStep step)
        {
            switch (step.Kind)
            {
                case StepKind.Connect:
                    var connect = step.ReadConnect();
                    if (connect.HasWill) _ = MqttMessage.FromWill(connect, 0);
                    _closed = !_engine.Accept(_session, false, default);
                    break;
                case StepKind.Publish:
                    if (!_engine.TryReceive(step.Publish)) return;
                    _session.Deliver(MqttMessage.From(step.Publish, step.Publish.Topic.ToArray(), 0), step.Publish.Qos, step.Publish.Retain, [1, 300], 0);
                    _engine.Answer(step.Publish.Qos, step.Publish.PacketId, ReasonCode.Success, "told", 0);
                    break;
                case StepKind.Subscribe:
                    Answer(PacketType.SubAck, step.ReadSubscribe());
                    break;
                case StepKind.Unsubscribe:
                    Answer(PacketType.UnsubAck, step.ReadSubscribe());
                    break;
                case StepKind.Fault or StepKind.Disconnect:
                    _closed = true;
                    break;
            }
        }

        private void Answer(PacketType type, in SubscribePacket packet)
        {
            var codes = new List<byte>();
            foreach (var request in packet) codes.Add((byte)(MqttText.IsTopicFilter(request.Filter) ? request.Options.Qos : 0x80));
            Hold(codes.Count == packet.Count, "A packet has another number of filters than it says.");
            if (MqttWriter.SubAckSize(_engine.Version, codes.Count) > _engine.Output.ClientMaxPacket) _closed = true;
            else _engine.Output.WriteSubAck(type, packet.PacketId, codes.ToArray(), "told");
        }

        private void Take()
        {
            Hold(_session.QueuedBytes <= Keeps.MaxQueuedBytes && _session.Queued <= Keeps.MaxQueuedMessages && _session.InFlight <= Keeps.MaxInFlight, "A session keeps more than it may.");
            Hold(_engine.Version != MqttVersion.V5 || _session.Unreleased <= limits.ReceiveMaximum, "More messages are unreleased than the receive maximum.");
            var taken = _engine.Output.Take();
            for (var rest = taken.AsSpan(); !rest.IsEmpty;)
            {
                Hold(MqttFrame.TryRead(rest, int.MaxValue, out var frame) == FrameResult.Done, "The server sends half a packet.");
                Hold((uint)frame.Length <= _engine.Output.ClientMaxPacket, $"A {frame.Type} of {frame.Length} bytes is larger than the client takes.");
                var fault = FaultOf(frame, rest.Slice(frame.BodyStart, frame.BodyLength), _engine.Version);
                Hold(fault == MqttFault.None, $"The server sends a {frame.Type} that is not well-formed: {fault}.");
                rest = rest[frame.Length..];
            }
            Sent.Write(taken);
            if (taken.Array is { Length: > 0 } array) ArrayPool<byte>.Shared.Return(array);
        }

        private static MqttFault FaultOf(MqttFrame frame, ReadOnlySpan<byte> body, MqttVersion version) => frame.Type switch
        {
            PacketType.ConnAck => ConnAckPacket.TryRead(body, frame.Flags, version, out _),
            PacketType.Publish => PublishPacket.TryRead(body, frame.Flags, version, out _),
            PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp => AckPacket.TryRead(body, frame.Flags, frame.Type, version, out _),
            PacketType.SubAck or PacketType.UnsubAck => SubAckPacket.TryRead(body, frame.Flags, frame.Type, version, out _),
            PacketType.Disconnect => DisconnectPacket.TryRead(body, frame.Flags, version, out _),
            PacketType.PingResp => frame.BodyLength == 0 ? MqttFault.None : MqttFault.PingWithBody,
            _ => MqttFault.UnexpectedPacket,
        };
    }
}
