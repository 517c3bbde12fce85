using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Wanwu.Console;
using Wanwu.Security.Access;

namespace Wanwu.Tests.Security.Grants;

/// <summary>Every endpoint and every page, for every role, within and outside what it holds over. Made from what the server maps: a new one is in it the day it exists.</summary>
public sealed class AccessMatrixTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    /// <summary>What a permission over a part opens, of which no thing is named in the address. Each filters by itself what it shows and touches; <see cref="ScopedDoorsTests"/> holds them to it.</summary>
    private static readonly Dictionary<string, string> Filtered = new()
    {
        ["/api/v1/things/"] = "lists what is within; makes only within",
        ["/api/v1/things/batch"] = "makes only within",
        ["/api/v1/models/"] = "words that all share; changed over everything only",
        ["/api/v1/models/{id}"] = "words that all share; changed over everything only",
        ["/api/v1/models/{id}/versions"] = "words that all share",
        ["/api/v1/organisations/"] = "lists what is within",
        ["/api/v1/organisations/{id}"] = "within, else 404",
        ["/api/v1/account"] = "all only with the permission over everything, else of one thing within",
        ["/api/v1/refused"] = "of things within",
        ["/api/v1/observations/export"] = "of things within",
        ["/api/v1/personal-data/erasures/"] = "of things within; lists orders of things within alone",
        ["/api/v1/personal-data/erasures/preview"] = "of things within",
        ["/api/v1/personal-data/erasures/{id}"] = "of things within alone, else 404",
        ["/api/v1/sql/"] = "views hold things within",
        ["/api/v1/sql/schema"] = "no data",
        ["/api/v1/sql/queries/"] = "one's own and what is shared: texts, no data",
        ["/api/v1/sql/queries/{id}"] = "one's own and what is shared",
        ["/api/v1/imports/"] = "one's own; each row is asked for its thing",
        // People: whom an account within what one administers is granted something, or nothing yet; else 404.
        ["/api/v1/mqtt/clients"] = "of things within",
        ["/api/v1/mqtt/clients/{key}"] = "of things within, else 404",
        ["/api/v1/mqtt/clients/{key}/kick"] = "of things within, else 404",
        ["/api/v1/me"] = "oneself",
        ["/api/v1/me/certificates"] = "a thing's own",
        ["/api/v1/me/tokens/"] = "one's own",
        ["/api/v1/me/tokens/{id}"] = "one's own",
        ["/api/v1/me/programs/"] = "one's own",
        ["/api/v1/me/programs/{id}"] = "one's own",
        ["/api/v1/grants/"] = "what one administers",
        ["/api/v1/grants/{id}"] = "what one administers, else 404",
        ["/api/v1/tokens/"] = "lists what one administers; makes only within",
        ["/api/v1/tokens/{id}"] = "what one administers, else 404",
        ["/api/v1/programs/"] = "lists those of organisations one administers; makes only within",
        ["/api/v1/access"] = "oneself, or with read-grants; of a thing within, else 404",
        ["/api/v1/unknown-devices/"] = "those that registration keys of one's part would let in",
        ["/api/v1/unknown-devices/{id}"] = "those that registration keys of one's part would let in, else 404",
        ["/api/v1/unknown-devices/{id}/admit"] = "those that registration keys of one's part would let in, else 404; makes only within",
        ["/api/v1/bindings/"] = "of a thing within, else 404",
        ["/api/v1/bindings/{id}"] = "of a thing within, else 404",
        ["/api/v1/registration-keys/"] = "those that make things within; makes only within",
        ["/api/v1/registration-keys/{id}"] = "those that make things within, else 404",
        ["/api/v1/regions"] = "a public table",
        ["/api/v1/regions/{code}"] = "a public table",
        ["/api/v1/sectors"] = "a public table",
    };

    private static readonly string[] FilteredBelow = ["/api/v1/imports/{id}", "/api/v1/observations", "/api/v1/people/", "/api/v1/programs/{id}"];
    private static readonly string[] PagesByThemselves = ["/sql/export", "/things/export.csv"];
    private static readonly string[] Unguarded = ["/", "/health/live", "/health/ready", "/openapi/{documentName}.json", "/api/{documentName?}", "/{**path:file}"];

    private IEnumerable<RouteEndpoint> Endpoints => wanwu.Server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    private static string PathOf(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.TrimStart('/');

    private static string? PolicyOf(EndpointMetadataCollection metadata) => metadata.GetOrderedMetadata<IAuthorizeData>() is [.., var last] ? last.Policy : null;

    private static (Permission Permission, bool Everywhere)? Rule(string? policy)
    {
        foreach (var permission in Enum.GetValues<Permission>())
        {
            if (policy == permission.PolicyEverywhere()) return (permission, true);
            if (policy == permission.Policy()) return (permission, Rights.IsOfTheWhole(permission));
        }
        return null;
    }

    private static bool IsOfThing(string path) => path.StartsWith("/api/v1/things/{id}", StringComparison.Ordinal);

    [Fact]
    public void Every_endpoint_says_whom_it_is_for_and_keeps_to_the_caller_s_part()
    {
        var faults = new List<string>();
        foreach (var endpoint in Endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is null))
        {
            var path = PathOf(endpoint);
            if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null || Unguarded.Contains(path) || path.StartsWith("/_", StringComparison.Ordinal) || IsAsset(endpoint)) continue;
            if (Rule(PolicyOf(endpoint.Metadata)) is not { } rule) faults.Add($"{path} asks for no permission");
            else if (!rule.Everywhere && !IsOfThing(path) && !Filtered.ContainsKey(path) && !PagesByThemselves.Contains(path) && !FilteredBelow.Any(below => path.StartsWith(below, StringComparison.Ordinal)))
                faults.Add($"{path} opens to a role over a part: ask with PolicyEverywhere(), or say here how it keeps to that part");
        }
        Assert.Equal([], faults);
    }

    private static bool IsAsset(RouteEndpoint endpoint) => endpoint.Metadata.Any(data => data.GetType().Name is "StaticAssetDescriptor");

    public static TheoryData<string, bool> RolesAndScopes
    {
        get
        {
            var all = new TheoryData<string, bool>();
            foreach (var role in Role.All)
                foreach (var everything in (bool[])[true, false]) all.Add(role, everything);
            return all;
        }
    }

    [Theory, MemberData(nameof(RolesAndScopes))]
    public async Task Endpoints_and_pages_open_to_the_roles_that_have_the_permission_and_to_no_other(string role, bool everything)
    {
        var token = await Scoped.TokenAsync(wanwu.Server, role, everything ? GrantScope.Everything : Scoped.Branch);
        var user = new Caller(CallerKind.Program, token.Name, null) { Id = token.Id.ToString() }.ToPrincipal("test");
        await using var scope = wanwu.Server.Services.CreateAsyncScope();
        var authorization = scope.ServiceProvider.GetRequiredService<IAuthorizationService>();
        var asked = Endpoints.Select(endpoint => (Name: PathOf(endpoint), Policy: PolicyOf(endpoint.Metadata)))
            .Concat(typeof(ConsoleModule).Assembly.GetTypes().Where(type => type.IsDefined(typeof(RouteAttribute), false))
                .Select(page => (Name: page.Name, page.GetCustomAttributes(typeof(AuthorizeAttribute), false).Cast<AuthorizeAttribute>().FirstOrDefault()?.Policy)))
            .Where(one => one.Policy is not null).Distinct().ToList();
        Assert.True(asked.Count > 60, $"{asked.Count}");
        foreach (var (name, policy) in asked)
        {
            var (permission, everywhere) = Rule(policy) ?? throw new InvalidOperationException($"{name}: {policy}");
            var expected = Role.Grants(role, permission) && (everything || !everywhere);
            Assert.True(expected == (await authorization.AuthorizeAsync(user, policy!)).Succeeded, $"{role} over {(everything ? "everything" : "a part")}: {name} ({policy})");
        }
    }

    [Fact]
    public void Every_page_of_the_console_asks_for_a_permission_or_says_that_it_is_for_everybody()
    {
        var open = typeof(ConsoleModule).Assembly.GetTypes().Where(type => type.IsDefined(typeof(RouteAttribute), false))
            .Where(page => !page.IsDefined(typeof(AllowAnonymousAttribute), false))
            .Where(page => Rule(page.GetCustomAttributes(typeof(AuthorizeAttribute), false).Cast<AuthorizeAttribute>().FirstOrDefault()?.Policy) is null).Select(page => page.Name);
        Assert.Equal([], open);
    }

    [Theory]
    [InlineData(Role.Viewer)]
    [InlineData(Role.Operator)]
    [InlineData(Role.Integrator)]
    [InlineData(Role.Steward)]
    [InlineData(Role.Planner)]
    [InlineData(Role.Administrator)]
    public async Task What_is_asked_of_a_thing_outside_is_answered_as_of_a_thing_that_is_not_there(string role)
    {
        await Scoped.OrganisationsAsync(wanwu.Administrator);
        using var client = await Scoped.ClientAsync(wanwu.Server, role);
        foreach (var endpoint in Endpoints.Where(endpoint => IsOfThing(PathOf(endpoint))).OrderBy(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0] == "DELETE"))
        {
            var (permission, everywhere) = Rule(PolicyOf(endpoint.Metadata))!.Value;
            var (method, path) = (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0], PathOf(endpoint));
            var may = Role.Grants(role, permission) && !everywhere;
            foreach (var organisation in (string[])[Scoped.Inside, Scoped.Below, Scoped.Outside])
            {
                var id = await Scoped.ThingAsync(wanwu.Administrator, organisation);
                var status = await StatusAsync(client, method, path.Replace("{id}", id, StringComparison.Ordinal));
                var told = $"{role} {method} {path} {organisation}: {(int)status}";
                if (!may) Assert.True(status == HttpStatusCode.Forbidden, told);
                else if (organisation == Scoped.Outside) Assert.True(status == HttpStatusCode.NotFound, told);
                else Assert.False(status is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized || (status == HttpStatusCode.NotFound && !path.Contains("{property}", StringComparison.Ordinal) && !path.Contains("{serial}", StringComparison.Ordinal)) || (int)status >= 500, told);
                if (may && organisation == Scoped.Outside && method != "GET")
                    Assert.Equal(1, (await wanwu.Administrator.ReadAsync($"/api/v1/things/{id}"))["revision"]!.GetValue<int>());
            }
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path.Replace("{property}", "p", StringComparison.Ordinal).Replace("{name}", "e", StringComparison.Ordinal));
        if (method is "POST" or "PATCH" or "PUT") request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        // Some answers have no end.
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
