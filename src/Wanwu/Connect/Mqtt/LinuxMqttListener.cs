using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Wanwu.Connect.Transport;

namespace Wanwu.Connect.Mqtt;

/// <summary>Listens for MQTT over plain TCP with the Linux transport, where the settings choose it.</summary>
/// <remarks>Opens after everything has started, as a web server does, and closes before the log does.</remarks>
internal sealed class LinuxMqttListener(
    MqttDoor door, ListeningDoors doors, IOptions<TransportOptions> transport, IHostApplicationLifetime lifetime, ILogger<LinuxMqttListener> logger) : IHostedLifecycleService, IDisposable
{
    private LinuxListener? _listener;

    /// <summary>Whether this transport, and not Kestrel, is to serve the door.</summary>
    public static bool IsChosen(MqttOptions options) => options.Transport switch
    {
        MqttTransport.Linux => true,
        MqttTransport.Kestrel => false,
        _ => LinuxListener.IsSupported,
    };

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (!IsChosen(door.Options)) return Task.CompletedTask;
        var endpoint = new IPEndPoint(door.Options.Ip, door.Options.Port);
        try
        {
            _listener = new LinuxListener("mqtt", endpoint, transport.Value, Serve, door.Intake.Clock, logger) { Admits = door.Takes };
        }
        catch (SocketException fault)
        {
            throw new IOException($"Failed to bind to {endpoint}: {fault.Message}.", fault);
        }
        var port = _listener.Endpoint;
        doors.Add("mqtt", "MQTT over TCP", () => port);
        _listener.Start();
        // A loop that fails has said why; a server that no longer hears its things must not look as if it did.
        foreach (var loop in _listener.Ended) loop.ContinueWith(_ => Fail(), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return Task.CompletedTask;
    }

    /// <summary>Whether the server stops because a loop could not go on.</summary>
    public bool HasFailed { get; private set; }

    private void Fail()
    {
        HasFailed = true;
        lifetime.StopApplication();
    }

    private Func<LinuxConnection, IStreamProtocol?> Serve(LinuxLoop loop)
    {
        var commits = new LoopCommits(loop);
        return connection => LoopTransport.Open(door, connection, commits);
    }

    /// <summary>By now every client has been told that the server stops (<see cref="MqttDoor.CloseAll"/>).</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _listener?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _listener?.Dispose();
}
