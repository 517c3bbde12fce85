using System.Net;
using Microsoft.AspNetCore.Connections;
using Wanwu.Connect.Mqtt.Tls;

namespace Wanwu.Connect.Mqtt;

/// <summary>Serves one TCP connection (plain, or TLS where the listener has it) to its end.</summary>
internal sealed class MqttConnectionHandler(MqttDoor door, TlsDoor tls) : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        using var transport = new PipeTransport(connection.Transport, connection.RemoteEndPoint as IPEndPoint, () => connection.Abort(), door.Intake.Clock);
        var client = door.Admit(transport, tls.OriginOf(connection));
        TlsDoor.HandshakeDone(connection);
        if (client is null) return;
        try
        {
            await transport.RunAsync(client);
        }
        // The edge of a session: a fault in one must not reach another.
#pragma warning disable CA1031
        catch (Exception fault)
#pragma warning restore CA1031
        {
            door.Log.ConnectionFailed(fault);
        }
    }
}
