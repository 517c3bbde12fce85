using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Wanwu.Protocols.Mqtt;
using Wanwu.Registry;
using Wanwu.Security.Access.Contact;
using Wanwu.Tests.Connect;

namespace Wanwu.Tests.Security.Contact;

/// <summary>What many who knock, and many who publish, cannot do.</summary>
public sealed class UnknownFloodTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hundred_thousand_identifiers_leave_a_list_of_as_many_as_may_be_in_memory_and_on_disk()
    {
        var unknown = wanwu.Server.Get<UnknownDevices>();
        var upkeep = wanwu.Server.Services.GetServices<IHostedService>().OfType<UnknownUpkeep>().Single();
        var most = new ContactOptions().Unknown;
        var waits = new Knock("mqtt", "custom", "waits", IPAddress.Parse("192.0.2.1"), "at the weir");
        for (var i = 0; i < 100_000; i++)
        {
            var peer = new IPAddress([10, (byte)(i >> 12), (byte)(i >> 4), 1]);
            unknown.Note(new Knock("hj212", "custom", $"flood {i}", peer, null), default);
            // Who knocks again and again does not make room for those who never come back.
            if (i % 50 == 0) unknown.Note(waits, default);
            if (i % 25_000 == 0) await upkeep.WriteAsync(Stop);
        }
        Assert.Equal(most, unknown.All.Count);
        Assert.Equal(2_000, unknown.All.Single(device => device.Value == "waits").Count);
        await WrittenAsync(upkeep, most);
        // One address, and one network of IPv6, have so many and no more.
        var before = unknown.PassedOver;
        for (var i = 0; i < 1_000; i++) unknown.Note(new Knock("hj212", "custom", $"six {i}", IPAddress.Parse($"2001:db8::{i + 1:x}"), null), default);
        Assert.Equal(new ContactOptions().UnknownOfAddress, unknown.All.Count(device => device.Value.StartsWith("six ", StringComparison.Ordinal)));
        Assert.Equal(1_000 - new ContactOptions().UnknownOfAddress, unknown.PassedOver - before);
    }

    /// <summary>The server writes by itself too: what it has under way counts when it is through.</summary>
    private async Task WrittenAsync(UnknownUpkeep upkeep, int rows)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            await upkeep.WriteAsync(limit.Token);
            await using var db = await wanwu.Server.Get<IDbContextFactory<RegistryDb>>().CreateDbContextAsync(limit.Token);
            if (await db.Set<UnknownDeviceRow>().CountAsync(limit.Token) == rows) return;
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    [Fact]
    public async Task A_device_that_reports_all_the_time_loses_no_message_while_its_password_is_replaced()
    {
        var device = await Device.CreateAsync(wanwu);
        var password = device.Password;
        var (sent, client) = (0, await WireClient.ConnectAsync(wanwu.Server, device.Id, password, "steady"));
        for (var turn = 0; turn < 5; turn++)
        {
            var rotating = wanwu.Administrator.CallAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/credentials", """{"endsAtUse":true}""");
            for (; !rotating.IsCompleted; sent++) Assert.Equal(ReasonCode.Success, await client.PublishAsync("v1/report", $$"""{"n":{{sent}}}"""));
            password = (await rotating)!.Text("password");
            for (var more = 0; more < 20; more++, sent++) Assert.Equal(ReasonCode.Success, await client.PublishAsync("v1/report", $$"""{"n":{{sent}}}"""));
            // It goes over to the new password; what it sent with the old one has been acknowledged.
            await client.DisposeAsync();
            client = await WireClient.ConnectAsync(wanwu.Server, device.Id, password, "steady");
            Assert.Equal(0, client.Answer);
        }
        await client.DisposeAsync();
        var account = await wanwu.Administrator.ReadAsync($"/api/v1/account?thing={device.Id}");
        Assert.Equal((sent, 0), (account["stored"]!.GetValue<int>(), account["refused"]!.GetValue<int>()));
    }
}
