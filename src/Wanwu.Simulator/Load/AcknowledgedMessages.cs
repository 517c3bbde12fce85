using System.Threading.Channels;
using Wanwu.Simulator.Devices;

namespace Wanwu.Simulator.Load;

/// <summary>Writes down every acknowledged message, so that a test can ask the server for each of them later.</summary>
/// <remarks>One line a message: thing, tab, number. The file is written by one loop; the devices only hand over.</remarks>
internal sealed class AcknowledgedMessages(IDeliveryAccount next, TextWriter file) : IDeliveryAccount
{
    private readonly Channel<LoadMessage> _lines = Channel.CreateBounded<LoadMessage>(new BoundedChannelOptions(65_536) { SingleReader = true });

    /// <summary>Writes until <see cref="Complete"/>.</summary>
    public async Task WriteAsync()
    {
        await foreach (var line in _lines.Reader.ReadAllAsync()) await file.WriteAsync($"{line.Thing}\t{line.Number}\n");
        await file.FlushAsync();
    }

    public void Complete() => _lines.Writer.Complete();

    public void Acknowledged(OutgoingMessage message)
    {
        next.Acknowledged(message);
        // Full means that the disk of this machine is slower than the server; the device's loop waits its turn.
        var spin = new SpinWait();
        while (!_lines.Writer.TryWrite((LoadMessage)message.Tag!)) spin.SpinOnce();
    }

    public void Sent(OutgoingMessage message) => next.Sent(message);
    public void Refused(OutgoingMessage message, string reason) => next.Refused(message, reason);
    public void NoRoom(string reason) => next.NoRoom(reason);
    public void Disconnected(string reason) => next.Disconnected(reason);
}

/// <summary>The number of one message of one thing; it is the value reported, so that it can be found again.</summary>
internal readonly record struct LoadMessage(string Thing, long Number);
