using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.Tests.Connect.Conformance;

/// <summary>Plays a sequence on a connection of its own and says what went otherwise.</summary>
internal sealed class SequencePeer(IPEndPoint door, CancellationToken stop)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Null when everything came as it must.</summary>
    public async Task<string?> PlayAsync(PacketSequence sequence)
    {
        await using var stream = await DialAsync();
        try
        {
            if (sequence.Connects)
            {
                await ConnectAsync(stream, sequence.Name, sequence.Version);
                var answer = await ReadPacketAsync(stream);
                if (answer[0] != 0x20 || answer[3] != 0) return $"CONNECT was refused: {Convert.ToHexString(answer)}";
            }
            foreach (var step in sequence.Steps)
            {
                if (step.Kind == SequenceStepKind.Send) await stream.WriteAsync(step.Bytes, stop);
                else if (step.Kind == SequenceStepKind.Publish) await PublishFromAnotherAsync(step);
                else if (await ExpectAsync(stream, step.Bytes) is { } fault) return fault;
            }
            return await EndAsync(stream, sequence.Closes);
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or TimeoutException)
        {
            return fault.Message;
        }
    }

    private async Task<NetworkStream> DialAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(door, stop);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private async Task ConnectAsync(NetworkStream stream, string client, byte version)
    {
        var output = new ArrayBufferWriter<byte>();
        ConnectWriter.Write(output, new ConnectFields { Version = (MqttVersion)version, ClientId = Encoding.UTF8.GetBytes(client) });
        await stream.WriteAsync(output.WrittenMemory, stop);
    }

    private async Task PublishFromAnotherAsync(SequenceStep step)
    {
        await using var other = await DialAsync();
        await ConnectAsync(other, "another", 4);
        await ReadPacketAsync(other);
        var output = new ArrayBufferWriter<byte>();
        MqttWriter.WritePublish(output, MqttVersion.V311, (byte)(step.Qos << 1), Encoding.UTF8.GetBytes(step.Topic), 1, [], Encoding.UTF8.GetBytes(step.Payload));
        await other.WriteAsync(output.WrittenMemory, stop);
        if (step.Qos == 1) await ExpectAsync(other, [0x40, 2, 0, 1]);
        if (step.Qos != 2) return;
        await ExpectAsync(other, [0x50, 2, 0, 1]);
        await other.WriteAsync(new byte[] { 0x62, 2, 0, 1 }, stop);
        await ExpectAsync(other, [0x70, 2, 0, 1]);
    }

    private async Task<string?> ExpectAsync(NetworkStream stream, byte[] wanted)
    {
        for (var rest = wanted.AsMemory(); !rest.IsEmpty;)
        {
            var whole = MqttFrame.TryRead(rest.Span, int.MaxValue, out var frame) == FrameResult.Done ? frame.Length : rest.Length;
            var (one, got) = (rest[..whole].ToArray(), await ReadPacketAsync(stream));
            if (!Meaning(one).SequenceEqual(Meaning(got))) return $"{Convert.ToHexString(one)} was awaited, {Convert.ToHexString(got)} came";
            rest = rest[whole..];
        }
        return null;
    }

    /// <summary>
    /// What two servers must agree on: a CONNACK's limits and a DISCONNECT's reason string are the server's own, and a reason code 0 or empty properties may be written or left out.
    /// </summary>
    private static byte[] Meaning(byte[] packet)
    {
        if (MqttFrame.TryRead(packet, int.MaxValue, out var frame) != FrameResult.Done) return packet;
        var body = packet.AsSpan(frame.BodyStart, frame.BodyLength);
        return frame.Type switch
        {
            PacketType.ConnAck when body.Length > 2 => [packet[0], .. body[..2]],
            PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp when body.Length >= 2 =>
                [packet[0], .. body[..2], body.Length > 2 ? body[2] : (byte)0, .. body.Length > 3 ? body[3..].TrimStart((byte)0) : default],
            PacketType.Disconnect => [packet[0], body.Length > 0 ? body[0] : (byte)0],
            _ => packet,
        };
    }

    private async Task<string?> EndAsync(NetworkStream stream, bool closes)
    {
        if (!closes)
        {
            await stream.WriteAsync(new byte[] { 0xC0, 0 }, stop);
            return await ExpectAsync(stream, [0xD0, 0]);
        }
        try
        {
            var left = new byte[1];
            return await stream.ReadAsync(left, stop).AsTask().WaitAsync(Patience, stop) == 0 ? null : $"the connection is open and sends {left[0]:X2}";
        }
        catch (IOException)
        {
            // Reset instead of closed: gone all the same.
            return null;
        }
        catch (TimeoutException)
        {
            return "the connection is still open";
        }
    }

    private async Task<byte[]> ReadPacketAsync(NetworkStream stream)
    {
        var packet = new List<byte> { await ReadByteAsync(stream) };
        var (length, shift) = (0, 0);
        do
        {
            packet.Add(await ReadByteAsync(stream));
            length |= (packet[^1] & 127) << shift;
            shift += 7;
        }
        while (packet[^1] > 127);
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, stop).AsTask().WaitAsync(Patience, stop);
        return [.. packet, .. body];
    }

    private async Task<byte> ReadByteAsync(NetworkStream stream)
    {
        var one = new byte[1];
        await stream.ReadExactlyAsync(one, stop).AsTask().WaitAsync(Patience, stop);
        return one[0];
    }
}
