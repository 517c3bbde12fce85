using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Wanwu.Telemetry;

namespace Wanwu.Connect.Mqtt;

/// <summary>Carries a connection over a pair of pipes: Kestrel's for TCP, a WebSocket's.</summary>
/// <remarks>
/// One loop reads. Whoever has something to send kicks; the first kick has it flushed on the thread pool and later ones are folded into it, so there is never
/// more than one writer and an idle connection holds no thread and no buffer.
/// </remarks>
internal sealed class PipeTransport(IDuplexPipe pipe, IPEndPoint? remote, Action abort, TimeProvider clock) : IMqttTransport, IDisposable
{
    private const int Idle = 0, Running = 1, Again = 2;
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);
    private static readonly PipeFlushes Flushes = new();
    private readonly CancellationTokenSource _closing = new();
    private MqttConnection? _connection;
    private TaskCompletionSource? _sent;
    private int _flush;

    public IPEndPoint? Remote => remote;

    public async Task RunAsync(MqttConnection connection)
    {
        _connection = connection;
        try
        {
            await ReadAsync(connection);
        }
        // The peer reset the connection, or it was closed from here: both end it.
        catch (Exception fault) when (fault is IOException or OperationCanceledException or ConnectionResetException or InvalidOperationException)
        {
        }
        finally
        {
            await SendLastWordsAsync();
            await pipe.Input.CompleteAsync();
            await pipe.Output.CompleteAsync();
            connection.End();
        }
    }

    private async Task ReadAsync(MqttConnection connection)
    {
        while (true)
        {
            var read = await pipe.Input.ReadAsync(_closing.Token);
            if (read.IsCanceled) return;
            connection.Heard();
            var buffer = read.Buffer;
            var outcome = connection.Drain(ref buffer);
            pipe.Input.AdvanceTo(buffer.Start, outcome == DrainOutcome.NeedMore ? buffer.End : buffer.Start);
            await SendAsync();
            if (outcome == DrainOutcome.Close) return;
            if (outcome != DrainOutcome.NeedMore)
            {
                if (!await connection.ResumeAsync(outcome, _closing.Token)) return;
                await SendAsync();
            }
            else if (read.IsCompleted) return;
            // A peer that does not take its acknowledgements is not read from.
            while (!connection.Output.HasRoom) await WaitUntilSentAsync();
        }
    }

    public ICommitWaiter CommitsFor(MqttConnection client) => client;

    public void Await(MqttConnection client, long batch)
    {
        // The log tells the client itself.
    }

    public void Kick()
    {
        if (Interlocked.Exchange(ref _flush, Again) == Idle) Flushes.Add(this);
    }

    internal void Flush() => _ = FlushAsync();

    /// <summary>Sends from the reading loop itself, unless somebody is sending already and will do it.</summary>
    private ValueTask SendAsync() => Interlocked.Exchange(ref _flush, Again) == Idle ? new ValueTask(FlushAsync()) : ValueTask.CompletedTask;

    private async Task FlushAsync()
    {
        do
        {
            Volatile.Write(ref _flush, Running);
            // Told to close before it was carried: there is nothing to say.
            var bytes = _connection?.Output.Take() ?? default;
            if (bytes.Count == 0) continue;
            try
            {
                pipe.Output.Write(bytes);
                await pipe.Output.FlushAsync();
            }
            // The peer is gone or the pipe is completed: the reading loop finds out and ends the connection.
            catch (Exception fault) when (fault is IOException or OperationCanceledException or InvalidOperationException)
            {
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(bytes.Array!);
            }
        }
        while (Interlocked.CompareExchange(ref _flush, Idle, Running) != Running);
        Interlocked.Exchange(ref _sent, null)?.TrySetResult();
    }

    private async Task WaitUntilSentAsync()
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _sent, sent);
        await SendAsync();
        await sent.Task.WaitAsync(_closing.Token);
    }

    private async Task SendLastWordsAsync()
    {
        try
        {
            var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _sent, sent);
            Kick();
            await sent.Task.WaitAsync(LastWords, clock);
        }
        catch (TimeoutException)
        {
            abort();
        }
    }

    public void Close()
    {
        Kick();
        try
        {
            _closing.Cancel();
        }
        // The loop ended at the same moment.
        catch (ObjectDisposedException)
        {
        }
    }

    public void Dispose() => _closing.Dispose();

    public void Abort()
    {
        abort();
        Close();
    }
}
