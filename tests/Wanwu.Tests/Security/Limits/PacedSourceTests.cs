using System.Net;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Security.Access.Limits;

namespace Wanwu.Tests.Security.Limits;

public sealed class PacedSourceTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void A_burst_is_taken_at_once_and_then_so_much_a_second()
    {
        var paced = new PacedSources<string>(10, 20, _clock);
        for (var i = 0; i < 20; i++) Assert.Equal(TimeSpan.Zero, paced.Spend("a"));
        Assert.Equal(0.1, paced.Spend("a").TotalSeconds, 3);
        Assert.Equal(0.1, paced.WaitOf("a").TotalSeconds, 3);
        Assert.Equal(TimeSpan.Zero, paced.Spend("b"));

        _clock.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 10; i++) Assert.Equal(TimeSpan.Zero, paced.Spend("a"));
        Assert.NotEqual(TimeSpan.Zero, paced.Spend("a"));
    }

    [Fact]
    public void Refused_ones_take_nothing_so_whoever_goes_on_asking_is_not_kept_out_for_longer()
    {
        var paced = new PacedSources<string>(1, 1, _clock);
        paced.Spend("a");
        for (var i = 0; i < 1_000; i++) paced.Spend("a");
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, paced.Spend("a"));
    }

    [Fact]
    public void Millions_of_sources_take_bounded_room_and_the_latest_stay_known()
    {
        var paced = new PacedSources<int>(1, 1, _clock, most: 1_000);
        for (var i = 0; i < 2_000_000; i++)
        {
            paced.Spend(i);
            if (i % 500 == 0) Assert.True(paced.Spend(-1) == TimeSpan.Zero || i > 0, "one that keeps coming is not forgotten");
        }
        Assert.InRange(paced.Count, 1, 2_001);
        Assert.NotEqual(TimeSpan.Zero, paced.Spend(-1));
    }

    [Fact]
    public void No_limit_remembers_nobody()
    {
        var paced = new PacedSources<int>(0, 0, _clock);
        for (var i = 0; i < 100; i++) Assert.Equal(TimeSpan.Zero, paced.Spend(1));
        Assert.Equal(0, paced.Count);
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7", true)]
    [InlineData("192.0.2.7", "::ffff:192.0.2.7", true)]
    [InlineData("192.0.2.7", "192.0.2.8", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void An_address_of_IPv6_is_its_network(string one, string other, bool same) =>
        Assert.Equal(same, PeerNetwork.Of(IPAddress.Parse(one)) == PeerNetwork.Of(IPAddress.Parse(other)));
}
