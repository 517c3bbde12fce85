using System.Net;
using System.Text.Json.Nodes;
using Wanwu.Security.Access;
using Wanwu.Things;

namespace Wanwu.Tests.Security.Classes;

/// <summary>Who may let others see what is above internal or personal, and who may make it less protected.</summary>
public sealed class ClassGrantTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private readonly HttpClient _administrator = wanwu.Administrator;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<Guid> ProgramAsync(string role = Role.Viewer) =>
        (await wanwu.Server.Get<AccessTokens>().CreateAsync($"{role} {Guid.NewGuid():N}", role, null, Stop)).Id;

    private static string Body(Guid program, string role, string rest) => $"{{\"program\":\"{program}\",\"role\":\"{role}\",{rest}}}";

    [Fact]
    public async Task A_purpose_needs_a_legal_basis_and_a_class_must_be_one()
    {
        var program = await ProgramAsync();
        foreach (var (rest, member) in ((string, string)[])[
            ("\"dataClass\":\"secret\"", "dataClass"), ("\"purpose\":\"Billing\"", "legalBasis"), ("\"legalBasis\":\"consent\"", "purpose"),
            ("\"purpose\":\"Billing\",\"legalBasis\":\"unrecorded\"", "legalBasis"), ($"\"legalBasis\":\"consent\",\"purpose\":\"{new string('x', 201)}\"", "purpose")])
            Assert.NotNull((await _administrator.CreateAsync("/api/v1/grants", Body(program, Role.Viewer, rest), HttpStatusCode.BadRequest))["errors"]![member]);
    }

    [Fact]
    public async Task A_grant_tells_its_class_purpose_and_basis()
    {
        var program = await ProgramAsync();
        var made = await _administrator.CreateAsync("/api/v1/grants", Body(program, Role.Viewer, "\"dataClass\":\"important\",\"purpose\":\"Billing\",\"legalBasis\":\"contract\""));
        Assert.Equal(("important", "Billing", "contract"), (made.Text("dataClass"), made.Text("purpose"), made.Text("legalBasis")));
        var usual = await _administrator.CreateAsync("/api/v1/grants", Body(program, Role.Viewer, "\"sector\":\"water\""));
        Assert.Equal(("internal", null, null), (usual.Text("dataClass"), usual["purpose"]?.GetValue<string>(), usual["legalBasis"]?.GetValue<string>()));
    }

    [Fact]
    public async Task While_there_is_a_security_officer_nobody_else_lets_see_more_and_the_officer_not_itself()
    {
        await using var server = await WanwuServer.StartAsync();
        using var administrator = await server.ClientAsync();
        using (var person = await Programs.SignedIn.AsAsync(server, Role.SecurityOfficer))
        {
            var (officer, officerId) = (person.Http, person.Id);
            var program = (await server.Get<AccessTokens>().CreateAsync("p", Role.Viewer, null, Stop)).Id;
            const string more = "\"dataClass\":\"core\",\"purpose\":\"Care\",\"legalBasis\":\"consent\"";
            await administrator.CreateAsync("/api/v1/grants", Body(program, Role.Viewer, "\"dataClass\":\"core\""), HttpStatusCode.Forbidden);
            await administrator.CreateAsync("/api/v1/grants", Body(program, Role.Viewer, "\"purpose\":\"Care\",\"legalBasis\":\"consent\""), HttpStatusCode.Forbidden);
            await officer.CreateAsync("/api/v1/grants", Body(program, Role.Operator, more), HttpStatusCode.Forbidden);
            await officer.CreateAsync("/api/v1/grants", $"{{\"person\":\"{officerId}\",\"role\":\"viewer\",{more}}}", HttpStatusCode.Forbidden);
            await officer.CreateAsync("/api/v1/grants", Body(program, Role.Viewer, more));
            Assert.Contains(server.Get<CurrentGrants>().Book.Of(CallerKind.Program, program.ToString()).Grants, grant => grant.Sight is { Highest: DataClass.Core, SeesPersonal: true });
        }
    }

    [Fact]
    public async Task Only_who_sees_values_in_clear_makes_them_less_protected()
    {
        var thing = await Classified.MakeAsync(wanwu);
        var (integrator, _) = await Classified.ProgramAsync(wanwu.Server, Role.Integrator, GrantSight.Usual);
        var (cleared, _) = await Classified.ProgramAsync(wanwu.Server, Role.Integrator, Classified.Everything);
        var model = (await _administrator.ReadAsync("/api/v1/models/classified")).AsObject();
        using (integrator) using (cleared)
        {
            await integrator.CallAsync(HttpMethod.Patch, $"/api/v1/things/{thing.Id}", """{"model":null}""", HttpStatusCode.BadRequest, "application/merge-patch+json");
            foreach (var less in (Action<JsonObject>[])[
                properties => properties.Remove("flow"), properties => properties["word"]!["wanwu:dataClass"] = "public", properties => properties["name"]!.AsObject().Remove("wanwu:personal"),
                properties => properties["card"]!["wanwu:mask"] = "partial", properties => properties["flow"]!["wanwu:mask"] = new JsonObject { ["decimals"] = 6 }])
            {
                var changed = model.DeepClone();
                less(changed["properties"]!.AsObject());
                await integrator.CallAsync(HttpMethod.Put, "/api/v1/models/classified", changed.ToJsonString(), HttpStatusCode.Forbidden, "application/tm+json");
            }
            await integrator.CallAsync(HttpMethod.Delete, "/api/v1/models/classified", null, HttpStatusCode.Forbidden);
            var more = model.DeepClone();
            more["properties"]!["plain"]!["wanwu:dataClass"] = "important";
            await integrator.CallAsync(HttpMethod.Put, "/api/v1/models/classified", more.ToJsonString(), HttpStatusCode.OK, "application/tm+json");
            await integrator.CallAsync(HttpMethod.Put, "/api/v1/models/classified", model.ToJsonString(), HttpStatusCode.Forbidden, "application/tm+json");
            await cleared.CallAsync(HttpMethod.Put, "/api/v1/models/classified", model.ToJsonString(), HttpStatusCode.OK, "application/tm+json");
        }
    }

    [Fact]
    public async Task A_raw_topic_from_which_hidden_values_are_mapped_is_not_for_whoever_may_not_see_them()
    {
        await Classified.MakeAsync(wanwu);
        using (var put = await _administrator.SendAsync(HttpMethod.Put, "/api/v1/mappings/classified", """{"name":"m","topic":"classified/{d}","from":"any","thing":"publisher","values":[{"property":"flow","value":"$.flow"}]}"""))
            Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync(Stop));
        var (usual, usualToken) = await Classified.ProgramAsync(wanwu.Server, Role.Administrator, GrantSight.Usual);
        var (clear, clearToken) = await Classified.ProgramAsync(wanwu.Server, Role.Administrator, Classified.Everything);
        usual.Dispose();
        clear.Dispose();
        await using var without = await Connect.WireClient.ConnectAsync(wanwu.Server, "token", usualToken);
        await using var with = await Connect.WireClient.ConnectAsync(wanwu.Server, "token", clearToken);
        foreach (var filter in (string[])["classified/#", "+/a", "#"])
            Assert.True(await without.SubscribeAsync(filter) >= 0x80 && await with.SubscribeAsync(filter) < 0x80, filter);
        Assert.Equal(0, await without.SubscribeAsync("elsewhere/#"));
    }

    [Fact]
    public async Task The_answer_to_who_may_says_what_is_seen_in_clear_and_by_which_grants()
    {
        var thing = await Classified.MakeAsync(wanwu);
        var token = await wanwu.Server.Get<AccessTokens>().CreateAsync($"asked of {Guid.NewGuid():N}", Role.Viewer, null, TestContext.Current.CancellationToken);
        Task<JsonNode> AskAsync() => wanwu.Administrator.ReadAsync($"/api/v1/access?program={token.Id}&permission=read-things&thing={thing.Id}");
        var usual = (await AskAsync())["sees"]!;
        Assert.Equal("internal", usual.Text("dataClass"));
        Assert.Null(usual["personalDataClass"]);
        Assert.Empty(usual["personalBy"]!.AsArray());
        Assert.Equal(["card", "flow", "name", "place", "slow", "word"], usual["masked"]!.AsArray().Select(name => name!.GetValue<string>()).Order(StringComparer.Ordinal));

        var more = await wanwu.Server.Get<GrantChanges>().GrantAsync(
            new GrantOrder(GrantSubject.Program(token.Id), Role.Viewer, GrantScope.Everything, "test") { Sight = new GrantSight(DataClass.Important, "billing", "contract") }, TestContext.Current.CancellationToken);
        var seen = (await AskAsync())["sees"]!;
        Assert.Equal(("important", "important"), (seen.Text("dataClass"), seen.Text("personalDataClass")));
        Assert.Equal(more.ToString(), Assert.Single(seen["by"]!.AsArray())!.Text("id"));
        var personal = Assert.Single(seen["personalBy"]!.AsArray())!;
        Assert.Equal((more.ToString(), "billing", "contract"), (personal.Text("id"), personal.Text("purpose"), personal.Text("legalBasis")));
        Assert.Equal(["word"], seen["masked"]!.AsArray().Select(name => name!.GetValue<string>()));
        var nobody = await wanwu.Server.Get<AccessTokens>().CreateAsync($"nobody {Guid.NewGuid():N}", new TokenRole(Role.Viewer, new GrantScope("elsewhere", null, null), "test"), null, TestContext.Current.CancellationToken);
        Assert.Null((await wanwu.Administrator.ReadAsync($"/api/v1/access?program={nobody.Id}&permission=read-things&thing={thing.Id}"))["sees"]);
    }
}
