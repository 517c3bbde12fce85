using System.Net;
using System.Text.Json.Nodes;
using Wanwu.Hosting;
using Wanwu.Security.Access;
using Wanwu.Security.Access.People;
using Wanwu.Tests.Connect.Transport;

namespace Wanwu.Tests.Hosting.Commands;

/// <summary>Grants, people and organisations from the command line, beside a server that takes the changes over.</summary>
public sealed class AccessCommandTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Task<CommandRun> WanwuAsync(params string[] arguments) => CommandRun.OfAsync(wanwu.Server.Folder, arguments);

    private async Task<NewAccessToken> ProgramAsync(string role = Role.Viewer) => await wanwu.Server.Get<AccessTokens>().CreateAsync($"program {Guid.NewGuid():N}", role, null, Stop);

    private async Task<Guid> PersonAsync(string name, string role)
    {
        var link = (await WanwuAsync("person", "invite", "somebody", "--role", role)).Done();
        Assert.StartsWith("/invitation?code=", link, StringComparison.Ordinal);
        Assert.Equal(RedeemLink.Done, await wanwu.Server.Get<Redemption>().RedeemAsync(link["/invitation?code=".Length..], name, "a lengthy enough phrase 7", Stop));
        return (await wanwu.Server.Get<GrantSubjects>().FindPersonAsync(name, Stop))!.Value.Id;
    }

    [Fact]
    public async Task A_grant_is_made_over_a_part_listed_and_ended_beside_the_server()
    {
        await wanwu.Administrator.OrganisationAsync("cli-bureau");
        var program = await ProgramAsync();
        var id = (await WanwuAsync("grant", "add", "--program", program.Name, "--role", "operator", "--organisation", "cli-bureau", "--data-class", "important", "--purpose", "billing", "--legal-basis", "contract", "--days", "3")).Done();
        await Until.TrueAsync(() => wanwu.Server.Get<CurrentGrants>().Book.All.Any(grant => grant.Id.ToString() == id));
        var shown = (await wanwu.Administrator.ReadAsync($"/api/v1/grants?program={program.Id}"))["items"]!.AsArray().Single(grant => grant!.Text("id") == id)!;
        Assert.Equal(("cli-bureau", "important", "billing", "command line"), (shown.Text("organisation"), shown.Text("dataClass"), shown.Text("purpose"), shown.Text("createdBy")));
        Assert.NotNull(shown["expires"]);

        var line = Assert.Single((await WanwuAsync("grant", "list", "--program", program.Name, "--role", "operator")).Done().Split('\n'));
        Assert.Contains("organisation cli-bureau\timportant\tbilling (contract)", line, StringComparison.Ordinal);
        Assert.Equal(shown.ToJsonString(), JsonNode.Parse((await WanwuAsync("grant", "list", "--program", program.Id.ToString(), "--role", "operator", "--json")).Done())!.AsArray().Single()!.ToJsonString());

        (await WanwuAsync("grant", "revoke", id)).Done();
        await Until.TrueAsync(() => wanwu.Server.Get<CurrentGrants>().Book.All.All(grant => grant.Id.ToString() != id));
        Assert.Contains("There is no grant", (await WanwuAsync("grant", "revoke", id)).Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_no_account_may_hold_is_refused_on_the_command_line_too()
    {
        var name = $"officer-{Guid.NewGuid():N}";
        await PersonAsync(name, Role.SecurityOfficer);
        Assert.Contains("nobody holds two of", (await WanwuAsync("grant", "add", "--person", name, "--role", "auditor")).Refused(), StringComparison.Ordinal);
        Assert.Contains("held over everything", (await WanwuAsync("grant", "add", "--person", name, "--role", "security-officer", "--sector", "water")).Refused(), StringComparison.Ordinal);
        Assert.Contains("held over everything", (await WanwuAsync("person", "invite", "x", "--role", "auditor", "--region", "110000")).Refused(), StringComparison.Ordinal);
        Assert.Contains("Nobody is called", (await WanwuAsync("grant", "add", "--person", "nobody-of-that-name", "--role", "viewer")).Refused(), StringComparison.Ordinal);
        Assert.Contains("--person or --program", (await WanwuAsync("grant", "add", "--role", "viewer")).Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--organization", "north")]
    [InlineData("--region=110000x", "stray")]
    [InlineData("--Data:Pfad=x", null)]
    public async Task A_mistyped_option_never_widens_a_grant(string option, string? value)
    {
        var program = await ProgramAsync();
        var run = await WanwuAsync(["grant", "add", "--program", program.Name, "--role", "operator", option, .. value is null ? (string[])[] : [value]]);
        Assert.NotEqual(0, run.Code);
        Assert.DoesNotContain(wanwu.Server.Get<CurrentGrants>().Book.All, grant => grant.Subject == program.Id.ToString() && grant.Role == Role.Operator);
    }

    [Fact]
    public async Task People_are_invited_kept_out_and_let_in_but_not_the_last_administrator()
    {
        var (first, second) = ($"admin-{Guid.NewGuid():N}", $"viewer-{Guid.NewGuid():N}");
        await PersonAsync(first, Role.Administrator);
        await PersonAsync(second, Role.Viewer);
        Assert.Contains("last administrator", (await WanwuAsync("person", "disable", first)).Refused(), StringComparison.Ordinal);
        (await WanwuAsync("person", "disable", second)).Done();
        Assert.Contains($"{second}\tdisabled\tviewer", (await WanwuAsync("person", "list")).Done(), StringComparison.Ordinal);
        (await WanwuAsync("person", "enable", second)).Done();
        var listed = JsonNode.Parse((await WanwuAsync("person", "list", "--json")).Done())!.AsArray();
        Assert.Equal("active", listed.Single(person => person!.Text("name") == second)!.Text("state"));
        Assert.StartsWith("/invitation?code=", (await WanwuAsync("person", "reset", second)).Done(), StringComparison.Ordinal);
        (await WanwuAsync("person", "disable", "nobody-of-that-name")).Refused();
        Assert.StartsWith("/invitation?code=", (await WanwuAsync("person", "invite", "for three days", "--role", "viewer", "--days", "3")).Done(), StringComparison.Ordinal);
        var invited = (await wanwu.Administrator.ReadAsync("/api/v1/people/invitations"))["items"]!.AsArray().Single(one => one!.Text("name") == "for three days")!;
        Assert.NotNull(invited["grantExpires"]);
        Assert.Contains($"{invited.Text("id")}\tfor three days\tviewer\topen\tby command line", (await WanwuAsync("person", "invitations")).Done(), StringComparison.Ordinal);
        (await WanwuAsync("person", "withdraw", invited.Text("id"))).Done();
        Assert.Contains("for three days\tviewer\trevoked", (await WanwuAsync("person", "invitations")).Done(), StringComparison.Ordinal);
        Assert.Contains("There is no invitation", (await WanwuAsync("person", "withdraw", Guid.NewGuid().ToString())).Refused(), StringComparison.Ordinal);
        Assert.Contains("email", (await WanwuAsync("person", "invite", "x", "--role", "viewer", "--email", "no address")).Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_organisation_is_added_renamed_moved_and_removed()
    {
        var (top, other) = ($"ministry-{Guid.NewGuid():N}", $"bureau-{Guid.NewGuid():N}");
        Assert.Equal(top, (await WanwuAsync("organisation", "add", "水利部", "--id", top, "--sector", "water")).Done());
        (await WanwuAsync("organisation", "add", "Bureau", "--id", other)).Done();
        (await WanwuAsync("organisation", "move", other, "--parent", top)).Done();
        Assert.Contains("within itself", (await WanwuAsync("organisation", "move", top, "--parent", other)).Refused(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, (await WanwuAsync("organisation", "move", other)).Code);
        (await WanwuAsync("organisation", "change", top, "--name", "Ministry", "--sector", "")).Done();
        var shown = JsonNode.Parse((await WanwuAsync("organisation", "list", "--json")).Done())!.AsArray();
        Assert.Equal(top, shown.Single(one => one!.Text("id") == other)!.Text("parent"));
        Assert.Null(shown.Single(one => one!.Text("id") == top)!["sector"]);
        Assert.Contains($"  Bureau  [{other}]", (await WanwuAsync("organisation", "list")).Done(), StringComparison.Ordinal);
        Assert.Contains("below it", (await WanwuAsync("organisation", "remove", top)).Refused(), StringComparison.Ordinal);
        (await WanwuAsync("organisation", "move", other, "--top")).Done();
        (await WanwuAsync("organisation", "remove", top)).Done();
        Assert.Contains("There is no organisation", (await WanwuAsync("organisation", "remove", top)).Refused(), StringComparison.Ordinal);
        Assert.Contains("uscc", (await WanwuAsync("organisation", "change", other, "--uscc", "91110000")).Refused(), StringComparison.Ordinal);
        await wanwu.Administrator.CallAsync(HttpMethod.Get, $"/api/v1/organisations/{top}", expect: HttpStatusCode.NotFound);
    }
}
