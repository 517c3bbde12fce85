using System.Buffers;
using System.Text;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.Protocols.Tests.Mqtt;

/// <summary>One server side of a connection: bytes in, packets out, no transport. Keeps what the engine would hand to a server.</summary>
internal sealed class EngineRig
{
    private readonly List<byte> _input = [];

    public EngineRig(MqttVersion version = MqttVersion.V5, EngineLimits? limits = null, MqttSession? session = null)
    {
        Version = version;
        Output = new MqttOutput(64 * 1024);
        Engine = new MqttEngine(limits ?? new EngineLimits(), Output) { RetainAvailable = true };
        Session = session ?? new MqttSession(new SessionLimits());
    }

    public MqttVersion Version { get; }
    public MqttOutput Output { get; }
    public MqttEngine Engine { get; }
    public MqttSession Session { get; }
    public MqttFault Fault { get; private set; }
    public bool Closed { get; private set; }
    public List<(string Topic, string Payload, byte Qos, ushort Id)> Messages { get; } = [];
    /// <summary>The batch a message of QoS 1 or 2 is put into; 0: acknowledged at once.</summary>
    public long Batch { get; set; }

    public EngineRig Connected(uint? receiveMaximum = null)
    {
        var properties = new PropertyWriter();
        if (receiveMaximum is { } most) properties.Add(PropertyId.ReceiveMaximum, most);
        Receive(Packets.Connect(Version, properties: properties.Raw.ToArray()));
        Sent();
        return this;
    }

    /// <summary>Feeds bytes and acts on every step, as a server does.</summary>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        _input.AddRange(bytes);
        while (!Closed)
        {
            var step = Engine.Next(_input.ToArray(), now: 0);
            _input.RemoveRange(0, step.Consumed);
            switch (step.Kind)
            {
                case StepKind.NeedMore or StepKind.Hold: return;
                case StepKind.Connect: Closed = !Engine.Accept(Session, false, default); break;
                case StepKind.Publish: Take(step.Publish); break;
                case StepKind.Subscribe:
                    var subscribe = step.ReadSubscribe();
                    var codes = new List<byte>();
                    foreach (var request in subscribe) codes.Add(request.Options.Qos);
                    Output.WriteSubAck(PacketType.SubAck, subscribe.PacketId, codes.ToArray());
                    break;
                case StepKind.Disconnect: Closed = true; break;
                case StepKind.Fault: (Fault, Closed) = (step.Fault, true); break;
            }
        }
    }

    private void Take(in PublishPacket publish)
    {
        if (!Engine.TryReceive(publish)) return;
        Messages.Add((Encoding.UTF8.GetString(publish.Topic), Encoding.UTF8.GetString(publish.Payload), publish.Qos, publish.PacketId));
        Engine.Answer(publish.Qos, publish.PacketId, ReasonCode.Success, null, Batch);
    }

    /// <summary>What has been sent since the last look, in hexadecimal.</summary>
    public string Sent()
    {
        var bytes = Output.Take();
        var text = Convert.ToHexString(bytes.AsSpan());
        if (bytes.Array is { Length: > 0 } array) ArrayPool<byte>.Shared.Return(array);
        return text;
    }
}

/// <summary>Packets as a client writes them.</summary>
internal static class Packets
{
    public static byte[] Connect(MqttVersion version, string clientId = "c", byte[]? properties = null, bool clean = true)
    {
        var output = new ArrayBufferWriter<byte>();
        ConnectWriter.Write(output, new ConnectFields { Version = version, ClientId = Encoding.UTF8.GetBytes(clientId), Properties = properties ?? [], CleanStart = clean });
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Publish(MqttVersion version, string topic, string payload, byte qos = 0, ushort id = 0, byte[]? properties = null, bool dup = false)
    {
        var output = new ArrayBufferWriter<byte>();
        MqttWriter.WritePublish(output, version, (byte)(qos << 1 | (dup ? 8 : 0)), Encoding.UTF8.GetBytes(topic), id, properties ?? [], Encoding.UTF8.GetBytes(payload));
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Ack(MqttVersion version, PacketType type, ushort id, ReasonCode code = ReasonCode.Success)
    {
        var output = new ArrayBufferWriter<byte>();
        MqttWriter.WriteAck(output, version, type, id, code);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Subscribe(MqttVersion version, ushort id, string filter, byte options)
    {
        var output = new ArrayBufferWriter<byte>();
        MqttWriter.WriteSubscribe(output, version, id, Encoding.UTF8.GetBytes(filter), new SubscriptionOptions(options));
        return output.WrittenSpan.ToArray();
    }
}
