using System.Net;
using System.Net.WebSockets;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Wanwu.Security.Access;
using Wanwu.Tests.Security.Programs;

namespace Wanwu.Tests.Security;

public sealed partial class CrossSiteTests(WanwuFixture wanwu) : IClassFixture<WanwuFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>OAuth's own endpoints take no session; a page's circuit is asked below.</summary>
    private static bool IsMeant(RouteEndpoint endpoint) => endpoint.RoutePattern.RawText is { } pattern
        && !pattern.StartsWith("/mqtt", StringComparison.Ordinal) && !pattern.StartsWith("/connect/", StringComparison.Ordinal) && !pattern.StartsWith('_') && !pattern.StartsWith("/_", StringComparison.Ordinal);

    [Fact]
    public async Task Nothing_that_changes_something_is_done_for_another_site_with_a_persons_session()
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Administrator);
        var tried = 0;
        foreach (var endpoint in wanwu.Server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().Where(IsMeant))
            foreach (var method in (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []).Where(method => method is not ("GET" or "HEAD" or "OPTIONS")))
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), Parameter().Replace(endpoint.RoutePattern.RawText!, "00000000-0000-0000-0000-000000000000"));
                request.Headers.Add("Sec-Fetch-Site", "cross-site");
                request.Headers.Add("Origin", "https://elsewhere.example");
                using var answer = await person.Http.SendAsync(request, Stop);
                Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{method} {endpoint.RoutePattern.RawText} is answered {(int)answer.StatusCode}");
                tried++;
            }
        Assert.InRange(tried, 60, 1_000);
        using var alive = await person.Http.GetAsync("/api/v1/sectors", Stop);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
    }

    [Theory]
    [InlineData("https://elsewhere.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData(null, HttpStatusCode.OK)]
    public async Task A_circuit_is_opened_by_this_servers_own_pages_alone(string? origin, HttpStatusCode expected)
    {
        using var person = await SignedIn.AsAsync(wanwu.Server, Role.Administrator);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
        request.Headers.Add("Sec-Fetch-Site", "same-origin");
        request.Headers.Add("Origin", origin ?? wanwu.Server.Url.GetLeftPart(UriPartial.Authority));
        using var answer = await person.Http.SendAsync(request, Stop);
        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Pages_of_other_sites_open_no_MQTT_over_WebSocket_and_programs_do()
    {
        await OpenAsync(null);
        await OpenAsync(wanwu.Server.Url.GetLeftPart(UriPartial.Authority));
        await Assert.ThrowsAsync<WebSocketException>(() => OpenAsync("https://elsewhere.example"));
        await Assert.ThrowsAsync<WebSocketException>(() => OpenAsync("null"));
    }

    private async Task OpenAsync(string? origin)
    {
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mqtt");
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);
        await socket.ConnectAsync(new Uri($"ws://{wanwu.Server.Url.Authority}/mqtt"), Stop);
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
