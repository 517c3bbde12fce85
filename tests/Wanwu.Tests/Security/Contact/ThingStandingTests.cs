using System.Net;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Wanwu.Protocols.Mqtt;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Tests.Connect;
using Wanwu.Things;

namespace Wanwu.Tests.Security.Contact;

/// <summary>Passwords that are replaced without a gap, and things from which nothing is taken.</summary>
public sealed class ThingStandingTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private readonly HttpClient _administrator = wanwu.Administrator;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<(string Password, string? FormerEnds)> RotateAsync(Device device, string? body)
    {
        var answer = (await _administrator.CallAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/credentials", body))!;
        return (answer.Text("password"), answer["formerEnds"]?.GetValue<string>());
    }

    private Task<WireClient> ConnectAsync(string user, string password, MqttVersion version = MqttVersion.V5) => WireClient.ConnectAsync(wanwu.Server, user, password, version: version);

    private async Task<byte> AnswerAsync(string user, string password)
    {
        await using var client = await ConnectAsync(user, password);
        return client.Answer;
    }

    private async Task<HttpStatusCode> ReportAsync(Device device, string password)
    {
        using var client = wanwu.Server.ClientOf(device.Id, password);
        using var answer = await client.SendAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/report", """{"a":1}""");
        return answer.StatusCode;
    }

    /// <summary>That the client is told to go, with why, and how soon.</summary>
    private static async Task GoesAsync(WireClient client, string reason)
    {
        using var prompt = new Promptness();
        var (first, body) = await client.ReadAsync();
        Assert.Equal((int)PacketType.Disconnect, first >> 4);
        Assert.Contains(reason, Encoding.UTF8.GetString(body), StringComparison.Ordinal);
        await prompt.IsWithinASecondAsync();
    }

    [Fact]
    public async Task Both_passwords_hold_during_the_overlap_and_connections_with_the_former_one_stay()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var open = await ConnectAsync(device.Id, device.Password);
        var (password, ends) = await RotateAsync(device, null);
        Assert.NotNull(ends);
        Assert.Equal((0, 0), (await AnswerAsync(device.Id, device.Password), await AnswerAsync(device.Id, password)));
        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted), (await ReportAsync(device, device.Password), await ReportAsync(device, password)));
        Assert.Equal(ReasonCode.Success, await open.PublishAsync("v1/report", """{"a":1}"""));
        Assert.Equal(ends, (await _administrator.ReadAsync($"/api/v1/things/{device.Id}"))["formerCredentialsEnd"]!.GetValue<string>());
        // A second one ends the first of all: two hold, never three.
        var (third, _) = await RotateAsync(device, """{"overlapHours":1}""");
        await GoesAsync(open, "replaced");
        Assert.NotEqual(0, await AnswerAsync(device.Id, device.Password));
        Assert.Equal((0, 0), (await AnswerAsync(device.Id, password), await AnswerAsync(device.Id, third)));
    }

    [Fact]
    public async Task The_former_password_ends_by_itself_and_takes_its_connections_with_it()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var open = await ConnectAsync(device.Id, device.Password);
        var (password, ends) = await RotateAsync(device, """{"overlapHours":0.0004}""");
        using var prompt = new Promptness();
        var left = DateTimeOffset.Parse(ends!, System.Globalization.CultureInfo.InvariantCulture) - TimeProvider.System.GetUtcNow();
        var (first, body) = await open.ReadAsync();
        Assert.Equal((int)PacketType.Disconnect, first >> 4);
        Assert.Contains("replaced", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
        Assert.True(TimeProvider.System.GetUtcNow() >= DateTimeOffset.Parse(ends!, System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(await prompt.TookAsync() < left + TimeSpan.FromSeconds(1));
        Assert.Equal((0x86, 0), (await AnswerAsync(device.Id, device.Password), await AnswerAsync(device.Id, password)));
    }

    [Fact]
    public async Task Without_an_overlap_the_former_password_ends_at_once()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var open = await ConnectAsync(device.Id, device.Password);
        var (password, ends) = await RotateAsync(device, """{"overlapHours":0}""");
        await GoesAsync(open, "replaced");
        Assert.Null(ends);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Accepted), (await ReportAsync(device, device.Password), await ReportAsync(device, password)));
    }

    [Fact]
    public async Task The_former_password_ends_with_the_first_use_of_the_new_one_where_that_is_chosen()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var open = await ConnectAsync(device.Id, device.Password);
        var (password, _) = await RotateAsync(device, """{"endsAtUse":true}""");
        Assert.Equal(0, await AnswerAsync(device.Id, device.Password));
        Assert.Equal(0, await AnswerAsync(device.Id, password));
        await GoesAsync(open, "replaced");
        Assert.Equal(0x86, await AnswerAsync(device.Id, device.Password));
    }

    [Theory]
    [InlineData("""{"overlapHours":-1}""")]
    [InlineData("""{"overlapHours":2161}""")]
    [InlineData("""{"overlapHours":"1"}""")]
    [InlineData("""{"endsAtUse":1}""")]
    [InlineData("""{"more":1}""")]
    public async Task A_rotation_that_makes_no_sense_is_refused_and_changes_nothing(string body)
    {
        var device = await Device.CreateAsync(wanwu);
        await _administrator.CallAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/credentials", body, HttpStatusCode.BadRequest);
        Assert.Equal(HttpStatusCode.Accepted, await ReportAsync(device, device.Password));
    }

    /// <summary>Random changes against a list of passwords with their ends.</summary>
    [Fact]
    public async Task Whatever_is_done_in_whatever_order_the_passwords_hold_that_a_list_of_them_says()
    {
        var changes = wanwu.Server.Get<ThingChanges>();
        var things = wanwu.Server.Get<ThingDirectory>();
        var signIn = wanwu.Server.Get<SignIn>();
        var random = new Random(5);
        var device = await Device.CreateAsync(wanwu);
        var id = ThingId.Parse(device.Id, null);
        List<(string Password, bool Holds)> all = [(device.Password, true)];
        var (endsAtUse, former) = (false, -1);
        for (var step = 0; step < 120; step++)
        {
            if (random.Next(3) == 0)
            {
                var rotation = random.Next(3) switch { 0 => Rotation.AtOnce, 1 => new Rotation(Rotation.Usual), _ => new Rotation(Rotation.Usual, EndsAtUse: true) };
                var made = (await changes.RotateAsync(id, rotation, Stop)).Password!;
                if (former >= 0) all[former] = all[former] with { Holds = false };
                (former, endsAtUse) = rotation.Overlap > TimeSpan.Zero ? (all.Count - 1, rotation.EndsAtUse) : (-1, false);
                if (former < 0) all[^1] = all[^1] with { Holds = false };
                all.Add((made, true));
                continue;
            }
            var tried = random.Next(Math.Max(0, all.Count - 4), all.Count);
            var caller = await signIn.VerifyAsync(device.Id, Encoding.ASCII.GetBytes(all[tried].Password), Stop);
            Assert.True(all[tried].Holds == caller is not null, $"step {step}: {tried} of {all.Count}");
            if (tried != all.Count - 1 || !endsAtUse || former < 0) continue;
            all[former] = all[former] with { Holds = false };
            (former, endsAtUse) = (-1, false);
        }
        Assert.Equal(former >= 0, things.Find(id)!.Former is not null);
    }

    [Fact]
    public async Task A_quarantined_thing_is_closed_and_refused_everywhere_with_the_reason_until_it_is_released()
    {
        var gateway = await Device.CreateAsync(wanwu);
        var device = await Device.CreateAsync(wanwu, $$""","gateway":"{{gateway.Id}}" """);
        await using var own = await ConnectAsync(device.Id, device.Password);
        await using var through = await ConnectAsync(gateway.Id, gateway.Password);
        Assert.Equal(ReasonCode.Success, await through.PublishAsync($"v1/things/{device.Id}/report", """{"a":1}"""));

        var quarantined = (await _administrator.CallAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/quarantine", """{"reason":"sends nonsense since Monday"}"""))!;
        await GoesAsync(own, "sends nonsense since Monday");
        Assert.Equal("sends nonsense since Monday", quarantined["quarantine"]!.Text("reason"));
        Assert.Equal(ReasonCode.NotAuthorized, await through.PublishAsync($"v1/things/{device.Id}/report", """{"a":2}"""));
        Assert.Contains("sends nonsense since Monday", through.Reason, StringComparison.Ordinal);
        Assert.Equal(ReasonCode.Success, await through.PublishAsync("v1/report", """{"a":2}"""));
        await using (var again = await ConnectAsync(device.Id, device.Password))
            Assert.Equal((0x87, true), ((int)again.Answer, again.Granted.Any(property => property.Text.Contains("sends nonsense", StringComparison.Ordinal))));
        Assert.Equal(HttpStatusCode.Forbidden, await ReportAsync(device, device.Password));
        await _administrator.CallAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/report", """{"a":1}""", HttpStatusCode.Forbidden);
        Assert.Contains(device.Id, (await _administrator.ReadAsync("/api/v1/things?quarantined=true&limit=1000"))["items"]!.AsArray().Select(thing => thing!.Text("id")));
        var account = await _administrator.ReadAsync($"/api/v1/refused?thing={device.Id}");
        Assert.Contains(account["items"]!.AsArray(), refusal => refusal!.Text("reason") == "quarantined");

        await _administrator.CallAsync(HttpMethod.Delete, $"/api/v1/things/{device.Id}/quarantine");
        Assert.Equal((HttpStatusCode.Accepted, 0), (await ReportAsync(device, device.Password), await AnswerAsync(device.Id, device.Password)));
        Assert.Equal(ReasonCode.Success, await through.PublishAsync($"v1/things/{device.Id}/report", """{"a":3}"""));
        var records = (await _administrator.ReadAsync($"/api/v1/audit?object={device.Id}&limit=20"))["items"]!.AsArray().Select(record => record!["event"]!.Text("action")).ToList();
        Assert.Equal(["thing.release", "thing.quarantine"], records.Where(action => action is "thing.release" or "thing.quarantine"));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"reason":" "}""")]
    [InlineData("""{"reason":"a\nb"}""")]
    [InlineData("""{"reason":5}""")]
    public async Task Nothing_is_quarantined_without_a_reason(string body)
    {
        var device = await Device.CreateAsync(wanwu);
        await _administrator.CallAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/quarantine", body, HttpStatusCode.BadRequest);
        Assert.Equal(HttpStatusCode.Accepted, await ReportAsync(device, device.Password));
    }

    [Fact]
    public async Task The_connections_of_a_person_are_closed_when_the_account_is_disabled()
    {
        var name = $"person-{Guid.NewGuid():N}";
        Guid id;
        await using (var scope = wanwu.Server.Services.CreateAsyncScope())
        {
            var person = new Person { UserName = name };
            Assert.True((await scope.ServiceProvider.GetRequiredService<UserManager<Person>>().CreateAsync(person, "a long and odd password 7")).Succeeded);
            id = person.Id;
        }
        await wanwu.Server.Get<GrantChanges>().GrantAsync(new GrantOrder(GrantSubject.Person(id), Role.Viewer, GrantScope.Everything, "test"), Stop);
        await using var open = await ConnectAsync(name, "a long and odd password 7");
        Assert.Equal(0, open.Answer);
        await wanwu.Server.Get<RegistryWriter>().WriteAsync(async db => (await db.Users.SingleAsync(person => person.Id == id, Stop)).IsDisabled = true, Stop);
        await GoesAsync(open, "disabled");
    }
}
