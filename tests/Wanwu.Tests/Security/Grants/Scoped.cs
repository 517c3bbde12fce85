using System.Net.Http.Headers;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Security.Grants;

/// <summary>Programs whose role holds over a part of what there is.</summary>
internal static class Scoped
{
    /// <summary>The organisation within which they may, and the one beside it.</summary>
    public const string Inside = "inside", Below = "below", Outside = "outside";

    public static readonly GrantScope Branch = new(Inside, null, null);

    public static async Task<NewAccessToken> TokenAsync(WanwuServer server, string role, GrantScope scope) =>
        await server.Get<AccessTokens>().CreateAsync($"{role} of {scope} {Guid.NewGuid():N}", new TokenRole(role, scope, "test"), null, TestContext.Current.CancellationToken);

    public static async Task<HttpClient> ClientAsync(WanwuServer server, string role, GrantScope? scope = null)
    {
        var client = server.Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await TokenAsync(server, role, scope ?? Branch)).Token);
        return client;
    }

    /// <summary>Two branches, one of them with an organisation below it.</summary>
    public static async Task OrganisationsAsync(HttpClient administrator)
    {
        await administrator.OrganisationAsync(Inside);
        await administrator.OrganisationAsync(Below, Inside);
        await administrator.OrganisationAsync(Outside);
    }

    public static async Task<string> ThingAsync(HttpClient administrator, string organisation, string? name = null) =>
        (await administrator.CreateAsync("/api/v1/things", $$"""{"name":"{{name ?? $"{organisation} {Guid.NewGuid():N}"}}","organisation":"{{organisation}}"}""")).Text("id");
}
