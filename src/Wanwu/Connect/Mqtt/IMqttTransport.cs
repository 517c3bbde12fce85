using System.Net;
using Wanwu.Telemetry;

namespace Wanwu.Connect.Mqtt;

/// <summary>What carries one connection's bytes. It owns the loop that reads; the connection tells it when there is something to send.</summary>
internal interface IMqttTransport
{
    IPEndPoint? Remote { get; }

    /// <summary>There is something to send. Any thread; returns at once, and several kicks before the bytes leave are one.</summary>
    void Kick();

    /// <summary>Who is told of the batches that carry the client's messages: the client itself, or somebody who tells it.</summary>
    ICommitWaiter CommitsFor(MqttConnection client);

    /// <summary>A message that was appended with <see cref="CommitsFor"/> is in this batch. On the reading loop, before it reads on.</summary>
    void Await(MqttConnection client, long batch);

    /// <summary>Sends what is ready, then closes. Any thread; returns at once.</summary>
    void Close();

    /// <summary>Closes without sending: the peer takes nothing any more.</summary>
    void Abort();
}
