using System.Buffers.Binary;
using System.Text;

namespace Wanwu.Bench.Flood;

/// <summary>The few packets of MQTT 3.1.1 that the benchmark sends.</summary>
internal static class MqttPackets
{
    public static readonly byte[] Disconnect = [0xE0, 0];

    public static byte[] Connect(string client, string name, string password) =>
        Packet(0x10, [.. Text("MQTT"), 4, 0xC2, 0, 60, .. Text(client), .. Text(name), .. Text(password)]);

    public static byte[] Publish(ushort id, string topic, string payload) => Packet(0x32, [.. Text(topic), (byte)(id >> 8), (byte)id, .. Encoding.UTF8.GetBytes(payload)]);

    /// <summary>One filter, at most once.</summary>
    public static byte[] Subscribe(ushort id, string filter) => Packet(0x82, [(byte)(id >> 8), (byte)id, .. Text(filter), 0]);

    private static byte[] Text(string text)
    {
        var bytes = new byte[2 + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(bytes.Length - 2));
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(2));
        return bytes;
    }

    private static byte[] Packet(byte type, byte[] body) =>
        body.Length < 128 ? [type, (byte)body.Length, .. body] : [type, (byte)(body.Length & 0x7F | 0x80), (byte)(body.Length >> 7), .. body];
}
