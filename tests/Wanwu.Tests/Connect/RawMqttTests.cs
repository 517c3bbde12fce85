using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Wanwu.Connect;

namespace Wanwu.Tests.Connect;

/// <summary>What a client library would not send.</summary>
public abstract class RawMqttTests(WanwuFixture wanwu)
{
    private static byte[] Text(string text) => [(byte)(text.Length >> 8), (byte)text.Length, .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Packet(byte first, params byte[][] parts)
    {
        var body = parts.SelectMany(part => part).ToArray();
        return body.Length < 128 ? [first, (byte)body.Length, .. body] : [first, (byte)(body.Length & 127 | 128), (byte)(body.Length >> 7), .. body];
    }

    private static byte[] Connect(Device device, byte keepAlive = 60, string client = "raw") =>
        Packet(0x10, Text("MQTT"), [4, 0xC2, 0, keepAlive], Text(client), Text(device.Id), Text(device.Password));

    private static byte[] Publish(string payload, byte id, bool dup = false) =>
        Packet((byte)(dup ? 0x3A : 0x32), Text("v1/report"), [0, id], Encoding.UTF8.GetBytes(payload));

    private static async Task<NetworkStream> DialAsync(WanwuServer server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Get<ListeningDoors>().Find("mqtt")!.Endpoint, TestContext.Current.CancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task ExpectAsync(NetworkStream stream, string hex)
    {
        var bytes = new byte[hex.Length / 2];
        await stream.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(hex, Convert.ToHexString(bytes));
    }

    private static async Task ExpectClosedAsync(NetworkStream stream)
    {
        var read = stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        try
        {
            Assert.Equal(0, await read);
        }
        catch (IOException)
        {
            // Reset instead of closed: gone all the same.
        }
    }

    [Fact]
    public async Task Bytes_may_come_one_by_one()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var stream = await DialAsync(wanwu.Server);
        foreach (var part in Connect(device).Concat(Publish("""{"a":1}""", 1)).Chunk(1)) await stream.WriteAsync(part, TestContext.Current.CancellationToken);
        await ExpectAsync(stream, "20020000" + "40020001");
    }

    [Fact]
    public async Task Messages_pipelined_in_one_write_are_all_kept_and_acknowledged_in_order()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var stream = await DialAsync(wanwu.Server);
        var many = Enumerable.Range(1, 200).SelectMany(i => Publish($$"""{"n":{{i}}}""", (byte)i));
        await stream.WriteAsync(Connect(device).Concat(many).ToArray(), TestContext.Current.CancellationToken);
        await ExpectAsync(stream, "20020000" + string.Concat(Enumerable.Range(1, 200).Select(i => $"400200{i:X2}")));
        var series = await wanwu.Administrator.ReadAsync($"/api/v1/things/{device.Id}/series/n?limit=1000");
        Assert.Equal(Enumerable.Range(1, 200), series["items"]!.AsArray().Select(item => item!["value"]!.GetValue<int>()).Order());
    }

    [Fact]
    public async Task Nothing_is_left_lying_where_a_packet_ends_with_a_buffer()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var stream = await DialAsync(wanwu.Server);
        await stream.WriteAsync(Connect(device), TestContext.Current.CancellationToken);
        await ExpectAsync(stream, "20020000");
        // 32 bytes each: the 129th begins where a buffer of 4 096 bytes has ended.
        var one = Publish("""{"n":1234567890} """, 1);
        Assert.Equal(32, one.Length);
        await stream.WriteAsync(Enumerable.Repeat(one, 129).SelectMany(packet => packet).ToArray(), TestContext.Current.CancellationToken);
        await ExpectAsync(stream, string.Concat(Enumerable.Repeat("40020001", 129)));
    }

    [Fact]
    public async Task A_resend_is_acknowledged_and_not_stored_twice()
    {
        var device = await Device.CreateAsync(wanwu);
        for (var connection = 0; connection < 2; connection++)
        {
            await using var stream = await DialAsync(wanwu.Server);
            await stream.WriteAsync(Connect(device).Concat(Publish("""{"n":1}""", 9, dup: connection > 0)).ToArray(), TestContext.Current.CancellationToken);
            await ExpectAsync(stream, "20020000" + "40020009");
        }
        var account = await wanwu.Administrator.ReadAsync($"/api/v1/account?thing={device.Id}");
        Assert.Equal((2, 1, 1), (account["received"]!.GetValue<int>(), account["stored"]!.GetValue<int>(), account["repeated"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_packet_above_the_bound_closes_the_connection_and_nobody_else()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var neighbour = await DialAsync(wanwu.Server);
        await neighbour.WriteAsync(Connect(device, client: "neighbour"), TestContext.Current.CancellationToken);
        await ExpectAsync(neighbour, "20020000");
        await using var stream = await DialAsync(wanwu.Server);
        await stream.WriteAsync(Connect(device).Concat(Convert.FromHexString("30FFFFFF7F")).ToArray(), TestContext.Current.CancellationToken);
        await ExpectAsync(stream, "20020000");
        await ExpectClosedAsync(stream);
        await neighbour.WriteAsync(Publish("""{"a":1}""", 1), TestContext.Current.CancellationToken);
        await ExpectAsync(neighbour, "40020001");
    }

    [Fact]
    public async Task The_next_connection_of_a_client_takes_its_session_over()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var first = await DialAsync(wanwu.Server);
        await first.WriteAsync(Connect(device), TestContext.Current.CancellationToken);
        await ExpectAsync(first, "20020000");
        await using var second = await DialAsync(wanwu.Server);
        await second.WriteAsync(Connect(device), TestContext.Current.CancellationToken);
        await ExpectAsync(second, "20020000");
        await ExpectClosedAsync(first);
    }

    [Fact]
    public async Task Who_is_silent_for_one_and_a_half_keep_alives_is_closed_and_his_will_reported()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.Parse("2026-05-01T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
        await using var server = await WanwuServer.StartAsync(clock: clock, settings: wanwu.Settings);
        var administrator = await server.ClientAsync();
        var created = await administrator.CreateAsync("/api/v1/things", """{"name":"silent"}""");
        var device = new Device(created.Text("id"), created["credentials"]!.Text("password"));
        await using var stream = await DialAsync(server);
        await stream.WriteAsync(Packet(0x10, Text("MQTT"), [4, 0xC6, 0, 10], Text("raw"), Text("v1/report"), Text("""{"online":false}"""), Text(device.Id), Text(device.Password)), TestContext.Current.CancellationToken);
        await ExpectAsync(stream, "20020000");
        clock.Advance(TimeSpan.FromSeconds(14));
        await stream.WriteAsync(new byte[] { 0xC0, 0 }, TestContext.Current.CancellationToken);
        await ExpectAsync(stream, "D000");
        clock.Advance(TimeSpan.FromSeconds(16));
        await ExpectClosedAsync(stream);
        await using var after = await DialAsync(server);
        await after.WriteAsync(Connect(device).Concat(Publish("""{"b":1}""", 1)).ToArray(), TestContext.Current.CancellationToken);
        await ExpectAsync(after, "20020000" + "40020001");
        Assert.False((await administrator.ReadAsync($"/api/v1/things/{device.Id}/latest"))["online"]!["value"]!.GetValue<bool>());
    }
}
