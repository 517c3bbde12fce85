using System.Buffers.Binary;

namespace Wanwu.Protocols.Mqtt;

/// <summary>Reads the data types of MQTT 5.0 §1.5 off the front of a packet's body. Nothing is copied; a read that fails leaves the rest as it was.</summary>
public ref struct MqttReader(ReadOnlySpan<byte> bytes)
{
    public ReadOnlySpan<byte> Rest { get; private set; } = bytes;

    public readonly bool AtEnd => Rest.IsEmpty;

    public bool TryByte(out byte value)
    {
        value = 0;
        if (Rest.IsEmpty) return false;
        value = Rest[0];
        Rest = Rest[1..];
        return true;
    }

    public bool TryUInt16(out ushort value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(Rest, out value)) return false;
        Rest = Rest[2..];
        return true;
    }

    public bool TryUInt32(out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(Rest, out value)) return false;
        Rest = Rest[4..];
        return true;
    }

    /// <summary>A variable byte integer in its shortest form (§1.5.5).</summary>
    public bool TryVariable(out uint value)
    {
        value = 0;
        for (var i = 0; i < 4 && i < Rest.Length; i++)
        {
            var digit = Rest[i];
            value |= (uint)(digit & 0x7F) << (7 * i);
            if ((digit & 0x80) != 0) continue;
            if (i > 0 && digit == 0) return false;
            Rest = Rest[(i + 1)..];
            return true;
        }
        return false;
    }

    public bool TryBinary(out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!BinaryPrimitives.TryReadUInt16BigEndian(Rest, out var length) || Rest.Length - 2 < length) return false;
        value = Rest.Slice(2, length);
        Rest = Rest[(2 + length)..];
        return true;
    }

    public bool TryText(out ReadOnlySpan<byte> value, out MqttFault fault)
    {
        fault = MqttFault.None;
        if (!TryBinary(out value)) fault = MqttFault.Truncated;
        else if (!MqttText.IsValid(value)) fault = MqttFault.TextNotUtf8;
        return fault == MqttFault.None;
    }

    public bool TryTake(uint length, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (length > (uint)Rest.Length) return false;
        value = Rest[..(int)length];
        Rest = Rest[(int)length..];
        return true;
    }
}
