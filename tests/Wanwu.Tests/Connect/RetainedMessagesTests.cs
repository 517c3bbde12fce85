using System.Text;
using Microsoft.Extensions.Options;
using Wanwu.Connect.Mqtt;
using Wanwu.Protocols.Mqtt;

namespace Wanwu.Tests.Connect;

public sealed class RetainedMessagesTests
{
    private readonly RetainedMessages _retained = new(Options.Create(new MqttOptions { MaxRetainedMessages = 2 }));

    private static MqttMessage Message(string topic, long received, uint? expiry = null) =>
        new() { Topic = Encoding.UTF8.GetBytes(topic), Payload = [1], Retain = true, Received = received, Expiry = expiry };

    private bool TryKeep(MqttMessage message)
    {
        if (!_retained.HasRoomFor(message)) return false;
        _retained.Restore(message);
        return true;
    }

    [Fact]
    public void What_has_expired_makes_room_when_there_is_none()
    {
        Assert.True(TryKeep(Message("a", 0)) && TryKeep(Message("b", 0, expiry: 10)));
        Assert.False(TryKeep(Message("c", 5_000)));
        Assert.True(TryKeep(Message("c", 11_000)));
        Assert.Equal((2, 4L, 1L), (_retained.Count, _retained.Bytes, _retained.NotKept));
        Assert.Equal(["a", "c"], _retained.All().Select(message => Encoding.UTF8.GetString(message.Topic)).Order());
    }

    [Fact]
    public void A_topic_that_is_kept_already_needs_no_room_and_gives_its_own_back()
    {
        Assert.True(TryKeep(Message("a", 0)) && TryKeep(Message("b", 0)) && TryKeep(Message("b", 1)));
        _retained.Restore(new MqttMessage { Topic = "a"u8.ToArray(), Payload = [], Retain = true });
        Assert.True(TryKeep(Message("c", 2)));
    }
}
