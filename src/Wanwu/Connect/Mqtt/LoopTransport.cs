using System.Net;
using Wanwu.Connect.Mqtt.Operations;
using Wanwu.Connect.Transport;
using Wanwu.Telemetry;

namespace Wanwu.Connect.Mqtt;

/// <summary>Carries a connection over a loop of the Linux transport.</summary>
internal sealed class LoopTransport : IMqttTransport, IStreamProtocol
{
    /// <summary>Whoever has not signed in makes the server keep no more than this at a time.</summary>
    private const int BeforeSignIn = 4096;
    private readonly LinuxConnection _connection;
    private readonly LoopCommits _commits;
    private readonly MqttConnection? _client;
    private DrainOutcome _waitsFor;

    private LoopTransport(MqttDoor door, LinuxConnection connection, LoopCommits commits)
    {
        (_connection, _commits) = (connection, commits);
        _client = door.Admit(this, ConnectionOrigin.Tcp);
    }

    /// <summary>Null when there are as many connections as there may be.</summary>
    public static IStreamProtocol? Open(MqttDoor door, LinuxConnection connection, LoopCommits commits)
    {
        var transport = new LoopTransport(door, connection, commits);
        return transport._client is null ? null : transport;
    }

    public IPEndPoint Remote => _connection.Remote;
    public int ReadAtMost => _client!.IsSignedIn ? int.MaxValue : BeforeSignIn;
    public bool HasRoom => _client!.Output.HasRoom;

    public Reception Receive(ReadOnlySpan<byte> bytes, out int consumed)
    {
        _client!.Heard();
        _waitsFor = _client.Drain(bytes, out consumed);
        return _waitsFor switch
        {
            DrainOutcome.NeedMore => Reception.More,
            DrainOutcome.Close => Reception.Close,
            _ => Reception.Wait,
        };
    }

    public ValueTask<bool> WaitAsync(CancellationToken stop) => _client!.ResumeAsync(_waitsFor, stop);

    public ArraySegment<byte> Take() => _client!.Output.Take();

    public void End() => _client!.End();

    public ICommitWaiter CommitsFor(MqttConnection client) => _commits;

    public void Await(MqttConnection client, long batch) => _commits.Await(client, batch);

    public void Kick() => _connection.Kick();

    public void Close() => _connection.Close();

    public void Abort() => _connection.Abort();
}
