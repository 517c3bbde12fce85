using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Connect;
using Wanwu.Security.Access.Limits;
using Wanwu.Tests.Connect.Tls;

namespace Wanwu.Tests.Security.Limits;

/// <summary>Who opens connections faster than an address may is hung up on before a byte is read; others are heard.</summary>
public sealed class ConnectionBoundsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("wanwu-bounds-").FullName;
    private readonly TestAuthority _authority;

    public ConnectionBoundsTests() => _authority = new TestAuthority(_folder);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static ConnectionBounds Bounds(LimitSettings limits, TimeProvider? clock = null) => new(Options.Create(limits), clock ?? TimeProvider.System);

    [Fact]
    public void So_many_connections_a_second_and_ten_times_as_many_at_once_come_from_one_address()
    {
        var clock = new FakeTimeProvider();
        var bounds = Bounds(new LimitSettings { NewConnectionsPerSecond = 2 }, clock);
        var (one, other) = (IPAddress.Parse("2001:db8:0:1::1"), IPAddress.Parse("2001:db8:0:2::1"));
        for (var i = 0; i < 20; i++) Assert.True(bounds.Takes(one));
        Assert.False(bounds.Takes(one));
        Assert.False(bounds.Takes(IPAddress.Parse("2001:db8:0:1::2")));
        Assert.True(bounds.Takes(other));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(bounds.Takes(one));
        Assert.True(bounds.Takes(one));
        Assert.False(bounds.Takes(one));
    }

    [Fact]
    public void So_many_are_open_of_one_address_and_of_all_and_what_is_closed_makes_room()
    {
        var bounds = Bounds(new LimitSettings { HttpConnectionsOfAddress = 2, HttpConnections = 3 });
        var (one, two, three) = (PeerNetwork.Of(IPAddress.Parse("192.0.2.1")), PeerNetwork.Of(IPAddress.Parse("192.0.2.2")), PeerNetwork.Of(IPAddress.Parse("192.0.2.3")));
        Assert.True(bounds.TryEnter(one));
        Assert.True(bounds.TryEnter(one));
        Assert.False(bounds.TryEnter(one));
        Assert.True(bounds.TryEnter(two));
        Assert.False(bounds.TryEnter(three));
        bounds.Leave(one);
        Assert.True(bounds.TryEnter(three));
        bounds.Leave(three);
        Assert.True(bounds.TryEnter(one));
    }

    [Theory, InlineData("Auto"), InlineData("Kestrel")]
    public async Task At_every_door_the_address_that_opens_too_many_is_hung_up_on_and_another_is_heard(string transport)
    {
        await using var server = await StartAsync("--Security:Limits:NewConnectionsPerSecond=1", $"--Connect:Mqtt:Transport={transport}");
        foreach (var door in (string[])["mqtt", "mqtts", "http"])
        {
            var heard = 0;
            while (heard < 30 && await IsHeardAsync(server, door, "127.0.0.9")) heard++;
            Assert.True(heard < 30, door);
            Assert.True(await IsHeardAsync(server, door, "127.0.0.8"), door);
        }
    }

    [Fact]
    public async Task An_address_from_which_too_many_wrong_credentials_came_gets_no_handshake()
    {
        await using var server = await StartAsync("--Security:Limits:FailuresPerMinute=1");
        Assert.True(await IsHeardAsync(server, "mqtts", "127.0.0.9"));
        for (var i = 0; i < 3; i++) server.Get<FailedSignIns>().Failed(IPAddress.Parse("127.0.0.9"));
        Assert.False(await IsHeardAsync(server, "mqtts", "127.0.0.9"));
        Assert.True(await IsHeardAsync(server, "mqtts", "127.0.0.8"));
    }

    private Task<WanwuServer> StartAsync(params string[] settings)
    {
        var (certificate, key) = _authority.Server();
        return WanwuServer.StartAsync(settings: ["--Connect:Mqtt:Tls:Address=127.0.0.1", "--Connect:Mqtt:Tls:Port=0", $"--Connect:Mqtt:Tls:CertificateFile={certificate}", $"--Connect:Mqtt:Tls:CertificateKeyFile={key}", .. settings]);
    }

    /// <summary>Whether the peer does more than hang up: completes the handshake, or answers.</summary>
    private async Task<bool> IsHeardAsync(WanwuServer server, string door, string from)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        try
        {
            await socket.ConnectAsync(door == "http" ? new IPEndPoint(IPAddress.Loopback, server.Url.Port) : server.Get<ListeningDoors>().Find(door)!.Endpoint, Stop);
            await using var stream = new NetworkStream(socket);
            if (door == "mqtts")
            {
                var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                policy.CustomTrustStore.Add(_authority.Root);
                await using var secured = new SslStream(stream);
                await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = policy }, Stop);
                return true;
            }
            await stream.WriteAsync(door == "http" ? "GET /health/live HTTP/1.0\r\n\r\n"u8.ToArray() : Convert.FromHexString("100C00044D5154540402003C0000"), Stop);
            return await stream.ReadAsync(new byte[1], Stop) > 0;
        }
        catch (Exception fault) when (fault is IOException or SocketException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
