using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Wanwu.Tests;

/// <summary>Requests and answers as a client sees them: status and JSON, no types of the server.</summary>
internal static class Api
{
    public static Task<HttpResponseMessage> SendAsync(this HttpClient client, HttpMethod method, string path, string? body = null,
        string type = "application/json", params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, type);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends, checks the status and reads the JSON of the answer (null when it is empty).</summary>
    public static async Task<JsonNode?> CallAsync(this HttpClient client, HttpMethod method, string path, string? body = null,
        HttpStatusCode expect = HttpStatusCode.OK, string type = "application/json")
    {
        using var answer = await client.SendAsync(method, path, body, type);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(expect == answer.StatusCode, $"{method} {path}: expected {(int)expect}, got {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    public static async Task<JsonNode> ReadAsync(this HttpClient client, string path, HttpStatusCode expect = HttpStatusCode.OK) =>
        (await client.CallAsync(HttpMethod.Get, path, expect: expect))!;

    public static async Task<JsonNode> CreateAsync(this HttpClient client, string path, string body, HttpStatusCode expect = HttpStatusCode.Created) =>
        (await client.CallAsync(HttpMethod.Post, path, body, expect))!;

    /// <summary>Sees to it that there is an organisation; a class of tests shares its server, so it may be there already.</summary>
    public static async Task OrganisationAsync(this HttpClient client, string id, string? parent = null)
    {
        using var answer = await client.SendAsync(HttpMethod.Post, "/api/v1/organisations", new JsonObject { ["name"] = id, ["parent"] = parent }.ToJsonString());
        Assert.True(answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict, $"{answer.StatusCode}");
    }

    public static string Text(this JsonNode node, string member) => node[member]!.GetValue<string>();
}
