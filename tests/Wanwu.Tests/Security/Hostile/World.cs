using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Wanwu.Security.Access;
using Wanwu.Tests.Connect;
using Wanwu.Tests.Security.Grants;
using Wanwu.Tests.Security.Programs;
using Wanwu.Things;

namespace Wanwu.Tests.Security.Hostile;

/// <summary>Something an address can name.</summary>
/// <param name="Prefix">Paths that begin so are about it.</param>
/// <param name="Outside">One that lies outside what a caller over <see cref="Scoped.Branch"/> holds.</param>
/// <param name="Inside">One within; null where such a caller can have none.</param>
/// <param name="Absent">One of the same form that there is not.</param>
internal sealed record Kind(string Prefix, string Outside, string? Inside, string Absent);

/// <summary>A server with one of everything that an address can name, within and outside; what is outside is marked.</summary>
public sealed class World : WanwuFixture, IAsyncLifetime
{
    /// <summary>Stands in the name of everything that is outside.</summary>
    public const string Mark = "Zq7-kept-apart";
    private readonly List<IAsyncDisposable> _clients = [];
    private readonly List<IDisposable> _people = [];
    private List<Kind> _kinds = [];

    internal IReadOnlyList<Operation> Operations { get; private set; } = [];

    /// <summary>An administrator of the branch.</summary>
    internal HttpClient OfBranch { get; private set; } = null!;

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        Operations = new ApiDocument(JsonNode.Parse(await Administrator.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken))!).Operations();
        foreach (var (id, parent) in new[] { (Scoped.Inside, (string?)null), (Mark, null) }) await Administrator.OrganisationAsync(id, parent);
        OfBranch = await Scoped.ClientAsync(Server, Role.Administrator);
        _kinds = [.. (await KindsAsync()).OrderByDescending(kind => kind.Prefix.Length)];
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        foreach (var person in _people) person.Dispose();
        await DisposeAsync();
    }

    /// <summary>What an operation with something in its path is about; null where nobody has said.</summary>
    internal Kind? Of(Operation operation) => _kinds.FirstOrDefault(kind => operation.Path.StartsWith(kind.Prefix, StringComparison.Ordinal));

    private async Task<List<Kind>> KindsAsync()
    {
        var things = (Outside: await ThingAsync(Mark), Inside: await ThingAsync(Scoped.Inside));
        var guid = Guid.NewGuid().ToString();
        return
        [
            new("/api/v1/things/{", things.Outside.Id, things.Inside.Id, ThingId.New(TimeProvider.System).ToString()),
            // Before the hold over what is outside, which nothing erases.
            new("/api/v1/personal-data/erasures/{", await ErasedAsync(things.Outside.Id, Mark), await ErasedAsync(things.Inside.Id, "walked"), guid),
            new("/api/v1/models/{", await PutAsync("/api/v1/models/walked", ApiDocument.Model), "walked", "absent"),
            new("/api/v1/organisations/{", Mark, Scoped.Inside, "absent"),
            new("/api/v1/regions/{", "110000", "110000", "990000"),
            new("/api/v1/mappings/{", await PutAsync($"/api/v1/mappings/{Mark.ToLowerInvariant()}", ApiDocument.Mapping.Replace("Walked", Mark, StringComparison.Ordinal)), null, "absent"),
            new("/api/v1/people/{", await PersonAsync(new GrantScope(Mark, null, null)), await PersonAsync(Scoped.Branch), guid),
            new("/api/v1/people/invitations/{", await MadeAsync("/api/v1/people/invitations", $$"""{"name":"{{Mark}}","role":"viewer","organisation":"{{Mark}}"}"""), await MadeAsync("/api/v1/people/invitations", $$"""{"name":"x","role":"viewer","organisation":"{{Scoped.Inside}}"}"""), guid),
            new("/api/v1/tokens/{", await TokenAsync(Mark), await TokenAsync("walked"), guid),
            new("/api/v1/me/programs/{", await ProgramAsync($"{Mark} of another"), null, new string('0', 32)),
            new("/api/v1/me/tokens/{", await TokenAsync(Mark), null, guid),
            new("/api/v1/grants/{", await GrantAsync(Mark), await GrantAsync(Scoped.Inside), guid),
            new("/api/v1/programs/{", await ProgramAsync(Mark), await ProgramAsync("walked"), new string('0', 32)),
            new("/api/v1/retention/policies/{", await PutAsync($"/api/v1/retention/policies/{Mark.ToLowerInvariant()}", $$"""{"organisation":"{{Mark}}","coldFor":"P9Y"}"""), null, "absent"),
            new("/api/v1/retention/holds/{", await MadeAsync("/api/v1/retention/holds", $$"""{"reason":"{{Mark}}","organisations":["{{Mark}}"]}"""), null, guid),
            new("/api/v1/sql/queries/{", await MadeAsync("/api/v1/sql/queries", $$"""{"name":"{{Mark}}","sql":"SELECT 1"}"""), await QueryAsync(), Guid.NewGuid().ToString("N")),
            new("/api/v1/mqtt/clients/{", await ConnectedAsync(things.Outside), await ConnectedAsync(things.Inside), "absent"),
            new("/api/v1/imports/{", await ImportAsync(Administrator, Mark), await ImportAsync(OfBranch, "walked"), Guid.NewGuid().ToString("N")),
            new("/api/v1/bans/{", await MadeAsync("/api/v1/bans", $$"""{"scheme":"custom","identifier":"{{Mark}}","reason":"{{Mark}}"}"""), null, guid),
            new("/api/v1/bindings/{", await BoundAsync(things.Outside.Id, Mark), await BoundAsync(things.Inside.Id, "walked"), guid),
            new("/api/v1/registration-keys/{", (await KeyAsync(Mark)).Id, (await KeyAsync(Scoped.Inside)).Id, guid),
            new("/api/v1/unknown-devices/{", await WaitingAsync(Mark), await WaitingAsync(Scoped.Inside), guid),
        ];
    }

    private async Task<string> ErasedAsync(string thing, string reason) =>
        (await Administrator.CreateAsync("/api/v1/personal-data/erasures", $$"""{"thing":"{{thing}}","property":"erased","properties":"all","reason":"{{reason}}"}""", System.Net.HttpStatusCode.Accepted)).Text("id");

    private Task<string> BoundAsync(string thing, string user) => MadeAsync("/api/v1/bindings", $$"""{"thing":"{{thing}}","scheme":"login","identifier":"{{user}}","secret":"{{user}}"}""");

    private async Task<(string Id, string Key)> KeyAsync(string organisation)
    {
        var made = await Administrator.CreateAsync("/api/v1/registration-keys", $$"""{"name":"{{organisation}}","organisation":"{{organisation}}","approval":true}""");
        return (made.Text("id"), made.Text("key"));
    }

    private async Task<string> WaitingAsync(string organisation)
    {
        using var device = Server.ClientOf($"{organisation} device", (await KeyAsync(organisation)).Key);
        await device.CallAsync(HttpMethod.Post, "/api/v1/register", expect: System.Net.HttpStatusCode.Accepted);
        return (await Administrator.ReadAsync("/api/v1/unknown-devices"))["items"]!.AsArray().First(one => one!.Text("identifier") == $"{organisation} device")!.Text("id");
    }

    private async Task<(string Id, string Password)> ThingAsync(string organisation)
    {
        var made = await Administrator.CreateAsync("/api/v1/things", $$"""{"name":"{{organisation}} thing","organisation":"{{organisation}}","labels":{"is":"{{organisation}}"},"region":"110000"}""");
        using var answer = await Administrator.SendAsync(HttpMethod.Post, $"/api/v1/things/{made.Text("id")}/report", $$"""{"p":1,"text":"{{organisation}}","erased":1}""");
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
        return (made.Text("id"), made["credentials"]!.Text("password"));
    }

    private async Task<string> PutAsync(string path, string body)
    {
        using var answer = await Administrator.SendAsync(HttpMethod.Put, path, body, headers: ("If-None-Match", "*"));
        Assert.True(answer.IsSuccessStatusCode, $"{path} {answer.StatusCode} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        return path.Split('/')[^1];
    }

    private async Task<string> MadeAsync(string path, string body) => (await Administrator.CreateAsync(path, body)).Text("id");

    private async Task<string> QueryAsync() => (await OfBranch.CreateAsync("/api/v1/sql/queries", """{"name":"mine","sql":"SELECT 1"}""")).Text("id");

    private async Task<string> PersonAsync(GrantScope scope)
    {
        var person = await SignedIn.AsAsync(Server);
        _people.Add(person);
        await Server.Get<GrantChanges>().GrantAsync(new GrantOrder(GrantSubject.Person(person.Id), Role.Viewer, scope, "test"), TestContext.Current.CancellationToken);
        return person.Id.ToString();
    }

    private async Task<string> TokenAsync(string name) => (await Server.Get<AccessTokens>().CreateAsync(name, Role.Viewer, null, TestContext.Current.CancellationToken)).Id.ToString();

    private async Task<string> GrantAsync(string organisation) =>
        await MadeAsync("/api/v1/grants", $$"""{"program":"{{await TokenAsync($"{organisation} {Guid.NewGuid():N}")}}","role":"viewer","organisation":"{{organisation}}"}""");

    private async Task<string> ProgramAsync(string name) =>
        (await Administrator.CreateAsync("/api/v1/programs", $$"""{"name":"{{name}}","scope":["viewer"],"roles":["viewer"]}"""))["program"]!.Text("clientId");

    private async Task<string> ConnectedAsync((string Id, string Password) thing)
    {
        _clients.Add(await WireClient.ConnectAsync(Server, thing.Id, thing.Password, $"client {thing.Id}"));
        return (await Administrator.ReadAsync($"/api/v1/mqtt/clients?thing={thing.Id}"))["items"]![0]!.Text("key");
    }

    private static async Task<string> ImportAsync(HttpClient client, string name)
    {
        using var file = new ByteArrayContent(Encoding.UTF8.GetBytes("date,p\n2026-01-01 00:00:00,1\n"));
        file.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        using var answer = await client.PostAsync($"/api/v1/imports?name={name}.csv", file, TestContext.Current.CancellationToken);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.Text("id");
    }
}
