using System.Buffers;
using System.Net.Sockets;
using System.Text;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.LowLevelClient;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Wanwu.Simulator.Devices;

/// <summary>A device that reports over MQTT as field devices do: pipelined, patient, and under one client id for life.</summary>
/// <remarks>
/// MQTTnet's packet layer carries it; the session is kept here because a device must send an unacknowledged message again with the same packet id
/// and the DUP flag (MQTT 3.1.1 §4.4), which the library's own client does not do. One loop (<see cref="RunAsync"/>) owns the connection;
/// <see cref="PublishAsync"/> may be called from any thread and waits while the window is full.
/// </remarks>
internal sealed class MqttDevice(DeviceOptions options, IDeliveryAccount account, TimeProvider clock) : IDisposable
{
    private static readonly MqttClientFactory Factory = new();
    private static readonly TimeSpan PauseWithoutRoom = TimeSpan.FromMilliseconds(500);
    private readonly Lock _gate = new();
    private readonly Dictionary<ushort, OutgoingMessage> _unacknowledged = [];
    private readonly Queue<OutgoingMessage> _outbox = new();
    private readonly SemaphoreSlim _room = new(options.Window, options.Window);
    private readonly SemaphoreSlim _work = new(0);
    private readonly SemaphoreSlim _empty = new(0);
    private ILowLevelMqttClient? _client;
    private ushort _lastPacketId;
    private long _order;
    private bool _draining;
    private DateTimeOffset _holdUntil;

    public int Unacknowledged { get { lock (_gate) return _unacknowledged.Count; } }

    /// <summary>Takes the message over. Returns when there was room in the window; the acknowledgement comes to the account.</summary>
    public async ValueTask PublishAsync(string topic, ReadOnlyMemory<byte> payload, object? tag, CancellationToken stop)
    {
        await _room.WaitAsync(stop);
        lock (_gate)
        {
            var message = new OutgoingMessage(topic, payload, tag) { Order = _order++, PacketId = NextPacketId() };
            _unacknowledged.Add(message.PacketId, message);
            _outbox.Enqueue(message);
        }
        _work.Release();
    }

    /// <summary>Returns when everything published so far is acknowledged.</summary>
    public async Task DrainAsync(CancellationToken stop)
    {
        lock (_gate)
        {
            if (_unacknowledged.Count == 0) return;
            _draining = true;
        }
        await _empty.WaitAsync(stop);
    }

    /// <summary>Connects, and connects again, until <paramref name="stop"/>.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var pause = TimeSpan.Zero;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (pause > TimeSpan.Zero) await Task.Delay(pause, clock, stop);
                await ServeConnectionAsync(() => pause = TimeSpan.Zero, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is MqttCommunicationException or SocketException or IOException or InvalidOperationException
                                          or ObjectDisposedException or OperationCanceledException or MqttProtocolViolationException)
            {
                // MQTTnet answers a cancelled receive as a closed connection: hanging up is no trouble.
                if (stop.IsCancellationRequested) return;
                account.Disconnected(e.InnerException?.Message ?? e.Message);
            }
            pause = NextPause(pause);
        }
    }

    /// <summary>Cuts the connection as a loss of signal does: no DISCONNECT. <see cref="RunAsync"/> connects again.</summary>
    public void CutConnection() => Volatile.Read(ref _client)?.Dispose();

    public void Dispose()
    {
        CutConnection();
        _room.Dispose();
        _work.Dispose();
        _empty.Dispose();
    }

    private TimeSpan NextPause(TimeSpan last)
    {
        var next = last == TimeSpan.Zero ? TimeSpan.FromMilliseconds(50) : last * 2;
        return next < options.LongestPause ? next : options.LongestPause;
    }

    private async Task ServeConnectionAsync(Action connected, CancellationToken stop)
    {
        using var client = Factory.CreateLowLevelMqttClient();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var answer = await ConnectAsync(client, stop);
        Volatile.Write(ref _client, client);
        connected();
        // MQTT 5 §4.1: a session the server does not know is discarded, so its messages are new ones. Devices of 3.1.1 send them again with DUP whatever the server knows.
        QueueUnacknowledged(asNew: options.Version == MqttProtocolVersion.V500 && !answer.IsSessionPresent);
        Task[] loops = [SendLoopAsync(client, ended.Token), ReceiveLoopAsync(client, ended.Token), KeepAliveLoopAsync(client, ended.Token)];
        try
        {
            await await Task.WhenAny(loops);
        }
        finally
        {
            Volatile.Write(ref _client, null);
            await ended.CancelAsync();
            if (stop.IsCancellationRequested) await SayGoodbyeAsync(client);
            client.Dispose();
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<MqttConnAckPacket> ConnectAsync(ILowLevelMqttClient client, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        await client.ConnectAsync(Factory.CreateClientOptionsBuilder().WithTcpServer(options.Host, options.Port).WithProtocolVersion(options.Version).Build(), limit.Token);
        await client.SendAsync(new MqttConnectPacket
        {
            ClientId = options.ClientId,
            Username = options.Username,
            Password = Encoding.UTF8.GetBytes(options.Password),
            CleanSession = false,
            SessionExpiryInterval = 3_600,
            KeepAlivePeriod = (ushort)options.KeepAlive.TotalSeconds,
        }, limit.Token);
        if (await client.ReceiveAsync(limit.Token) is not MqttConnAckPacket answer) throw new MqttProtocolViolationException("The server's first packet is no CONNACK.");
        if (answer.ReturnCode != MqttConnectReturnCode.ConnectionAccepted || answer.ReasonCode != MqttConnectReasonCode.Success)
            throw new MqttCommunicationException($"The server refused the connection: {answer.ReturnCode} {answer.ReasonCode} {answer.ReasonString}");
        return answer;
    }

    /// <summary>Everything without an acknowledgement goes first, in the order in which it was published.</summary>
    private void QueueUnacknowledged(bool asNew)
    {
        lock (_gate)
        {
            _outbox.Clear();
            foreach (var message in _unacknowledged.Values.OrderBy(message => message.Order))
            {
                if (asNew) message.WasSent = false;
                _outbox.Enqueue(message);
            }
        }
        _work.Release();
    }

    private async Task SendLoopAsync(ILowLevelMqttClient client, CancellationToken ended)
    {
        while (true)
        {
            await _work.WaitAsync(ended);
            while (TakeNext() is { } message)
            {
                if (message.Held && HoldLeft() is { Ticks: > 0 } hold) await Task.Delay(hold, clock, ended);
                await client.SendAsync(PacketOf(message), ended);
                account.Sent(message);
                if (options.Qos == 0 && Release(message.PacketId) is not null) account.Acknowledged(message);
            }
        }
    }

    private OutgoingMessage? TakeNext()
    {
        lock (_gate) return _outbox.TryDequeue(out var message) ? message : null;
    }

    private TimeSpan HoldLeft()
    {
        lock (_gate) return _holdUntil - clock.GetUtcNow();
    }

    private MqttPublishPacket PacketOf(OutgoingMessage message)
    {
        var packet = new MqttPublishPacket
        {
            Topic = message.Topic,
            Payload = new ReadOnlySequence<byte>(message.Payload),
            QualityOfServiceLevel = (MqttQualityOfServiceLevel)options.Qos,
            PacketIdentifier = options.Qos == 0 ? (ushort)0 : message.PacketId,
            Dup = message.WasSent && options.Qos > 0,
        };
        message.WasSent = true;
        message.Sendings++;
        return packet;
    }

    private async Task ReceiveLoopAsync(ILowLevelMqttClient client, CancellationToken ended)
    {
        while (true)
        {
            switch (await client.ReceiveAsync(ended))
            {
                case MqttPubAckPacket answer: TakeAnswer(answer); break;
                case MqttDisconnectPacket farewell: throw new MqttCommunicationException($"The server disconnected: {farewell.ReasonCode} {farewell.ReasonString}");
            }
        }
    }

    private void TakeAnswer(MqttPubAckPacket answer)
    {
        if (answer.ReasonCode == MqttPubAckReasonCode.QuotaExceeded)
        {
            account.NoRoom(answer.ReasonString ?? "");
            lock (_gate) Renumber(answer.PacketIdentifier);
            _work.Release();
            return;
        }
        if (Release(answer.PacketIdentifier) is not { } message) return;
        if ((byte)answer.ReasonCode < 0x80) account.Acknowledged(message);
        else account.Refused(message, $"{answer.ReasonCode} {answer.ReasonString}");
    }

    /// <summary>The server has no room now: the message is not lost but sent again as a new one, after a pause.</summary>
    private void Renumber(ushort packetId)
    {
        if (!_unacknowledged.Remove(packetId, out var message)) return;
        _holdUntil = clock.GetUtcNow() + PauseWithoutRoom;
        message.PacketId = NextPacketId();
        message.WasSent = false;
        message.Held = true;
        _unacknowledged.Add(message.PacketId, message);
        _outbox.Enqueue(message);
    }

    private OutgoingMessage? Release(ushort packetId)
    {
        OutgoingMessage? message;
        lock (_gate)
        {
            if (!_unacknowledged.Remove(packetId, out message)) return null;
            if (_draining && _unacknowledged.Count == 0)
            {
                _draining = false;
                _empty.Release();
            }
        }
        _room.Release();
        return message;
    }

    private async Task KeepAliveLoopAsync(ILowLevelMqttClient client, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(options.KeepAlive / 2, clock);
        while (await timer.WaitForNextTickAsync(ended)) await client.SendAsync(new MqttPingReqPacket(), ended);
    }

    private static async Task SayGoodbyeAsync(ILowLevelMqttClient client)
    {
        try
        {
            if (client.IsConnected) await client.SendAsync(new MqttDisconnectPacket(), CancellationToken.None);
        }
        catch (Exception e) when (e is MqttCommunicationException or IOException or InvalidOperationException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection was gone already.
        }
    }

    /// <summary>The next packet id not in flight (MQTT 3.1.1 §2.3.1: never 0). The window is far smaller than the number of ids.</summary>
    private ushort NextPacketId()
    {
        do _lastPacketId = _lastPacketId == ushort.MaxValue ? (ushort)1 : (ushort)(_lastPacketId + 1);
        while (_unacknowledged.ContainsKey(_lastPacketId));
        return _lastPacketId;
    }
}
