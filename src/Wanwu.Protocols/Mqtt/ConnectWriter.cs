using System.Buffers;
using System.Buffers.Binary;

namespace Wanwu.Protocols.Mqtt;

/// <summary>What a client puts into its CONNECT.</summary>
public sealed record ConnectFields
{
    public MqttVersion Version { get; init; } = MqttVersion.V5;
    public bool CleanStart { get; init; } = true;
    public ushort KeepAlive { get; init; } = 60;
    public ReadOnlyMemory<byte> ClientId { get; init; }
    public ReadOnlyMemory<byte>? UserName { get; init; }
    public ReadOnlyMemory<byte>? Password { get; init; }
    public ReadOnlyMemory<byte> Properties { get; init; }
    public WillFields? Will { get; init; }
}

public sealed record WillFields(ReadOnlyMemory<byte> Topic, ReadOnlyMemory<byte> Payload, byte Qos = 0, bool Retain = false, ReadOnlyMemory<byte> Properties = default);

/// <summary>Writes a CONNECT (MQTT 5.0 §3.1).</summary>
public static class ConnectWriter
{
    public static void Write(IBufferWriter<byte> output, ConnectFields fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        var body = new ArrayBufferWriter<byte>(128);
        AppendSized(body, fields.Version == MqttVersion.V31 ? "MQIsdp"u8 : "MQTT"u8);
        var fixedPart = body.GetSpan(4);
        fixedPart[0] = (byte)fields.Version;
        fixedPart[1] = Flags(fields);
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart[2..], fields.KeepAlive);
        body.Advance(4);
        if (fields.Version == MqttVersion.V5) AppendProperties(body, fields.Properties.Span);
        AppendSized(body, fields.ClientId.Span);
        if (fields.Will is { } will)
        {
            if (fields.Version == MqttVersion.V5) AppendProperties(body, will.Properties.Span);
            AppendSized(body, will.Topic.Span);
            AppendSized(body, will.Payload.Span);
        }
        if (fields.UserName is { } user) AppendSized(body, user.Span);
        if (fields.Password is { } password) AppendSized(body, password.Span);

        var span = MqttWriter.Begin(output, 0x10, body.WrittenCount, out var at);
        body.WrittenSpan.CopyTo(span[at..]);
        output.Advance(at + body.WrittenCount);
    }

    private static byte Flags(ConnectFields fields) => (byte)((fields.CleanStart ? 0x02 : 0)
        | (fields.Will is { } will ? 0x04 | will.Qos << 3 | (will.Retain ? 0x20 : 0) : 0)
        | (fields.Password is null ? 0 : 0x40) | (fields.UserName is null ? 0 : 0x80));

    private static void AppendSized(ArrayBufferWriter<byte> body, ReadOnlySpan<byte> data) =>
        body.Advance(MqttWriter.WriteSized(body.GetSpan(2 + data.Length), data));

    private static void AppendProperties(ArrayBufferWriter<byte> body, ReadOnlySpan<byte> properties) =>
        body.Advance(MqttWriter.WriteProperties(body.GetSpan(4 + properties.Length), properties));
}
