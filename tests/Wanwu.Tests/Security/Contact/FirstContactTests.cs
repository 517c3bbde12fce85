using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Wanwu.Protocols.Mqtt;
using Wanwu.Registry;
using Wanwu.Security.Access;
using Wanwu.Security.Access.Contact;
using Wanwu.Tests.Connect;
using Wanwu.Tests.Connect.Transport;
using Wanwu.Tests.Security.Grants;
using Wanwu.Things;

namespace Wanwu.Tests.Security.Contact;

/// <summary>Devices that come for the first time: with a key of their kind, without one, and with numbers of their own protocols.</summary>
public sealed class FirstContactTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private readonly HttpClient _administrator = wanwu.Administrator;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string Serial() => $"SN-{Guid.NewGuid():N}";

    private async Task<(string Id, string Key)> KeyAsync(string members = "")
    {
        var made = await _administrator.CreateAsync("/api/v1/registration-keys", $$"""{"name":"probes {{Guid.NewGuid():N}}"{{members}}}""");
        return (made.Text("id"), made.Text("key"));
    }

    private async Task<(HttpStatusCode Status, JsonNode? Body)> RegisterAsync(string identifier, string key, string? body = null, WanwuServer? server = null)
    {
        using var client = (server ?? wanwu.Server).ClientOf(identifier, key);
        using var answer = await client.SendAsync(HttpMethod.Post, "/api/v1/register", body);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        return (answer.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    private async Task<JsonNode> AskAsync(string identifier, string key, MqttVersion version = MqttVersion.V5)
    {
        await using var client = await WireClient.ConnectAsync(wanwu.Server, identifier, key, version: version);
        Assert.Equal(0, client.Answer);
        Assert.Equal(0, await client.SubscribeAsync("v1/register/answer"));
        await client.PublishAsync("v1/register", """{"name":"probe at the weir"}""");
        var answer = await client.NextAsync();
        Assert.Equal("v1/register/answer", answer.Topic);
        return JsonNode.Parse(answer.Payload)!;
    }

    private async Task<byte> AnswerAsync(string user, string password)
    {
        await using var client = await WireClient.ConnectAsync(wanwu.Server, user, password);
        return client.Answer;
    }

    private async Task<JsonNode?> UnknownAsync(string identifier) =>
        (await _administrator.ReadAsync($"/api/v1/unknown-devices?q={identifier}"))["items"]!.AsArray().FirstOrDefault();

    private async Task<JsonNode> ListedAsync(string identifier)
    {
        await Until.TrueAsync(() => wanwu.Server.Get<UnknownDevices>().All.Exists(device => device.Value == identifier));
        return (await UnknownAsync(identifier))!;
    }

    private async Task<ThingEntry> ThingOfAsync(string id)
    {
        await _administrator.ReadAsync($"/api/v1/things/{id}");
        return wanwu.Server.Get<ThingDirectory>().Find(ThingId.Parse(id, null))!;
    }

    [Fact]
    public async Task A_device_registers_over_http_and_signs_in_with_a_password_of_its_own()
    {
        await _administrator.OrganisationAsync("contact-a");
        using var model = await _administrator.SendAsync(HttpMethod.Put, "/api/v1/models/test-probe", Device.Model);
        var (id, key) = await KeyAsync(""","model":"test-probe","organisation":"contact-a","region":"110105" """);
        var serial = Serial();
        var (status, body) = await RegisterAsync(serial, key, """{"name":"probe at the weir"}""");
        Assert.Equal(HttpStatusCode.Created, status);
        var thing = await ThingOfAsync(body!.Text("thing"));
        Assert.Equal(("contact-a", "110105", "test-probe", "probe at the weir"), (thing.Organisation, thing.Region, thing.Model?.Id, thing.Name.English));
        Assert.Equal(0, await AnswerAsync(body!.Text("username"), body!.Text("password")));
        Assert.Equal(1, (await _administrator.ReadAsync("/api/v1/registration-keys"))["items"]!.AsArray().Single(one => one!.Text("id") == id)!["used"]!.GetValue<int>());
        var record = (await _administrator.ReadAsync($"/api/v1/audit?object={thing.Id}"))["items"]!.AsArray().Single(one => one!["event"]!.Text("action") == "thing.create")!["event"]!;
        Assert.Equal(("registration", id, "http"), (record["who"]!.Text("kind"), record["who"]!.Text("id"), record.Text("door")));
    }

    [Theory]
    [InlineData(MqttVersion.V5)]
    [InlineData(MqttVersion.V311)]
    public async Task A_device_registers_over_mqtt_and_may_do_nothing_else_with_the_key(MqttVersion version)
    {
        var (_, key) = await KeyAsync();
        var serial = Serial();
        var answer = await AskAsync(serial, key, version);
        Assert.Equal("registered", answer.Text("outcome"));
        Assert.Equal("probe at the weir", (await ThingOfAsync(answer.Text("thing"))).Name.English);
        Assert.Equal(0, await AnswerAsync(answer.Text("username"), answer.Text("password")));
        await using var client = await WireClient.ConnectAsync(wanwu.Server, serial, key);
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("v1/report", """{"a":1}"""));
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("any/topic", "x"));
        Assert.True(await client.SubscribeAsync("#") >= 0x80);
        Assert.True(await client.SubscribeAsync("v1/things/+/observations/+") >= 0x80);
        Assert.True(await client.SubscribeAsync("v1/register/#") >= 0x80);
    }

    [Fact]
    public async Task Nobody_takes_over_a_thing_that_is_there_unless_it_is_let_register_again_and_then_once()
    {
        var (id, key) = await KeyAsync();
        var serial = Serial();
        var first = await AskAsync(serial, key);
        Assert.Equal("refused", (await AskAsync(serial, key)).Text("outcome"));
        var (status, _) = await RegisterAsync(serial, key);
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Equal(0, await AnswerAsync(first.Text("username"), first.Text("password")));
        // A thing that somebody made by hand is nobody's for the taking either.
        var made = Serial();
        await Device.CreateAsync(wanwu, $$""","identifiers":[{"scheme":"custom","value":"{{made}}"}]""");
        Assert.Equal("refused", (await AskAsync(made, key)).Text("outcome"));
        var knock = await ListedAsync(made);
        Assert.Equal((id, false), (knock.Text("key"), knock["waiting"]!.GetValue<bool>()));

        await _administrator.CallAsync(HttpMethod.Post, $"/api/v1/things/{first.Text("thing")}/registration", $$"""{"key":"{{id}}"}""", HttpStatusCode.NoContent);
        var again = await AskAsync(serial, key);
        Assert.Equal(("registered", first.Text("thing")), (again.Text("outcome"), again.Text("thing")));
        Assert.Equal((0x86, 0), (await AnswerAsync(first.Text("username"), first.Text("password")), await AnswerAsync(again.Text("username"), again.Text("password"))));
        Assert.Equal("refused", (await AskAsync(serial, key)).Text("outcome"));
    }

    [Fact]
    public async Task Two_who_ask_at_once_under_one_identifier_are_one_thing_and_one_of_them_has_its_password()
    {
        var (_, key) = await KeyAsync();
        var serial = Serial();
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => RegisterAsync(serial, key)));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(11, answers.Count(answer => answer.Status == HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task A_key_is_bounded_in_number_identifiers_networks_and_time()
    {
        var (_, two) = await KeyAsync(""","atMost":2""");
        var all = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => RegisterAsync(Serial(), two)));
        Assert.Equal(2, all.Count(answer => answer.Status == HttpStatusCode.Created));
        var (_, some) = await KeyAsync(""","allowed":["weir-*-a","pump 7"]""");
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Forbidden), ((await RegisterAsync($"weir-{Serial()}-a", some)).Status, (await RegisterAsync($"weir-{Serial()}-b", some)).Status));
        Assert.Equal(HttpStatusCode.Created, (await RegisterAsync("pump 7", some)).Status);
        var (_, elsewhere) = await KeyAsync(""","networks":"10.0.0.0/8 2001:db8::/32" """);
        Assert.Equal(HttpStatusCode.Forbidden, (await RegisterAsync(Serial(), elsewhere)).Status);
        var (id, ended) = await KeyAsync(""","scheme":"imei" """);
        Assert.Equal(HttpStatusCode.Forbidden, (await RegisterAsync("490154203237519", ended)).Status);
        Assert.Equal(HttpStatusCode.Created, (await RegisterAsync("490154203237518", ended)).Status);
        await _administrator.CallAsync(HttpMethod.Delete, $"/api/v1/registration-keys/{id}", expect: HttpStatusCode.NoContent);
        Assert.Equal(HttpStatusCode.Unauthorized, (await RegisterAsync("490154203237518", ended)).Status);
        Assert.NotEqual(0, await AnswerAsync("490154203237518", ended));
    }

    [Fact]
    public async Task With_approval_a_device_waits_until_it_is_let_in_and_fetches_its_password_once()
    {
        var (_, key) = await KeyAsync(""","approval":true""");
        var serial = Serial();
        Assert.Equal("waiting", (await AskAsync(serial, key)).Text("outcome"));
        Assert.Equal(HttpStatusCode.Accepted, (await RegisterAsync(serial, key)).Status);
        var device = (await _administrator.ReadAsync($"/api/v1/unknown-devices?waiting=true&q={serial}"))["items"]!.AsArray().Single(one => one!.Text("door") == "mqtt")!;
        Assert.Contains("probe at the weir", device.Text("said"), StringComparison.Ordinal);
        var admitted = (await _administrator.CallAsync(HttpMethod.Post, $"/api/v1/unknown-devices/{device.Text("id")}/admit", """{"name":"weir"}"""))!;
        var answer = await AskAsync(serial, key);
        Assert.Equal(("registered", admitted.Text("thing")), (answer.Text("outcome"), answer.Text("thing")));
        Assert.Equal(0, await AnswerAsync(answer.Text("username"), answer.Text("password")));
        Assert.Equal("refused", (await AskAsync(serial, key)).Text("outcome"));
    }

    [Fact]
    public async Task A_key_is_seen_and_its_devices_are_let_in_by_those_who_hold_its_part()
    {
        await Scoped.OrganisationsAsync(_administrator);
        var (inside, key) = await KeyAsync($$""","approval":true,"organisation":"{{Scoped.Below}}" """);
        var (outside, other) = await KeyAsync($$""","approval":true,"organisation":"{{Scoped.Outside}}" """);
        var (mine, theirs) = (Serial(), Serial());
        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted), ((await RegisterAsync(mine, key)).Status, (await RegisterAsync(theirs, other)).Status));
        using var branch = await Scoped.ClientAsync(wanwu.Server, Role.Integrator);
        var keys = (await branch.ReadAsync("/api/v1/registration-keys"))["items"]!.AsArray().Select(one => one!.Text("id")).ToList();
        Assert.Equal((true, false), (keys.Contains(inside), keys.Contains(outside)));
        var (here, there) = (await ListedAsync(mine), await ListedAsync(theirs));
        Assert.Equal([mine], (await branch.ReadAsync($"/api/v1/unknown-devices"))["items"]!.AsArray().Select(one => one!.Text("identifier")).Where(one => one == mine || one == theirs));
        await branch.CallAsync(HttpMethod.Post, $"/api/v1/unknown-devices/{there.Text("id")}/admit", "{}", HttpStatusCode.NotFound);
        await branch.CallAsync(HttpMethod.Delete, $"/api/v1/registration-keys/{outside}", expect: HttpStatusCode.NotFound);
        await branch.CallAsync(HttpMethod.Post, "/api/v1/registration-keys", $$"""{"name":"x","organisation":"{{Scoped.Outside}}"}""", HttpStatusCode.BadRequest);
        await branch.CallAsync(HttpMethod.Post, $"/api/v1/unknown-devices/{here.Text("id")}/admit", $$"""{"organisation":"{{Scoped.Outside}}"}""", HttpStatusCode.BadRequest);
        var admitted = (await branch.CallAsync(HttpMethod.Post, $"/api/v1/unknown-devices/{here.Text("id")}/admit", "{}"))!;
        Assert.Equal(Scoped.Below, (await ThingOfAsync(admitted.Text("thing"))).Organisation);
    }

    [Fact]
    public async Task An_unknown_client_is_listed_and_let_in_with_the_password_it_showed()
    {
        var name = $"plc-{Guid.NewGuid():N}";
        Assert.NotEqual(0, await AnswerAsync(name, "as burnt in"));
        Assert.NotEqual(0, await AnswerAsync(name, "as burnt in"));
        var device = await ListedAsync(name);
        Assert.Equal(("mqtt", "login", 2, "127.0.0.1"), (device.Text("door"), device.Text("scheme"), device["count"]!.GetValue<int>(), device.Text("address")));
        var admitted = (await _administrator.CallAsync(HttpMethod.Post, $"/api/v1/unknown-devices/{device.Text("id")}/admit", """{"name":"press"}"""))!;
        Assert.Null(await UnknownAsync(name));
        Assert.NotEqual(0, await AnswerAsync(name, "guessed"));
        await using var client = await WireClient.ConnectAsync(wanwu.Server, name, "as burnt in");
        Assert.Equal(0, client.Answer);
        Assert.Equal(ReasonCode.Success, await client.PublishAsync("v1/report", """{"a":7}"""));
        Assert.Equal(7, (await _administrator.ReadAsync($"/api/v1/things/{admitted.Text("thing")}/latest"))["a"]!["value"]!.GetValue<int>());
        using var http = wanwu.Server.ClientOf(name, "as burnt in");
        await http.CallAsync(HttpMethod.Post, $"/api/v1/things/{admitted.Text("thing")}/report", """{"a":8}""", HttpStatusCode.Accepted);
        // Its binding ends, and with it the connection.
        var binding = (await _administrator.ReadAsync($"/api/v1/bindings?thing={admitted.Text("thing")}"))["items"]!.AsArray().Single()!;
        await _administrator.CallAsync(HttpMethod.Delete, $"/api/v1/bindings/{binding.Text("id")}", expect: HttpStatusCode.NoContent);
        Assert.Equal((int)PacketType.Disconnect, (await client.ReadAsync()).First >> 4);
    }

    [Fact]
    public async Task An_unknown_client_can_be_told_to_be_a_thing_that_is_there()
    {
        var thing = await Device.CreateAsync(wanwu);
        var name = $"plc-{Guid.NewGuid():N}";
        Assert.NotEqual(0, await AnswerAsync(name, "x"));
        await _administrator.CallAsync(HttpMethod.Post, $"/api/v1/unknown-devices/{(await ListedAsync(name)).Text("id")}/admit", $$"""{"thing":"{{thing.Id}}"}""");
        Assert.Equal((0, 0), (await AnswerAsync(name, "x"), await AnswerAsync(thing.Id, thing.Password)));
    }

    [Fact]
    public async Task What_is_banned_is_closed_and_refused_with_the_reason_over_mqtt_and_http()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var open = await WireClient.ConnectAsync(wanwu.Server, device.Id, device.Password);
        var ban = await _administrator.CreateAsync("/api/v1/bans", $$"""{"scheme":"thing","identifier":"{{device.Id}}","reason":"stolen from the depot"}""");
        using var prompt = new Promptness();
        var (first, body) = await open.ReadAsync();
        Assert.Equal((int)PacketType.Disconnect, first >> 4);
        Assert.Contains("stolen from the depot", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
        await prompt.IsWithinASecondAsync();
        await using (var again = await WireClient.ConnectAsync(wanwu.Server, device.Id, device.Password))
            Assert.Equal(((int)ReasonCode.Banned, true), ((int)again.Answer, again.Granted.Any(property => property.Text.Contains("stolen", StringComparison.Ordinal))));
        using var http = wanwu.Server.ClientOf(device.Id, device.Password);
        var problem = (await http.CallAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/report", """{"a":1}""", HttpStatusCode.Forbidden))!;
        Assert.Contains("stolen from the depot", problem.Text("detail"), StringComparison.Ordinal);
        await _administrator.CallAsync(HttpMethod.Delete, $"/api/v1/bans/{ban.Text("id")}", expect: HttpStatusCode.NoContent);
        Assert.Equal(0, await AnswerAsync(device.Id, device.Password));

        var (_, key) = await KeyAsync();
        var serial = Serial();
        await _administrator.CreateAsync("/api/v1/bans", $$"""{"scheme":"custom","identifier":"{{serial}}","reason":"a copy"}""");
        Assert.Equal("refused", (await AskAsync(serial, key)).Text("outcome"));
        Assert.Equal(HttpStatusCode.Forbidden, (await RegisterAsync(serial, key)).Status);
    }

    [Fact]
    public async Task A_thing_may_come_from_its_networks_only()
    {
        var device = await Device.CreateAsync(wanwu);
        await using var open = await WireClient.ConnectAsync(wanwu.Server, device.Id, device.Password);
        await _administrator.CreateAsync("/api/v1/bindings", $$"""{"thing":"{{device.Id}}","scheme":"thing","identifier":"{{device.Id}}","networks":"10.1.0.0/16 2001:db8::/32"}""");
        Assert.Equal((int)PacketType.Disconnect, (await open.ReadAsync()).First >> 4);
        Assert.Equal(0x87, await AnswerAsync(device.Id, device.Password));
        using var http = wanwu.Server.ClientOf(device.Id, device.Password);
        await http.CallAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/report", """{"a":1}""", HttpStatusCode.Forbidden);
        await _administrator.CreateAsync("/api/v1/bindings", $$"""{"thing":"{{device.Id}}","scheme":"thing","identifier":"{{device.Id}}","networks":"127.0.0.0/8, ::1"}""");
        Assert.Equal(0, await AnswerAsync(device.Id, device.Password));
    }

    [Fact]
    public async Task A_protocol_without_credentials_of_ours_asks_one_door_who_is_there()
    {
        const string Mn = "010000A8900016F000169DC0";
        var door = wanwu.Server.Get<IdentifierDoor>();
        var device = await Device.CreateAsync(wanwu);
        var peer = IPAddress.Parse("10.1.2.3");
        async Task<(ThingId?, DoorFault?)> DecideAsync(string mn, string secret, IPAddress? from = null)
        {
            var (caller, refusal) = await door.DecideAsync("hj212", "hj212-mn", mn, Encoding.ASCII.GetBytes(secret), from ?? peer, Stop);
            return (caller?.Thing, refusal?.Fault);
        }

        Assert.Equal((null, DoorFault.Unknown), await DecideAsync(Mn, "123456"));
        Assert.Equal("10.1.2.3", (await ListedAsync(Mn)).Text("address"));
        await _administrator.CreateAsync("/api/v1/bindings", $$"""{"thing":"{{device.Id}}","scheme":"hj212-mn","identifier":"{{Mn.ToLowerInvariant()}}","secret":"123456","isClear":true,"networks":"10.1.0.0/16"}""");
        var thing = ThingId.Parse(device.Id, null);
        Assert.Equal((thing, null), await DecideAsync(Mn, "123456"));
        Assert.Equal("123456", Encoding.ASCII.GetString(door.SecretOf("hj212-mn", Mn)!));
        Assert.Equal((null, DoorFault.WrongSecret), await DecideAsync(Mn, "123457"));
        Assert.Equal((null, DoorFault.Network), await DecideAsync(Mn, "123456", IPAddress.Parse("10.2.2.3")));
        Assert.Equal((thing, null), await DecideAsync(Mn, "123456", IPAddress.Parse("::ffff:10.1.9.9")));
        await _administrator.CallAsync(HttpMethod.Post, $"/api/v1/things/{device.Id}/quarantine", """{"reason":"x"}""");
        Assert.Equal((null, DoorFault.Quarantined), await DecideAsync(Mn, "123456"));
        await _administrator.CallAsync(HttpMethod.Delete, $"/api/v1/things/{device.Id}/quarantine");
        // Never twice: an identifier is one thing's.
        var second = await Device.CreateAsync(wanwu);
        await _administrator.CallAsync(HttpMethod.Post, "/api/v1/bindings", $$"""{"thing":"{{second.Id}}","scheme":"hj212-mn","identifier":"{{Mn}}","secret":"1"}""", HttpStatusCode.BadRequest);
        await _administrator.CallAsync(HttpMethod.Post, "/api/v1/bindings", $$"""{"thing":"{{second.Id}}","scheme":"hj212-mn","identifier":"not an MN","secret":"1"}""", HttpStatusCode.BadRequest);
        await _administrator.CreateAsync("/api/v1/bans", $$"""{"network":"10.1.2.0/24","reason":"floods"}""");
        Assert.Equal((null, DoorFault.Banned), await DecideAsync(Mn, "123456"));
        await _administrator.CallAsync(HttpMethod.Delete, $"/api/v1/things/{device.Id}", expect: HttpStatusCode.NoContent);
        Assert.Equal((null, DoorFault.Retired), await DecideAsync(Mn, "123456", IPAddress.Parse("10.1.3.3")));
    }

    [Fact]
    public async Task Every_state_outlives_a_restart()
    {
        var before = await WanwuServer.StartAsync();
        var administrator = await before.ClientAsync();
        var made = await administrator.CreateAsync("/api/v1/registration-keys", """{"name":"probes","approval":true}""");
        var (waiting, knocking) = (Serial(), $"plc-{Guid.NewGuid():N}");
        Assert.Equal(HttpStatusCode.Accepted, (await RegisterAsync(waiting, made.Text("key"), server: before)).Status);
        await using (var client = await WireClient.ConnectAsync(before, knocking, "secret")) Assert.NotEqual(0, client.Answer);
        var thing = await administrator.CreateAsync("/api/v1/things", """{"name":"probe"}""");
        var rotated = (await administrator.CallAsync(HttpMethod.Post, $"/api/v1/things/{thing.Text("id")}/credentials"))!;
        await administrator.CreateAsync("/api/v1/bans", """{"scheme":"login","identifier":"evil","reason":"evil"}""");
        await Until.TrueAsync(() => before.Get<UnknownDevices>().All.Count == 2);
        var quarantined = await administrator.CreateAsync("/api/v1/things", """{"name":"probe"}""");
        await administrator.CallAsync(HttpMethod.Post, $"/api/v1/things/{quarantined.Text("id")}/quarantine", """{"reason":"odd"}""");

        await using var after = await before.RestartAsync();
        var again = await after.ClientAsync();
        Assert.Equal(new HashSet<string> { waiting, knocking }, (await again.ReadAsync("/api/v1/unknown-devices"))["items"]!.AsArray().Select(one => one!.Text("identifier")).ToHashSet());
        foreach (var password in (string[])[thing["credentials"]!.Text("password"), rotated.Text("password")])
            await using (var client = await WireClient.ConnectAsync(after, thing.Text("id"), password)) Assert.Equal(0, client.Answer);
        await using (var client = await WireClient.ConnectAsync(after, "evil", "x")) Assert.Equal((byte)ReasonCode.Banned, client.Answer);
        await using (var client = await WireClient.ConnectAsync(after, quarantined.Text("id"), quarantined["credentials"]!.Text("password"))) Assert.Equal((byte)ReasonCode.NotAuthorized, client.Answer);
        var device = (await again.ReadAsync($"/api/v1/unknown-devices?q={knocking}"))["items"]!.AsArray().Single()!;
        await again.CallAsync(HttpMethod.Post, $"/api/v1/unknown-devices/{device.Text("id")}/admit", "{}");
        await using (var client = await WireClient.ConnectAsync(after, knocking, "secret")) Assert.Equal(0, client.Answer);
        Assert.Equal(HttpStatusCode.Accepted, (await RegisterAsync(waiting, made.Text("key"), server: after)).Status);
    }

    [Fact]
    public async Task A_device_that_lost_the_answer_is_answered_again_by_its_attempt_alone()
    {
        var (id, key) = await KeyAsync();
        var (serial, attempt) = (Serial(), $"{Guid.NewGuid():N}");
        var body = $$"""{"attempt":"{{attempt}}"}""";
        var (_, first) = await RegisterAsync(serial, key, body);
        var (status, again) = await RegisterAsync(serial, key, body);
        Assert.Equal((HttpStatusCode.Created, first!.Text("thing"), first!.Text("password")), (status, again!.Text("thing"), again!.Text("password")));
        Assert.Equal(0, await AnswerAsync(again!.Text("username"), again!.Text("password")));
        Assert.Contains((await _administrator.ReadAsync($"/api/v1/audit?object={first!.Text("thing")}"))["items"]!.AsArray(), one => one!["event"]!.Text("action") == "thing.answerAgain");
        // Whoever has the key, and not the attempt, gets nothing.
        foreach (var other in (string?[])[null, "{}", $$"""{"attempt":"{{Guid.NewGuid():N}}"}"""]) Assert.Equal(HttpStatusCode.Forbidden, (await RegisterAsync(serial, key, other)).Status);
        var (_, another) = await KeyAsync();
        Assert.Equal(HttpStatusCode.Forbidden, (await RegisterAsync(serial, another, body)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await RegisterAsync(Serial(), key, """{"attempt":"short"}""")).Status);

        // Let in anew because the password is not to hold any more: the same attempt would bring it back.
        await _administrator.CallAsync(HttpMethod.Post, $"/api/v1/things/{first!.Text("thing")}/registration", $$"""{"key":"{{id}}"}""", HttpStatusCode.NoContent);
        Assert.Equal(HttpStatusCode.Forbidden, (await RegisterAsync(serial, key, body)).Status);
        var fresh = $$"""{"attempt":"{{Guid.NewGuid():N}}"}""";
        var (_, next) = await RegisterAsync(serial, key, fresh);
        Assert.Equal(next!.Text("password"), (await RegisterAsync(serial, key, fresh)).Body!.Text("password"));
        Assert.NotEqual(first!.Text("password"), next!.Text("password"));
        Assert.Equal(HttpStatusCode.Forbidden, (await RegisterAsync(serial, key, body)).Status);
    }

    [Fact]
    public async Task Over_mqtt_too_and_for_a_while_only()
    {
        var (id, key) = await KeyAsync();
        var (serial, attempt) = (Serial(), $"{Guid.NewGuid():N}");
        async Task<JsonNode> RegisterOverMqttAsync(string payload)
        {
            await using var client = await WireClient.ConnectAsync(wanwu.Server, serial, key);
            await client.PublishAsync("v1/register", payload);
            return JsonNode.Parse((await client.NextAsync()).Payload)!;
        }

        Assert.Equal("refused", (await RegisterOverMqttAsync("""{"attempt":"short"}""")).Text("outcome"));
        var first = await RegisterOverMqttAsync($$"""{"attempt":"{{attempt}}"}""");
        Assert.Equal(first.Text("password"), (await RegisterOverMqttAsync($$"""{"attempt":"{{attempt}}"}""")).Text("password"));
        var (services, thing) = (wanwu.Server.Services, await ThingOfAsync(first.Text("thing")));
        Assert.True(Identifier.TryCreate("custom", serial, out var identifier, out _));
        foreach (var (minutes, isAnswered) in new[] { (10, true), (0, false) })
        {
            var passwords = Microsoft.Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<FirstPasswords>(services, Microsoft.Extensions.Options.Options.Create(new ContactOptions { AnswerAgainMinutes = minutes }));
            Assert.Equal(isAnswered, await passwords.AgainAsync(thing, Guid.Parse(id), identifier, attempt) is not null);
        }
    }
}
