using System.Runtime.InteropServices;
using Wanwu.Connect.Transport;

namespace Wanwu.Tests.Connect.Transport;

/// <summary>The kernel's structures, and the small buffers.</summary>
public sealed class LayoutTests
{
    [Theory, InlineData(Architecture.X64, 12), InlineData(Architecture.Arm64, 16), InlineData(Architecture.RiscV64, 16)]
    public void An_event_is_packed_on_x64_alone(Architecture architecture, int size) => Assert.Equal(size, EpollEvents.SizeOn(architecture));

    [Fact]
    public void The_kernel_gives_back_the_key_it_was_given()
    {
        using var epoll = new Epoll();
        using var first = new LoopBell();
        using var second = new LoopBell();
        first.Hang(epoll, 0x0123_4567_89AB_CDEF);
        second.Hang(epoll, ulong.MaxValue);
        var events = new EpollEvents(4);
        Assert.Equal(0, epoll.Wait(events, sleep: false));
        first.Ring();
        second.Ring();
        Assert.Equal(2, epoll.Wait(events, sleep: true));
        Assert.Equal([0x0123_4567_89AB_CDEF, ulong.MaxValue], new[] { events[0].Data, events[1].Data }.Order().ToArray());
        Assert.Equal(EpollFlags.Readable, events[0].Flags);
        Assert.Equal(0, epoll.Wait(events, sleep: false));
        first.Ring();
        Assert.Equal(1, epoll.Wait(events, sleep: true));
    }

    [Fact]
    public void A_bell_may_be_rung_when_it_is_gone()
    {
        var bell = new LoopBell();
        bell.Dispose();
        bell.Ring();
        bell.Dispose();
    }

    [Fact]
    public void An_address_is_read_in_either_form()
    {
        byte[] four = [2, 0, 0x07, 0x5B, 192, 0, 2, 7, .. new byte[20]];
        Assert.Equal("192.0.2.7:1883", PeerAddress.Read(four).ToString());
        byte[] six = [10, 0, 0x07, 0x5B, 0, 0, 0, 0, 0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
        Assert.Equal("[2001:db8::1]:1883", PeerAddress.Read(six).ToString());
        byte[] mapped = [10, 0, 0x07, 0x5B, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 7, 0, 0, 0, 0];
        Assert.Equal("192.0.2.7:1883", PeerAddress.Read(mapped).ToString());
    }

    [Fact]
    public void Held_bytes_come_back_in_front_of_what_follows_however_many_they_are()
    {
        var random = new Random(7);
        var shared = new byte[64 * 1024];
        var held = new HeldBytes();
        var expected = new List<byte>();
        for (var i = 0; i < 2_000; i++)
        {
            var place = held.Prepare(shared);
            var room = place[held.Count..];
            Assert.True(room.Length >= 32 * 1024);
            var count = random.Next(1, Math.Min(room.Length, 40_000) + 1);
            random.NextBytes(room[..count]);
            expected.AddRange(room[..count]);
            var all = place[..(held.Count + count)];
            Assert.True(all.SequenceEqual(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(expected)));
            var consumed = random.Next(4) switch { 0 => all.Length, 1 => 0, _ => random.Next(all.Length + 1) };
            if (all.Length > 500_000) consumed = all.Length - 10;
            held.Keep(all[consumed..]);
            expected.RemoveRange(0, consumed);
            Assert.Equal(expected.Count, held.Count);
        }
        held.Release();
        Assert.True(held.Bytes.IsEmpty);
    }
}
