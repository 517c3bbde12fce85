using System.IO.Pipelines;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections.Features;
using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Connect.Mqtt.Tls;
using Wanwu.Security.Certificates;

namespace Wanwu.Connect.Mqtt;

/// <summary>A WebSocket as a pair of pipes: binary frames in, whatever their cuts; one binary frame for each flush out (MQTT 5.0 §6).</summary>
internal sealed class WebSocketDuplex(WebSocket socket) : IDuplexPipe
{
    private readonly Pipe _in = new(new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024, useSynchronizationContext: false));
    private readonly Pipe _out = new(new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024, useSynchronizationContext: false));

    public PipeReader Input => _in.Reader;
    public PipeWriter Output => _out.Writer;

    /// <summary>Pumps both ways until either side ends.</summary>
    public async Task PumpAsync(CancellationToken stop)
    {
        var receiving = ReceiveAsync(stop);
        await SendAsync(stop);
        await receiving;
    }

    private async Task ReceiveAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(_in.Writer.GetMemory(4096), stop);
                // MQTT-6.0.0-1: anything but binary frames ends the connection.
                if (received.MessageType != WebSocketMessageType.Binary) break;
                _in.Writer.Advance(received.Count);
                var flushed = await _in.Writer.FlushAsync(stop);
                if (flushed.IsCompleted) break;
            }
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException or IOException)
        {
        }
        await _in.Writer.CompleteAsync();
    }

    private async Task SendAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var read = await _out.Reader.ReadAsync(stop);
                foreach (var segment in read.Buffer) await socket.SendAsync(segment, WebSocketMessageType.Binary, endOfMessage: true, stop);
                _out.Reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, stop);
        }
        catch (Exception fault) when (fault is WebSocketException or OperationCanceledException or IOException)
        {
            socket.Abort();
        }
        await _out.Reader.CompleteAsync();
    }
}

/// <summary>MQTT over WebSocket at <c>/mqtt</c> on the HTTP door, subprotocol <c>mqtt</c>.</summary>
internal static class WebSocketEndpoint
{
    public static void MapMqttOverWebSocket(this WebApplication app)
    {
        app.UseWebSockets();
        app.Map("/mqtt", ServeAsync).AllowAnonymous().ExcludeFromDescription();
    }

    private static ConnectionOrigin OriginOf(HttpContext context) => context.Request.IsHttps
        ? new ConnectionOrigin("wss", TlsDoor.VersionOf(context.Features.Get<ITlsHandshakeFeature>()), context.Features.Get<ClientCertificate>())
        : ConnectionOrigin.WebSocket;

    private static async Task ServeAsync(HttpContext context, MqttDoor door)
    {
        if (!context.WebSockets.IsWebSocketRequest || !context.WebSockets.WebSocketRequestedProtocols.Contains("mqtt"))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync("MQTT over WebSocket: connect with the subprotocol mqtt.", context.RequestAborted);
            return;
        }
        if (!door.Options.TakesPagesOf(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            await context.Response.WriteAsync("MQTT over WebSocket: pages of this origin are not let in; Connect:Mqtt:WebSocketOrigins names those that are.", context.RequestAborted);
            return;
        }
        using var socket = await context.WebSockets.AcceptWebSocketAsync("mqtt");
        var pipes = new WebSocketDuplex(socket);
        var peer = context.Connection.RemoteIpAddress is { } address ? new System.Net.IPEndPoint(address, context.Connection.RemotePort) : null;
        using var transport = new PipeTransport(pipes, peer, context.Abort, door.Intake.Clock);
        if (door.Admit(transport, OriginOf(context)) is not { } client) return;
        var pumping = pipes.PumpAsync(context.RequestAborted);
        await transport.RunAsync(client);
        // The close frame has left; what the peer still sends is of no interest.
        await Task.WhenAny(pumping, Task.Delay(TimeSpan.FromSeconds(2), door.Intake.Clock));
        socket.Abort();
        await pumping;
    }
}
