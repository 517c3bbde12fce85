namespace Wanwu.Protocols.Mqtt;

public enum FrameResult : byte { Done, NeedMore, Malformed, TooLarge }

/// <summary>The fixed header of a control packet (MQTT 5.0 §2.1.1): where its body begins and how long it is.</summary>
public readonly record struct MqttFrame(byte First, int BodyStart, int BodyLength, bool Minimal)
{
    public PacketType Type => (PacketType)(First >> 4);
    public byte Flags => (byte)(First & 0x0F);
    public int Length => BodyStart + BodyLength;

    /// <summary>
    /// Reads the header at the front of <paramref name="input"/>. A packet above <paramref name="maxBytes"/> is refused as soon as its length is known,
    /// before its body is there. With <see cref="FrameResult.NeedMore"/> the frame is valid if its <see cref="BodyStart"/> is not 0.
    /// </summary>
    public static FrameResult TryRead(ReadOnlySpan<byte> input, int maxBytes, out MqttFrame frame)
    {
        frame = default;
        var length = 0;
        for (var i = 1; i <= 4; i++)
        {
            if (i >= input.Length) return FrameResult.NeedMore;
            var digit = input[i];
            length |= (digit & 0x7F) << (7 * (i - 1));
            if ((digit & 0x80) != 0) continue;

            frame = new MqttFrame(input[0], i + 1, length, Minimal: i == 1 || digit != 0);
            if (frame.Length > maxBytes) return FrameResult.TooLarge;
            return input.Length < frame.Length ? FrameResult.NeedMore : FrameResult.Done;
        }
        return FrameResult.Malformed;
    }
}
